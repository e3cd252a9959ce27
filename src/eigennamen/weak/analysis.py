"""What each labeling function did: votes, coverage, overlap, conflict and, where there is gold, how right it was."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from snorkel.labeling import LFAnalysis

from eigennamen.weak.label_matrix import OUTSIDE, LabelMatrix


@dataclass(frozen=True)
class LFRow:
    """One labeling function on one set of sentences.

    ``coverage``, ``overlap`` and ``conflict`` are shares of all candidates, as Snorkel defines them. ``precision``
    counts exact spans with the right label; for a function that only votes against it is the share of its votes that
    touch no gold span. ``recall`` is over all gold spans. All three gold columns are None without gold.
    """

    name: str
    polarity: tuple[str, ...]
    votes: int
    coverage: float
    overlap: float
    conflict: float
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None


@dataclass(frozen=True)
class LFReport:
    """All rows, and the recall that no label model can exceed: the gold spans that some function proposed."""

    rows: tuple[LFRow, ...]
    n_sentences: int
    n_candidates: int
    recall_ceiling: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def table(self, *, title: str = "Labeling functions") -> Table:
        table = Table(title=title, title_justify="left")
        for column in ("labeling function", "labels"):
            table.add_column(column)
        for column in ("votes", "coverage", "overlap", "conflict", "precision", "recall", "F1"):
            table.add_column(column, justify="right")
        for row in self.rows:
            shares = (row.coverage, row.overlap, row.conflict, row.precision, row.recall, row.f1)
            table.add_row(
                row.name, " ".join(row.polarity) or "not", str(row.votes), *(_percent(share) for share in shares)
            )
        if self.recall_ceiling is not None:
            table.caption = (
                f"all functions together propose {self.recall_ceiling:.1%} of the gold spans (recall ceiling)"
            )
        return table


def analyze(matrix: LabelMatrix, *, polarities: Sequence[tuple[str, ...]]) -> LFReport:
    """Describe every column of the matrix; ``polarities`` are the labels that the functions declare."""
    gold = _gold(matrix)
    n_candidates = len(matrix.candidates)
    shares = np.zeros((3, len(matrix.lf_names)))
    if n_candidates:
        snorkel = LFAnalysis(matrix.votes.astype(float))  # scipy warns about what it does to integers
        shares = np.stack([snorkel.lf_coverages(), snorkel.lf_overlaps(), snorkel.lf_conflicts()])
    rows = tuple(
        LFRow(name, polarities[i], *_votes_and_quality(matrix, i, gold, shares[:, i].tolist()))
        for i, name in enumerate(matrix.lf_names)
    )
    ceiling = None if gold is None else _share(len(gold & _proposals(matrix, slice(None))), len(gold))
    return LFReport(rows, len(matrix.sentences), n_candidates, ceiling)


_Item = tuple[int, int, int, int]  # sentence, start, end, class


def _votes_and_quality(
    matrix: LabelMatrix, column: int, gold: set[_Item] | None, shares: Sequence[float]
) -> tuple[Any, ...]:
    """The fields of a row behind its polarity."""
    proposals = _proposals(matrix, slice(column, column + 1))
    against = matrix.negative_votes[matrix.negative_votes[:, 3] == column, :3]
    head = (len(proposals) + len(against), *shares)
    if gold is None:
        return head
    if not proposals:
        return *head, _untouched(against, gold, matrix), None, None
    correct = len(proposals & gold)
    precision, recall = _share(correct, len(proposals)), _share(correct, len(gold))
    return *head, precision, recall, _share(2 * correct, len(proposals) + len(gold))


def _proposals(matrix: LabelMatrix, columns: slice) -> set[_Item]:
    rows, found = np.nonzero(matrix.votes[:, columns] > OUTSIDE)
    classes = matrix.votes[:, columns][rows, found]
    return {
        (*span, label)
        for span, label in zip(map(tuple, matrix.candidates[rows].tolist()), classes.tolist(), strict=True)
    }


def _gold(matrix: LabelMatrix) -> set[_Item] | None:
    """All gold spans of the sentences; None unless every sentence has gold."""
    if any(sentence.spans is None for sentence in matrix.sentences):
        return None
    return {
        (i, span.start, span.end, 1 + matrix.labels.index(span.label))
        for i, sentence in enumerate(matrix.sentences)
        for span in sentence.spans or ()
    }


def _untouched(against: NDArray[np.int64], gold: set[_Item], matrix: LabelMatrix) -> float | None:
    """Share of negative votes that overlap no gold span."""
    if not len(against):
        return None
    entity_words = [np.zeros(len(sentence.words), dtype=bool) for sentence in matrix.sentences]
    for index, start, end, _ in gold:
        entity_words[index][start:end] = True
    return float(np.mean([not entity_words[index][start:end].any() for index, start, end in against.tolist()]))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
