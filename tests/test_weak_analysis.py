import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from eigennamen.types import Sentence, Span
from eigennamen.weak.analysis import LFReport, LFRow, analyze
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix

PER, LOC = 1, 2  # classes
SENTENCES = [
    Sentence("s0", ("Anna", "Kahl", "wohnt", "in", "Bonn"), (Span(0, 2, "PER"), Span(4, 5, "LOC"))),
    Sentence("s1", ("Köln", "ist", "groß"), (Span(0, 1, "LOC"),)),
    Sentence("s2", ("Regen", "fällt"), ()),
]
NAMES = ("names", "couples", "places", "against", "silent")
POLARITIES = [("PER",), ("PER",), ("LOC", "PER"), (), ("LOC",)]
MATRIX = LabelMatrix(
    SENTENCES,
    ("PER", "LOC"),
    NAMES,
    candidates=np.array([[0, 0, 2], [0, 4, 5], [1, 0, 1], [2, 0, 1]]),
    votes=np.array(
        [
            [PER, PER, ABSTAIN, ABSTAIN, ABSTAIN],
            [ABSTAIN, ABSTAIN, LOC, OUTSIDE, ABSTAIN],
            [PER, ABSTAIN, ABSTAIN, ABSTAIN, ABSTAIN],
            [PER, ABSTAIN, ABSTAIN, OUTSIDE, ABSTAIN],
        ]
    ),
    # the first touches no candidate; of the three the second alone hits a gold span
    negative_votes=np.array([[0, 2, 4, 3], [0, 3, 5, 3], [2, 0, 2, 3]]),
    dropped={},
)
WITHOUT_VOTES = replace(
    MATRIX,
    candidates=np.zeros((0, 3), dtype=np.int64),
    votes=np.zeros((0, 5), dtype=np.int64),
    negative_votes=np.zeros((0, 4), dtype=np.int64),
)


def test_each_function_is_described_and_measured_against_gold() -> None:
    report = analyze(MATRIX, polarities=POLARITIES)
    assert report.rows == (
        LFRow("names", ("PER",), 3, 3 / 4, 2 / 4, 1 / 4, precision=1 / 3, recall=1 / 3, f1=1 / 3),
        LFRow("couples", ("PER",), 1, 1 / 4, 1 / 4, 0, precision=1, recall=1 / 3, f1=1 / 2),
        LFRow("places", ("LOC", "PER"), 1, 1 / 4, 1 / 4, 1 / 4, precision=1, recall=1 / 3, f1=1 / 2),
        LFRow("against", (), 3, 2 / 4, 2 / 4, 2 / 4, precision=2 / 3),
        LFRow("silent", ("LOC",), 0, 0, 0, 0),
    )
    assert (report.n_sentences, report.n_candidates) == (3, 4)


def test_the_recall_ceiling_counts_gold_spans_that_somebody_proposed_with_their_label() -> None:
    assert analyze(MATRIX, polarities=POLARITIES).recall_ceiling == 2 / 3
    relabelled = replace(MATRIX, votes=np.where(MATRIX.votes == PER, LOC, MATRIX.votes))
    assert analyze(relabelled, polarities=POLARITIES).recall_ceiling == 2 / 3
    assert analyze(WITHOUT_VOTES, polarities=POLARITIES).recall_ceiling == 0


@pytest.mark.parametrize("unknown", [[0, 1, 2], [1]])
def test_unless_all_sentences_have_gold_nothing_is_measured_against_it(unknown: list[int]) -> None:
    sentences = [s.with_spans(None) if i in unknown else s for i, s in enumerate(SENTENCES)]
    report = analyze(replace(MATRIX, sentences=sentences), polarities=POLARITIES)
    assert report.recall_ceiling is None
    with_gold = analyze(MATRIX, polarities=POLARITIES)
    assert report.rows == tuple(replace(row, precision=None, recall=None, f1=None) for row in with_gold.rows)


def test_without_candidates_all_shares_are_zero() -> None:
    report = analyze(WITHOUT_VOTES, polarities=POLARITIES)
    assert report.rows == tuple(LFRow(name, labels, 0, 0, 0, 0) for name, labels in zip(NAMES, POLARITIES, strict=True))


def test_the_report_goes_into_json() -> None:
    report = analyze(MATRIX, polarities=POLARITIES)
    stored = json.loads(json.dumps(report.as_dict()))
    assert stored["recall_ceiling"] == 2 / 3
    assert stored["rows"][3] == {
        "name": "against",
        "polarity": [],
        "votes": 3,
        "coverage": 1 / 2,
        "overlap": 1 / 2,
        "conflict": 1 / 2,
        "precision": 2 / 3,
        "recall": None,
        "f1": None,
    }


def test_the_table_shows_percentages_and_the_ceiling() -> None:
    lines = _shown(analyze(MATRIX, polarities=POLARITIES))
    assert [cell.strip() for cell in lines["names"]] == ["PER", "3", "75.0", "50.0", "25.0", "33.3", "33.3", "33.3"]
    assert [cell.strip() for cell in lines["against"]] == ["not", "3", "50.0", "50.0", "50.0", "66.7", "", ""]
    assert "propose 66.7% of the gold spans" in str(analyze(MATRIX, polarities=POLARITIES).table().caption)
    unlabeled = replace(MATRIX, sentences=[sentence.with_spans(None) for sentence in SENTENCES])
    assert analyze(unlabeled, polarities=POLARITIES).table().caption is None


def _shown(report: LFReport) -> dict[str, list[str]]:
    """The cells of the printed table, by name of the labeling function."""
    console = Console(width=160, color_system=None)
    with console.capture() as captured:
        console.print(report.table(title="LFs"))
    rows = [line.strip("│").split("│") for line in captured.get().splitlines() if line.startswith("│")]
    return {name.strip(): cells for name, *cells in rows}
