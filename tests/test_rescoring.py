"""Recorded predictions, scored again."""

import json
from pathlib import Path

import pytest
from test_rerun import FINGERPRINTS, run_dir_of

from eigennamen.corpora.conll import load
from eigennamen.rescoring import METRICS, metric_of, rescore
from eigennamen.types import Sentence, Span

WORDS = ("Anna", "Kahl", "mag", "Kiel", "und", "Kiel")
GOLD = Sentence("s", WORDS, (Span(0, 2, "PER"), Span(3, 4, "LOC"), Span(5, 6, "LOC")))
# the first half of a name, a wrong label, a match
FOUND = GOLD.with_spans((Span(0, 1, "PER"), Span(3, 4, "ORG"), Span(5, 6, "LOC")))
TEXT = "".join(f"{word} {tag}\n" for word, tag in zip(WORDS, "B-PER I-PER O B-LOC O B-LOC".split(), strict=True))


@pytest.mark.parametrize(
    ("metric", "precision", "recall"),
    [
        ("strict", 1 / 3, 1 / 3),
        ("boundaries", 2 / 3, 2 / 3),
        ("words", 2 / 3, 2 / 4),
        ("strings", 1 / 3, 1 / 2),  # "Kiel" twice is one pair
    ],
)
def test_metrics_count_what_they_say(metric: str, precision: float, recall: float) -> None:
    numbers = METRICS[metric]([GOLD], [FOUND])
    f1 = 2 * precision * recall / (precision + recall)
    assert numbers == pytest.approx({"precision": precision, "recall": recall, "f1": f1})


def test_a_metric_that_leads_nowhere_is_named() -> None:
    for name in ("f1", "json.nothing", "nowhere.f1", "json.__doc__"):
        with pytest.raises(ValueError, match=f"metric {name}: "):
            metric_of(name)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A finished run on one sentence, with one of three spans found."""
    (tmp_path / "test.conll").write_text(TEXT, encoding="utf-8")
    corpus = {"train": str(tmp_path / "test.conll"), "test": str(tmp_path / "test.conll")}
    node = {"_target_": "eigennamen.corpora.conll.load", **corpus}
    loaded = load(**corpus)
    third = {"precision": 1 / 3, "recall": 1 / 3, "f1": 1 / 3}
    run_dir = run_dir_of(
        tmp_path,
        {"corpus": node},
        scores={"test": {"micro": third | {"interval": [0, 1]}}},
        fingerprints=FINGERPRINTS | {"corpus": loaded.fingerprint},
    )
    [sentence] = loaded.test or ()
    write_prediction(run_dir, sentence.with_spans(FOUND.spans))
    return run_dir


def write_prediction(run_dir: Path, sentence: Sentence) -> None:
    spans = [{"start": s.start, "end": s.end, "label": s.label, "confidence": 0.5} for s in sentence.spans or ()]
    line = json.dumps({"id": sentence.id, "words": sentence.words, "spans": spans})
    (run_dir / "predictions.jsonl").write_text(line + "\n", encoding="utf-8")


def test_a_run_is_scored_by_our_metrics_and_others(run_dir: Path) -> None:
    numbers = rescore(run_dir, ["words", "test_rescoring.mean_length"])
    assert numbers == pytest.approx(
        {"words/precision": 2 / 3, "words/recall": 1 / 2, "words/f1": 4 / 7, "test_rescoring.mean_length": 1.0}
    )


def mean_length(gold: list[Sentence], predicted: list[Sentence]) -> float:
    """A metric as a user may write one: words in a predicted span."""
    spans = [span for sentence in predicted for span in sentence.spans or ()]
    return sum(span.end - span.start for span in spans) / len(spans)


def test_other_predictions_than_the_record_s_are_refused(run_dir: Path) -> None:
    found = json.loads((run_dir / "predictions.jsonl").read_text(encoding="utf-8"))
    write_prediction(run_dir, Sentence(found["id"], WORDS, GOLD.spans))
    with pytest.raises(ValueError, match=r"has precision 100.00, .* the record says precision 33.33, "):
        rescore(run_dir, ["strict"])


def test_another_corpus_than_the_record_s_is_refused(run_dir: Path) -> None:
    (run_dir.parent / "test.conll").write_text(TEXT + "\nOslo B-LOC\n", encoding="utf-8")
    with pytest.raises(ValueError, match="the corpus conll has other sentences now than when r-1 was scored"):
        rescore(run_dir, ["strict"])


def test_a_run_without_predictions_is_named(run_dir: Path) -> None:
    (run_dir / "predictions.jsonl").unlink()
    with pytest.raises(FileNotFoundError, match=r"predictions\.jsonl: no such file"):
        rescore(run_dir, ["strict"])


def test_a_line_that_is_no_prediction_is_named(run_dir: Path) -> None:
    (run_dir / "predictions.jsonl").write_text('{"id": "1"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"predictions\.jsonl:1: 'spans' is missing; expected id, words and spans"):
        rescore(run_dir, ["strict"])
