import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from eigennamen.schemes import spans_to_tags
from eigennamen.scoring import Counts, Scores, read_counts, score, write_counts
from eigennamen.types import Sentence, Span

WORDS = ("Anna", "Kahl", "kam", "aus", "Köln")
GOLD = (Span(0, 2, "PER"), Span(4, 5, "LOC"))


def sentence(id_: str = "s", spans: Sequence[Span] | None = GOLD, words: tuple[str, ...] = WORDS) -> Sentence:
    return Sentence(id_, words, None if spans is None else tuple(spans))


@st.composite
def spans(draw: st.DrawFn, n_words: int) -> tuple[Span, ...]:
    """Flat spans over some words, adjacent ones and none included."""
    cuts = sorted(draw(st.sets(st.integers(0, n_words))))
    labels = [draw(st.sampled_from(["PER", "LOC", "ORGpart", None])) for _ in cuts[1:]]
    return tuple(Span(a, b, label) for a, b, label in zip(cuts, cuts[1:], labels, strict=False) if label)


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[Sentence], list[Sentence]]:
    lengths = draw(st.lists(st.integers(1, 7), max_size=6))
    sides = [[sentence(f"s{i}", draw(spans(n)), tuple("abcdefg"[:n])) for i, n in enumerate(lengths)] for _ in range(2)]
    return sides[0], sides[1]


def test_counts_by_label_micro_and_macro() -> None:
    scores = score([sentence()], [sentence(spans=[Span(0, 2, "PER"), Span(3, 5, "LOC"), Span(2, 3, "ORG")])])
    assert scores.by_label == {"LOC": Counts(0, 1, 1), "ORG": Counts(0, 1, 0), "PER": Counts(1, 1, 1)}
    assert scores.micro == Counts(1, 3, 2)
    assert scores.micro.f1 == 2 / 5
    assert scores.macro == {"precision": 1 / 3, "recall": 1 / 3, "f1": 1 / 3}


def test_as_dict_has_plain_values() -> None:
    assert score([sentence()], [sentence()], labels=["PER", "LOC", "ORG"]).as_dict() == {
        "micro": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "interval": [1.0, 1.0]},
        "macro": {"precision": 1.0, "recall": 1.0, "f1": 1.0},
        "labels": {
            "PER": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "true_positives": 1, "predicted": 1, "gold": 1},
            "LOC": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "true_positives": 1, "predicted": 1, "gold": 1},
            "ORG": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "true_positives": 0, "predicted": 0, "gold": 0},
        },
        "n_sentences": 1,
    }


@given(corpora())
def test_equals_seqeval_strict_iob2(sides: tuple[list[Sentence], list[Sentence]]) -> None:
    gold, predicted = sides
    ours = score(gold, predicted)
    if not ours.labels:  # seqeval raises without sentences and averages nothing without entities
        assert (ours.micro.f1, ours.macro["f1"], ours.micro_interval) == (0, 0, (0, 0))
        return
    tags = [[spans_to_tags(s.spans or (), len(s.words)) for s in side] for side in sides]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = classification_report(*tags, mode="strict", scheme=IOB2, zero_division=0, output_dict=True, digits=12)
    for name, counts in ours.by_label.items():
        assert counts.ratios() == pytest.approx(_ratios(report[name]))
        assert counts.gold == report[name]["support"]
    assert ours.micro.ratios() == pytest.approx(_ratios(report["micro avg"]))
    assert ours.macro == pytest.approx(_ratios(report["macro avg"]))
    assert set(report) - {"micro avg", "macro avg", "weighted avg"} == set(ours.labels)


def _ratios(row: dict[str, float]) -> dict[str, float]:
    return {"precision": row["precision"], "recall": row["recall"], "f1": row["f1-score"]}


def test_an_empty_corpus_scores_zero() -> None:
    empty = score([], []).as_dict()
    assert empty["micro"] == {"precision": 0, "recall": 0, "f1": 0, "interval": [0, 0]}
    assert empty["macro"] == {"precision": 0, "recall": 0, "f1": 0}
    assert empty["n_sentences"] == 0


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ([sentence("a"), sentence("b")], [sentence("a")], r"sentence 1 \(2 gold and 1 predicted.*'b' has no predicted"),
        ([sentence("a")], [sentence("a"), sentence("b")], "'b' has no gold counterpart"),
        (
            [sentence("a"), sentence("b")],
            [sentence("b"), sentence("a")],
            "sentence 0 .*gold id 'a', predicted id 'b'.*order",
        ),
        (
            [sentence()],
            [sentence(words=("Anna", "kahl", "kam", "aus", "Köln"))],
            "'s' has the gold word 'Kahl' where 'kahl'",
        ),
        ([sentence()], [sentence(words=(*WORDS, "!"))], "gold word None where '!'"),
        ([sentence(spans=None)], [sentence()], "'s' has no gold labels"),
        ([sentence()], [sentence(spans=None)], r"'s' has no prediction .*use \(\)"),
        ([sentence(), sentence()], [sentence(), sentence()], "id 's' occurs twice"),
        ([sentence()], [sentence(spans=[Span(0, 1, "-X")])], "hyphens around the label '-X'"),
    ],
)
def test_refuses_the_incomparable(gold: list[Sentence], predicted: list[Sentence], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score(gold, predicted)


def test_refuses_a_label_that_is_not_expected() -> None:
    with pytest.raises(ValueError, match=r"sentence 's' has the label 'LOC'; expected one of \['PER'\]"):
        score([sentence()], [sentence()], labels=["PER"])


@pytest.mark.parametrize("counts", [(2, 1, 3), (2, 3, 1), (-1, 0, 0)])
def test_counts_must_be_possible(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="true positives must be"):
        Counts(*counts)


def test_the_shape_of_counts_is_checked() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 3\), expected \(1, 1, 3\)"):
        Scores(("s",), ("PER",), np.zeros((1, 3), dtype=np.int64))


def test_the_interval_contains_the_score_and_depends_only_on_the_seed() -> None:
    gold = [sentence(f"s{i}", GOLD[: i % 3]) for i in range(400)]
    predicted = [sentence(f"s{i}", GOLD[: i % 5]) for i in range(400)]
    first, again, other = (score(gold, predicted, seed=seed) for seed in (1, 1, 2))
    low, high = first.micro_interval
    assert low < first.micro.f1 < high
    assert again.micro_interval == (low, high) != other.micro_interval


@given(corpora())
@settings(max_examples=25)
def test_counts_survive_writing_and_reading(sides: tuple[list[Sentence], list[Sentence]]) -> None:
    scores = score(*sides, labels=["LOC", "ORGpart", "never", "PER"], seed=3)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "counts.parquet"
        write_counts(path, scores)
        back = read_counts(path)
        assert [file.name for file in Path(folder).iterdir()] == ["counts.parquet"]
    assert (back.ids, back.labels, back.seed) == (scores.ids, scores.labels, scores.seed)
    assert np.array_equal(back.counts, scores.counts)


def test_another_parquet_file_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["s"]}), tmp_path / "other.parquet")
    with pytest.raises(ValueError, match=r"other\.parquet: parquet, but not sentence counts"):
        read_counts(tmp_path / "other.parquet")
