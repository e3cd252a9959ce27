import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eigennamen.corpora.wrench import labeling_functions, load
from eigennamen.scoring import score
from eigennamen.types import Sentence, Span
from eigennamen.weak.aggregation import predictions
from eigennamen.weak.label_matrix import apply_labeling_functions
from eigennamen.weak.label_models import MajorityVote

Write = Callable[..., str]
META = {"entity_types": ["PER", "LOC"], "lf": ["names", "places", "rest"], "lf_rec": ["places", "names"]}
WORDS = ["Anna", "Kahl", "in", "Bonn"]
BY_TAGS = {
    "label": ["B-PER", "I-PER", "O", "B-LOC"],
    "weak_labels": [["B-PER", "O", "O"], ["O", "O", "O"], ["O", "O", "O"], ["O", "B-LOC", "B-PER"]],
}
BY_SPANS = {
    "label": [[0, 2, "PER"], [3, 4, "LOC"]],
    "weak_labels": [[[0, 1, "PER"]], [[3, 4, "LOC"]], [[3, 4, "PER"]]],
}


def _item(**changes: Any) -> dict[str, Any]:
    return {"data": {"text": WORDS}, **BY_SPANS, **changes}


def _folder(write: Write, *, meta: dict[str, Any] = META, **splits: Any) -> str:
    """The data set ``tiny``, each split a sentence with its number unless it is given; returns the folder above."""
    for split in ("train", "valid", "test"):
        content = splits.get(split, {"0": _item()})
        write(f"tiny/{split}.json", content if isinstance(content, str) else json.dumps(content))
    return str(Path(write("tiny/meta.json", json.dumps(meta))).parents[1])


@pytest.mark.parametrize("variant", [BY_TAGS, BY_SPANS], ids=["tags", "spans"])
def test_both_variants_give_the_same_gold_and_votes(write: Write, variant: dict[str, Any]) -> None:
    folder = _folder(
        write, test={"0": {"data": {"text": ["so"]}, "label": [], "weak_labels": [[], [], []]}, "7": _item(**variant)}
    )
    corpus = load(data_dir=folder, dataset="tiny")
    assert corpus.test is not None
    assert corpus.test[1] == Sentence("test-7", tuple(WORDS), (Span(0, 2, "PER"), Span(3, 4, "LOC")))
    assert corpus.test[0].spans == ()
    assert (corpus.name, corpus.labels, corpus.counters) == ("tiny", ("PER", "LOC"), {})
    assert corpus.protocol == "WRENCH tiny, labels PER, LOC"
    lfs = labeling_functions(data_dir=folder, dataset="tiny")
    assert {name: lf(corpus.test[1]) for name, lf in lfs.items()} == {
        "places": (Span(3, 4, "LOC"),),
        "names": (Span(0, 1, "PER"),),
    }
    assert all(lf(corpus.test[0]) == () for lf in lfs.values())  # an O is abstaining


def test_all_functions_are_there_if_wished(write: Write) -> None:
    lfs = labeling_functions(data_dir=_folder(write), dataset="tiny", recommended=False)
    assert list(lfs) == ["names", "places", "rest"]
    assert lfs["rest"](Sentence("train-0", tuple(WORDS))) == (Span(3, 4, "PER"),)
    assert all(lf.name == name and lf.labels == ("PER", "LOC") for name, lf in lfs.items())


def test_fingerprints_change_with_the_votes_and_with_what_functions_are_called(write: Write) -> None:
    def fingerprints(**changes: Any) -> set[str]:
        lfs = labeling_functions(data_dir=_folder(write, **changes), dataset="tiny")
        return {lf.fingerprint for lf in lfs.values()}

    before = fingerprints()
    assert fingerprints() == before
    assert not before & fingerprints(train={"0": _item(weak_labels=[[], [], []])})
    assert not before & fingerprints(meta={**META, "lf": ["places", "names", "rest"]})


def test_a_span_that_begins_with_an_inside_tag_is_kept_and_counted(write: Write) -> None:
    folder = _folder(write, train={"0": _item(**{**BY_TAGS, "label": ["O", "I-PER", "O", "I-LOC"]})})
    corpus = load(data_dir=folder, dataset="tiny", name="other")
    assert corpus.train[0].spans == (Span(1, 2, "PER"), Span(3, 4, "LOC"))
    assert (corpus.name, corpus.counters) == ("other", {"train: invalid tags repaired": 2})


