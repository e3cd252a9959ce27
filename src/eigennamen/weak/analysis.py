"""What each labeling function did: votes, coverage, overlap, conflict and, where there is gold, how right it was."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from operator import add
from typing import Any, NamedTuple, Self

import numpy as np
from rich.table import Table

from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix


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


class LFTally(NamedTuple):
    """What is counted about one labeling function: its proposals (of which ``correct`` are gold spans), its negative
    votes (of which ``untouched`` overlap no gold span), and the candidates on which it says something, something beside
    another function, and something else than another.
    """

    proposals: int
    negative: int
    covered: int
    overlapping: int
    conflicting: int
    correct: int
    untouched: int


@dataclass(frozen=True)
class LFCounts:
    """What the analysis needs of any amount of text; the counts of its parts add up to those of the whole.

    ``gold_spans`` and ``proposed_gold_spans``, those that some function proposed, are None unless all sentences of all
    parts have gold.
    """

    n_sentences: int
    n_words: int
    n_candidates: int
    tallies: tuple[LFTally, ...]
    gold_spans: int | None
    proposed_gold_spans: int | None

    @classmethod
    def of(cls, matrix: LabelMatrix) -> Self:
        gold = _gold(matrix)
        return cls(
            len(matrix.sentences),
            sum(len(sentence.words) for sentence in matrix.sentences),
            len(matrix.candidates),
            _tallies(matrix, gold),
            None if gold is None else len(gold),
            None if gold is None else len(gold & _proposals(matrix, slice(None))),
        )

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            n_sentences=self.n_sentences + other.n_sentences,
            n_words=self.n_words + other.n_words,
            n_candidates=self.n_candidates + other.n_candidates,
            tallies=tuple(LFTally(*map(add, a, b)) for a, b in zip(self.tallies, other.tallies, strict=True)),
            gold_spans=_sum(self.gold_spans, other.gold_spans),
            proposed_gold_spans=_sum(self.proposed_gold_spans, other.proposed_gold_spans),
        )

    def report(self, names: Sequence[str], *, polarities: Sequence[tuple[str, ...]]) -> LFReport:
        """The counts as shares; ``polarities`` are the labels that the functions declare."""
        rows = tuple(map(self._row, names, polarities, self.tallies))
        ceiling = None
        if self.gold_spans is not None and self.proposed_gold_spans is not None:
            ceiling = _share(self.proposed_gold_spans, self.gold_spans)
        return LFReport(rows, self.n_sentences, self.n_candidates, ceiling)

    def _row(self, name: str, polarity: tuple[str, ...], tally: LFTally) -> LFRow:
        coverage, overlap, conflict = (_share(count, self.n_candidates) for count in tally[2:5])
        row = LFRow(name, polarity, tally.proposals + tally.negative, coverage, overlap, conflict)
        if self.gold_spans is None:
            return row
        if not tally.proposals:
            return replace(row, precision=_share(tally.untouched, tally.negative) if tally.negative else None)
        precision, recall = _share(tally.correct, tally.proposals), _share(tally.correct, self.gold_spans)
        f1 = _share(2 * tally.correct, tally.proposals + self.gold_spans)
        return replace(row, precision=precision, recall=recall, f1=f1)


def analyze(matrix: LabelMatrix, *, polarities: Sequence[tuple[str, ...]]) -> LFReport:
    """Describe every column of the matrix; ``polarities`` are the labels that the functions declare."""
    return LFCounts.of(matrix).report(matrix.lf_names, polarities=polarities)


_Item = tuple[int, int, int, int]  # sentence, start, end, class


def _tallies(matrix: LabelMatrix, gold: set[_Item] | None) -> tuple[LFTally, ...]:
    spoken = matrix.votes != ABSTAIN
    highest = matrix.votes.max(axis=1, initial=ABSTAIN)
    lowest = np.where(spoken, matrix.votes, highest[:, None]).min(axis=1, initial=np.iinfo(matrix.votes.dtype).max)
    columns = range(len(matrix.lf_names))
    return tuple(
        map(
            LFTally,
            (matrix.votes > OUTSIDE).sum(axis=0).tolist(),
            np.bincount(matrix.negative_votes[:, 3], minlength=len(columns)).tolist(),
            spoken.sum(axis=0).tolist(),
            spoken[spoken.sum(axis=1) > 1].sum(axis=0).tolist(),
            spoken[lowest < highest].sum(axis=0).tolist(),
            [len(_proposals(matrix, slice(i, i + 1)) & gold) if gold else 0 for i in columns],
            [_untouched(matrix, i, gold) if gold is not None else 0 for i in columns],
        )
    )


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


def _untouched(matrix: LabelMatrix, column: int, gold: set[_Item]) -> int:
    """How many negative votes of a function overlap no gold span."""
    against = matrix.negative_votes[matrix.negative_votes[:, 3] == column, :3]
    if not len(against):
        return 0
    entity_words = [np.zeros(len(sentence.words), dtype=bool) for sentence in matrix.sentences]
    for index, start, end, _ in gold:
        entity_words[index][start:end] = True
    return sum(not entity_words[index][start:end].any() for index, start, end in against.tolist())


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
