"""Labeling functions from stored spans: matched by id, checked by words."""

import json
from pathlib import Path
from typing import Any

import pytest

from eigennamen.types import Sentence, Span
from eigennamen.weak.labeling_function import LabelingFunction, LabelingFunctionError, NegativeVote
from eigennamen.weak.recorded import predictions, recorded

KAHL = Sentence("s1", ("Herr", "Kahl", "kommt"))
RAIN = Sentence("s2", ("Es", "regnet"))
LINE = {
    "id": "s1",
    "words": ["Herr", "Kahl", "kommt"],
    "spans": [
        {"start": 1, "end": 2, "label": "PER", "confidence": 0.9},
        {"start": 0, "end": 1, "label": "ORG", "confidence": 0.3},
    ],
}


def _file(folder: Path, *lines: Any) -> str:
    path = folder / "predictions.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def _predictions(path: str, **settings: Any) -> LabelingFunction:
    return predictions(name="llm", path=path, **settings)


def test_stored_votes_are_found_by_sentence_id() -> None:
    votes = [Span(1, 2, "PER"), NegativeVote(2, 3)]
    lf = recorded(name="tool", labels=["PER"], spans_by_id={"s1": iter(votes)}, fingerprint="v1")
    assert lf(KAHL) == lf(KAHL) == tuple(votes)
    assert lf(RAIN) == ()


def test_stored_votes_are_checked_like_any() -> None:
    lf = recorded(name="tool", labels=["PER"], spans_by_id={"s2": [Span(1, 3, "PER")]}, fingerprint="v1")
    with pytest.raises(LabelingFunctionError, match=r"'tool', sentence 's2'.*outside the sentence"):
        lf(RAIN)


def test_the_fingerprint_is_that_of_the_data() -> None:
    def of(fingerprint: str) -> str:
        return recorded(name="tool", labels=["PER"], spans_by_id={}, fingerprint=fingerprint).fingerprint

    assert of("v1") == of("v1") != of("v2")


def test_predictions_are_read_with_their_labels(tmp_path: Path) -> None:
    lf = _predictions(_file(tmp_path, LINE))
    assert (lf.labels, lf(KAHL), lf(RAIN)) == (("ORG", "PER"), (Span(1, 2, "PER"), Span(0, 1, "ORG")), ())


def test_only_confident_spans_where_a_bound_is_given(tmp_path: Path) -> None:
    path = _file(tmp_path, LINE)
    lf = _predictions(path, min_confidence=0.9)
    assert (lf.labels, lf(KAHL)) == (("PER",), (Span(1, 2, "PER"),))
    assert lf.fingerprint != _predictions(path).fingerprint


def test_other_words_under_the_same_id_are_an_error(tmp_path: Path) -> None:
    lf = _predictions(_file(tmp_path, {"id": "s2", "words": ["Es", "schneit"], "spans": []}))
    with pytest.raises(
        LabelingFunctionError, match=r"jsonl:1 has the words 'Es schneit', the corpus 'Es regnet'.*~lab"
    ):
        lf(RAIN)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"id": "s2", "words": ["Es"]}, "expected an object with id, words and spans"),
        ([], "expected an object with id, words and spans"),
        ({"id": "s2", "words": ["Es"], "spans": [{"start": 0, "end": 2, "label": "PER"}]}, "behind the last word"),
        ({"id": "s2", "words": ["Es"], "spans": [{"start": 0, "label": "PER"}]}, "lacks 'end'"),
        ({"id": "s2", "words": ["Es"], "spans": [[0, 1, "PER"]]}, "expected start, end, label"),
        (LINE, "'s1' is also in line 1"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=rf"predictions\.jsonl:2: .*{problem}"):
        _predictions(_file(tmp_path, LINE, line))


def test_a_bound_needs_confidences(tmp_path: Path) -> None:
    path = _file(tmp_path, {"id": "s2", "words": ["Es"], "spans": [{"start": 0, "end": 1, "label": "PER"}]})
    assert _predictions(path).labels == ("PER",)
    with pytest.raises(ValueError, match=r"jsonl:1: a span lacks 'confidence'.*min_confidence"):
        _predictions(path, min_confidence=0.5)


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"set labeling_functions\.llm\.path"):
        _predictions(str(tmp_path / "none.jsonl"))