def test_a_missing_data_set_is_named_with_those_that_are_there(write: Write) -> None:
    folder = _folder(write)
    with pytest.raises(FileNotFoundError, match=r"huge.meta\.json: not there.*corpus\.dataset.*\(tiny\)"):
        load(data_dir=folder, dataset="huge")
    with pytest.raises(FileNotFoundError, match=r"EIGENNAMEN_DATA.*\(none found\)"):
        labeling_functions(data_dir=f"{folder}/nowhere", dataset="tiny")
    Path(folder, "tiny", "valid.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"tiny.valid\.json: not there"):
        load(data_dir=folder, dataset="tiny")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"0": ', r"not JSON \(Expecting value.*\); fetch it again"),
        ("[]", "found a list, expected an object by item number"),
        ({"0": {"label": [], "weak_labels": []}}, "item 0: 'data' is missing"),
        ({"0": {"data": {"text": WORDS}, "weak_labels": []}}, "item 0: 'label' is missing"),
        ({"0": {"data": {}, "label": [], "weak_labels": []}}, "item 0: 'text' is missing"),
        ({"0": _item(label=[[0, 2, "PER"], [1, 2, "LOC"]])}, "item 0: .*overlap; spans are flat"),
        ({"0": _item(label=[[3, 5, "PER"]])}, r"item 0: .*ends behind the last word \(4 words\)"),
        ({"0": _item(label=[[0, "PER"]])}, "item 0: not enough values to unpack"),
        ({"0": _item(label=["O", "B-PER"])}, "item 0: 2 tags for 4 words"),
        ({"0": _item(label=["O", "O", "O", "PER"])}, "item 0: .*tag 'PER'"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(write: Write, content: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"tiny.valid\.json(, |: )" + message):
        load(data_dir=_folder(write, valid=content), dataset="tiny")


def test_all_items_that_are_wrong_are_named_at_once(write: Write) -> None:
    folder = _folder(write, train={"3": _item(label=[[4, 4, "PER"]]), "4": _item(), "5": {}})
    with pytest.raises(ValueError, match=r"item 3: span 4:4 is empty.*\n.*item 5: 'data' is missing"):
        load(data_dir=folder, dataset="tiny")


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        ([[], []], r"weak_labels are of \[2\] functions, meta\.json names 3"),
        ([["O", "O"]] * 4, r"weak_labels are of \[2\] functions"),
        ([["O", "O", "O"], ["O", "O"]], r"weak_labels are of \[2, 3\] functions"),
        ([["O", "O", "O"]] * 3, "3 tags for 4 words"),
        ([[[0, 0, "PER"]], [], []], "span 0:0 is empty"),
        (None, "is missing"),
    ],
)
def test_what_is_wrong_with_votes_is_named(write: Write, votes: Any, message: str) -> None:
    item = _item(weak_labels=votes)
    if votes is None:
        del item["weak_labels"]
    with pytest.raises(ValueError, match=r"tiny.test\.json, item 9: .*" + message):
        labeling_functions(data_dir=_folder(write, test={"9": item}), dataset="tiny")


def test_what_is_wrong_with_meta_is_named(write: Write) -> None:
    with pytest.raises(ValueError, match=r"tiny.meta\.json: lf_rec names \['guess'\], which are not among lf"):
        labeling_functions(data_dir=_folder(write, meta={**META, "lf_rec": ["guess"]}), dataset="tiny")
    with pytest.raises(ValueError, match=r"tiny.meta\.json: has no entity_types, lf_rec; expected a folder of WRENCH"):
        load(data_dir=_folder(write, meta={"lf": []}), dataset="tiny")


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "n_train", "n_test", "n_spans", "f1"),
    [
        ("wikigold", 1355, 170, 375, 58.1),
        ("bc5cdr", 500, 500, 9719, 83.4),
        ("ncbi-disease", 592, 99, 947, 78.9),
        ("laptopreview", 2436, 800, 653, 73.4),
    ],
)
def test_majority_vote_on_the_real_sets_is_that_of_the_study(
    data_dir: Path, dataset: str, n_train: int, n_test: int, n_spans: int, f1: float
) -> None:
    corpus = load(data_dir=str(data_dir / "wrench"), dataset=dataset)
    assert corpus.test is not None
    found = (len(corpus.train), len(corpus.test), sum(len(sentence.spans or ()) for sentence in corpus.test))
    assert found == (n_train, n_test, n_spans)
    lfs = labeling_functions(data_dir=str(data_dir / "wrench"), dataset=dataset)
    matrix = apply_labeling_functions(
        list(lfs.values()), corpus.test, labels=corpus.labels, label_map=corpus.lf_label_map
    )
    predicted = predictions(matrix, MajorityVote().fit(matrix).predict_proba(matrix))
    assert round(100 * score(corpus.test, [one.sentence for one in predicted]).micro.f1, 1) == f1
