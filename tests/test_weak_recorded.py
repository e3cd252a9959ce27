"""Labeling functions from stored spans: matched by id, checked by words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eigennamen.records import RunRecord
from eigennamen.types import Prediction, Sentence, Span
from eigennamen.weak.labeling_function import LabelingFunction, LabelingFunctionError, NegativeVote
from eigennamen.weak.recorded import predictions, recorded, trained_run

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


class _Model:
    """Finds a person in the first word; notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def predict(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        self.asked += [sentence.id for sentence in sentences]
        return [Prediction(one.with_spans([Span(0, 1, "PER"), Span(1, 2, "LOC")]), (0.9, 0.4)) for one in sentences]


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """What a run folder holds, the weights not being any."""
    empty: dict[str, Any] = {"run_id": "hand_labels-c-0-1", "experiment": "hand_labels", "seed": 0, "model": {}}
    empty |= {"times": {}, "environment": {}, "fingerprints": {}, "corpus": "c", "protocol": "", "method": "hand"}
    empty |= {"dev_labels": "none", "dev_sentences": 0, "scores": {}, "label_source": {}, "counters": {}}
    RunRecord(**empty).write(tmp_path)
    (tmp_path / "model").mkdir()
    tags = {"0": "O", "1": "B-PER", "2": "I-PER", "3": "B-LOC", "4": "I-LOC"}
    (tmp_path / "model" / "config.json").write_text(json.dumps({"id2label": tags}))
    return tmp_path


def test_a_run_predicts_once_for_each_sentence(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = _Model()
    monkeypatch.setattr("eigennamen.weak.recorded.load", lambda folder: model)
    lf = trained_run(name="ours", run_dir=str(run_dir), min_confidence=0.5)
    assert lf.labels == ("PER", "LOC")
    assert lf.prepared([KAHL])(KAHL) == (Span(0, 1, "PER"),)
    assert lf.prepared([KAHL, RAIN, Sentence("again", RAIN.words)])(RAIN) == (Span(0, 1, "PER"),)
    assert lf.prepared([KAHL])(KAHL) == (Span(0, 1, "PER"),)
    assert model.asked == ["s1", "again"]


def test_the_fingerprint_of_a_run_is_that_of_its_model(run_dir: Path) -> None:
    before = trained_run(name="ours", run_dir=str(run_dir)).fingerprint
    assert trained_run(name="ours", run_dir=str(run_dir)).fingerprint == before
    assert trained_run(name="ours", run_dir=str(run_dir), min_confidence=0.5).fingerprint != before
    (run_dir / "model" / "model.safetensors").write_text("others")
    assert trained_run(name="ours", run_dir=str(run_dir)).fingerprint != before


def test_a_folder_without_a_model_is_named(run_dir: Path) -> None:
    (run_dir / "model" / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"functions\.ours: .*config\.json is not there.*hand_labels-c-0-1"):
        trained_run(name="ours", run_dir=str(run_dir))
    with pytest.raises(FileNotFoundError, match="no finished run"):
        trained_run(name="ours", run_dir=str(run_dir / "model"))
