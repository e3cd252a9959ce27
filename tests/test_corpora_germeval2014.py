from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eigennamen.corpora.germeval2014 import load
from eigennamen.types import Sentence, Span

Write = Callable[..., str]
SENTENCE = "#\thttp://x.de/1\t[2010-07-04]\t\n1\tFC\tB-ORG\tO\n2\tKiel\tI-ORG\tB-LOC\n3\tdeutsch\tB-LOCderiv\tO\n\n"


def _folder(write: Write, *, train: int, dev: int) -> str:
    """Official file names with this many equal sentences; no train file for none."""
    for split, size in {"train": train, "dev": dev, "test": 1}.items():
        if size:
            path = write(f"g/NER-de-{split}.tsv", SENTENCE * size)
    return str(Path(path).parent)


def test_outer_layer_drops_derived_labels_and_counts_them(write: Write) -> None:
    corpus = load(data_dir=_folder(write, train=2, dev=1))
    assert corpus.train[0] == Sentence(
        "train-00001", ("FC", "Kiel", "deutsch"), (Span(0, 2, "ORG"),), document="http://x.de/1"
    )
    assert corpus.labels == ("PER", "LOC", "ORG", "OTH")
    assert corpus.counters["train: spans of LOCderiv dropped"] == 2
    assert corpus.lf_label_map["MISC"] == "OTH"
    assert corpus.protocol == "GermEval 2014, outer layer, 4 labels (derived and part labels dropped); official splits"


def test_layers_and_derived_labels_are_settings(write: Write) -> None:
    folder = _folder(write, train=1, dev=1)
    assert load(data_dir=folder, layer="inner").train[0].spans == (Span(1, 2, "LOC"),)
    assert load(data_dir=folder, derived="fold").train[0].spans == (Span(0, 2, "ORG"), Span(2, 3, "LOC"))
    kept = load(data_dir=folder, derived="keep")
    assert kept.train[0].spans == (Span(0, 2, "ORG"), Span(2, 3, "LOCderiv"))
    assert len(kept.labels) == 12


@pytest.mark.parametrize("setting", [{"layer": "second"}, {"derived": "merge"}, {"low_resource": "always"}])
def test_settings_are_checked(setting: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"corpus\.{next(iter(setting))} is .*; expected one of"):
        load(data_dir="anywhere", **setting)


def test_without_the_train_file_dev_is_divided(write: Write) -> None:
    corpus = load(data_dir=_folder(write, train=0, dev=2200))
    assert [len(split) for _, split in corpus.splits()] == [1800, 400, 1]
    assert "first 1,800/last 400 of official dev" in corpus.protocol


def test_low_resource_can_be_asked_for_and_is_defined_on_the_official_file(write: Write) -> None:
    assert len(load(data_dir=_folder(write, train=1, dev=2200), low_resource=True).train) == 1800
    with pytest.raises(ValueError, match=r"has 2199 sentences, the official file 2,200"):
        load(data_dir=_folder(write, train=1, dev=2199), low_resource=True)


def test_a_missing_train_file_is_an_error_where_official_splits_are_asked_for(write: Write) -> None:
    with pytest.raises(FileNotFoundError, match=r"NER-de-train\.tsv: no such file .*make data CORPUS=germeval2014"):
        load(data_dir=_folder(write, train=0, dev=2200), low_resource=False)


def test_unknown_labels_are_named(write: Write) -> None:
    folder = _folder(write, train=1, dev=1)
    write("g/NER-de-dev.tsv", SENTENCE.replace("B-LOCderiv", "B-LOCderived"))
    with pytest.raises(ValueError, match=r"NER-de-dev\.tsv:4: tag 'B-LOCderived': label 'LOCderived' is unknown"):
        load(data_dir=folder)


@pytest.mark.data
@pytest.mark.slow
def test_counts_of_the_official_files(data_dir: Path) -> None:
    folder = str(data_dir / "germeval2014")
    corpus = load(data_dir=folder, derived="keep", low_resource=True)
    spans = {name: sum(len(sentence.spans or ()) for sentence in split) for name, split in corpus.splits()}
    words = {name: sum(len(sentence.words) for sentence in split) for name, split in corpus.splits()}
    assert spans["train"] + spans["dev"] == 2674
    assert words["train"] + words["dev"] == 41653
    assert (len(corpus.test or ()), spans["test"], words["test"]) == (5100, 6178, 96499)
    inner = load(data_dir=folder, layer="inner", derived="keep", low_resource=True)
    assert Counter(name for name, split in inner.splits() for one in split for _ in one.spans or ()) == {
        "train": 169,
        "dev": 43,
        "test": 515,
    }
