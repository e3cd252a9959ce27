from pathlib import Path
from typing import Any

import datasets
import pytest

from eigennamen.corpora.hub import load
from eigennamen.types import Span

NAMES = ["O", "B-PER", "I-PER", "B-LOC"]
ROWS = {"tokens": [["Herr", "Kahl"], ["Bonn"]], "ner_tags": [[0, 1], [3]]}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def _parquet(tmp_path: Path, rows: dict[str, Any], *, features: datasets.Features | None = None) -> dict[str, Any]:
    """Arguments for reading these rows as the train split."""
    path = str(tmp_path / "rows.parquet")
    datasets.Dataset.from_dict(rows, features=features).to_parquet(path)
    return {"path": "parquet", "data_files": {"train": path}, "dev": None, "test": None}


def test_class_labels_bring_their_names(tmp_path: Path) -> None:
    features = datasets.Features(
        tokens=datasets.List(datasets.Value("string")), ner_tags=datasets.List(datasets.ClassLabel(names=NAMES))
    )
    corpus = load(**_parquet(tmp_path, ROWS, features=features))
    assert [(sentence.id, sentence.words, sentence.spans) for sentence in corpus.train] == [
        ("train-00001", ("Herr", "Kahl"), (Span(1, 2, "PER"),)),
        ("train-00002", ("Bonn",), (Span(0, 1, "LOC"),)),
    ]
    assert corpus.labels == ("LOC", "PER")


def test_numbers_need_names(tmp_path: Path) -> None:
    arguments = _parquet(tmp_path, ROWS)
    assert load(**arguments, tag_names=NAMES).train[0].spans == (Span(1, 2, "PER"),)
    with pytest.raises(ValueError, match=r"row 0: tag 0 is a number without a name; set corpus\.tag_names"):
        load(**arguments)
    with pytest.raises(ValueError, match=r"row 1: tag 3 has no name; there are 3 names"):
        load(**arguments, tag_names=NAMES[:3])


def test_strings_other_columns_and_a_label_map(tmp_path: Path) -> None:
    arguments = _parquet(tmp_path, {"words": [["Kahl", "Bonn"]], "tags": [["S-PER", "S-GPE"]]})
    corpus = load(
        **arguments, words_column="words", tags_column="tags", scheme="BIOES", label_map={"GPE": "LOC", "PER": None}
    )
    assert corpus.train[0].spans == (Span(1, 2, "LOC"),)
    assert corpus.counters == {"train: spans of GPE renamed LOC": 1, "train: spans of PER dropped": 1}


def test_text_without_tags(tmp_path: Path) -> None:
    corpus = load(**_parquet(tmp_path, {"tokens": [["Kahl"]]}), tags_column=None, labels=["PER"])
    assert corpus.train[0].spans is None


@pytest.mark.parametrize(
    ("tokens", "tags", "message"),
    [
        ([], [], r"row 0: expected words that are not empty, found \[\]"),
        (["a", " "], ["O", "O"], "row 0: expected words that are not empty"),
        (["a", "b"], ["O"], "row 0: 2 words but 1 tags"),
        (["a"], [None], "row 0: tag None is neither text nor a whole number"),
        (["a"], ["I-X"], "row 0: word 0: tag 'I-X' continues no span"),
        (["a"], ["B_X"], "row 0: word 0: tag 'B_X' is not IOB2"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, tokens: list[str], tags: list[str], message: str) -> None:
    rows = {"tokens": [tokens, ["b"]], "ner_tags": [tags, ["B-X"]]}
    with pytest.raises(ValueError, match="parquet, split train, " + message):
        load(**_parquet(tmp_path, rows))


def test_absent_columns_and_splits_are_named(tmp_path: Path) -> None:
    arguments = _parquet(tmp_path, {"tokens": [["a"]], "tags": [["O"]]})
    with pytest.raises(
        ValueError, match=r"no column 'ner_tags'; set corpus\.tags_column to one of \['tokens', 'tags'\]"
    ):
        load(**arguments)
    with pytest.raises(ValueError, match=r"no split 'validation'; set corpus\.dev to one of \['train'\], or null"):
        load(**(arguments | {"dev": "validation"}), tags_column="tags")


def test_what_cannot_be_loaded_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    with pytest.raises(ConnectionError, match=r"(?s)'owner/nothing' cannot be loaded.*corpus\.path=parquet"):
        load(path="owner/nothing")
