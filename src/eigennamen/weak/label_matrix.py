"""The label matrix: what every labeling function says about every candidate.

Snorkel knows items, not sequences. The items here are *candidates*: every ``(sentence, start, end)`` that some labeling
function proposed with some label. Feeding it words instead makes its label model collapse towards ``O``.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from eigennamen.types import Sentence
from eigennamen.weak.labeling_function import LabelingFunction, LabelingFunctionError, NegativeVote, Vote

ABSTAIN = -1
OUTSIDE = 0  # the class "no entity here"; label i of the corpus is class i + 1
_TOGETHER = 256  # sentences that a function sees before the next one does

Probabilities = NDArray[np.float64]  # (n_candidates, 1 + n_labels), rows sum to 1, column 0 is OUTSIDE


@dataclass(frozen=True)
class LabelMatrix:
    """Votes of labeling functions (columns) on candidates (rows).

    ``candidates`` has shape ``(n_candidates, 3)``: index into ``sentences``, start, end (half-open words), sorted.
    ``votes`` has shape ``(n_candidates, n_lfs)`` with ABSTAIN, OUTSIDE or ``1 + index into labels``.
    ``negative_votes`` has shape ``(n_negative, 4)``: sentence, start, end, column; also where no candidate is near.
    ``dropped`` counts the votes by label that the corpus maps to nothing.
    ``repeats`` says for each row how often it occurs in a text of which the matrix lists what is distinct; None: once.
    """

    sentences: Sequence[Sentence]
    labels: tuple[str, ...]
    lf_names: tuple[str, ...]
    candidates: NDArray[np.int64]
    votes: NDArray[np.int64]
    negative_votes: NDArray[np.int64]
    dropped: Mapping[str, int]
    repeats: NDArray[np.int64] | None = None

    @classmethod
    def concatenate(cls, parts: Sequence["LabelMatrix"]) -> "LabelMatrix":
        """The matrix of all sentences from those of consecutive parts of them; the functions must be the same.

        Raises ValueError where there is no part, or labels or functions differ.
        """
        if len({(part.labels, part.lf_names) for part in parts}) != 1:
            raise ValueError(
                f"{len(parts)} label matrices with {sorted({part.labels for part in parts})} and "
                f"{sorted({part.lf_names for part in parts})}; expected at least one, of the same labels and functions"
            )
        before = np.cumsum([0, *(len(part.sentences) for part in parts)]).tolist()
        dropped: Counter[str] = Counter()
        for part in parts:
            dropped.update(part.dropped)
        return cls(
            [sentence for part in parts for sentence in part.sentences],
            parts[0].labels,
            parts[0].lf_names,
            np.concatenate([_moved(part.candidates, n) for part, n in zip(parts, before, strict=False)]),
            np.concatenate([part.votes for part in parts]),
            np.concatenate([_moved(part.negative_votes, n) for part, n in zip(parts, before, strict=False)]),
            dict(dropped),
            None if all(part.repeats is None for part in parts) else np.concatenate([part.times for part in parts]),
        )

    def select(self, chosen: Sequence[int]) -> "LabelMatrix":
        """The matrix of some sentences, in the order in which they are chosen; ``dropped`` stays that of all."""
        place = np.full(len(self.sentences), -1)
        place[list(chosen)] = np.arange(len(chosen))
        rows, negative = _chosen(self.candidates, place), _chosen(self.negative_votes, place)
        candidates, negative_votes = self.candidates[rows], self.negative_votes[negative]
        candidates[:, 0], negative_votes[:, 0] = place[candidates[:, 0]], place[negative_votes[:, 0]]
        return replace(
            self,
            sentences=[self.sentences[index] for index in chosen],
            candidates=candidates,
            votes=self.votes[rows],
            negative_votes=negative_votes,
            repeats=None if self.repeats is None else self.repeats[rows],
        )

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """How often each row counts, shape ``(n_candidates,)``."""
        return np.ones(len(self.candidates), dtype=np.int64) if self.repeats is None else self.repeats

    @cached_property
    def rows_by_sentence(self) -> list[slice]:
        """The rows of each sentence."""
        bounds = np.searchsorted(self.candidates[:, 0], np.arange(len(self.sentences) + 1))
        return [slice(int(a), int(b)) for a, b in pairwise(bounds)]

    def covered_words(self) -> list[NDArray[np.bool_]]:
        """For each sentence which words lie in a candidate or under a negative vote."""
        covered = [np.zeros(len(sentence.words), dtype=bool) for sentence in self.sentences]
        for index, start, end in np.concatenate([self.candidates, self.negative_votes[:, :3]]).tolist():
            covered[index][start:end] = True
        return covered


def _moved(items: NDArray[np.int64], n_sentences: int) -> NDArray[np.int64]:
    """Rows that begin with the index of a sentence, behind some more sentences."""
    return np.concatenate([items[:, :1] + n_sentences, items[:, 1:]], axis=1)


def _chosen(items: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which rows belong to chosen sentences, by the places of these; -1 is not chosen."""
    places = place[items[:, 0]]
    kept = np.flatnonzero(places >= 0)
    return kept[np.argsort(places[kept], kind="stable")]


def apply_labeling_functions(
    lfs: Sequence[LabelingFunction],
    sentences: Sequence[Sentence],
    *,
    labels: Sequence[str],
    label_map: Mapping[str, str | None],
    progress: bool = False,
) -> LabelMatrix:
    """Run every labeling function on every sentence; none of them sees gold spans.

    Raises:
        LabelingFunctionError: a function raised, left the sentence, gave two labels to the same words, or can give a
            label that the map does not know.
    """
    _check_labels(lfs, label_map)
    class_of: dict[str, int | None] = {
        lf_label: None if label is None else 1 + list(labels).index(label) for lf_label, label in label_map.items()
    }
    rows: list[tuple[int, int, int]] = []
    votes: list[list[int]] = []
    negative: list[tuple[int, int, int, int]] = []
    dropped: Counter[str] = Counter()
    show = progress and sys.stderr.isatty()
    tracked = track(sentences, "labeling functions", console=Console(stderr=True), transient=True, disable=not show)
    numbered = enumerate(sentence.with_spans(None) for sentence in tracked)
    while block := list(islice(numbered, _TOGETHER)):
        said = _said(lfs, [sentence for _, sentence in block])
        for (index, sentence), of_sentence in zip(block, said, strict=True):
            cells, against = _cells(lfs, sentence, of_sentence, class_of, dropped)
            for span in sorted(cells):
                rows.append((index, *span))
                votes.append(cells[span])
            negative += [(index, *vote) for vote in against]
    return LabelMatrix(
        sentences,
        tuple(labels),
        tuple(lf.name for lf in lfs),
        np.array(rows, dtype=np.int64).reshape(-1, 3),
        np.array(votes, dtype=np.int64).reshape(-1, len(lfs)),
        np.array(negative, dtype=np.int64).reshape(-1, 4),
        dict(dropped),
    )


def _check_labels(lfs: Sequence[LabelingFunction], label_map: Mapping[str, str | None]) -> None:
    if not lfs:
        raise LabelingFunctionError("no labeling functions: name at least one in labeling_functions")
    for lf in lfs:
        if unknown := set(lf.labels) - set(label_map):
            raise LabelingFunctionError(
                f"labeling function {lf.name!r} gives {sorted(unknown)}, which the corpus does not map; add it to "
                f"corpus.lf_label_map (to one of its labels, or to null to drop it); known: {sorted(label_map)}"
            )


def _said(lfs: Sequence[LabelingFunction], sentences: Sequence[Sentence]) -> list[list[tuple[int, Vote]]]:
    """The votes on each sentence with their columns; one function after the other, which processor caches like."""
    result: list[list[tuple[int, Vote]]] = [[] for _ in sentences]
    for column, lf in enumerate(lfs):
        for sentence, said in zip(sentences, result, strict=True):
            if votes := lf(sentence):
                said += [(column, vote) for vote in votes]
    return result


def _cells(
    lfs: Sequence[LabelingFunction],
    sentence: Sentence,
    said: Sequence[tuple[int, Vote]],
    class_of: Mapping[str, int | None],
    dropped: Counter[str],
) -> tuple[dict[tuple[int, int], list[int]], list[tuple[int, int, int]]]:
    """The rows of one sentence by span, and its negative votes as start, end, column."""
    cells: dict[tuple[int, int], list[int]] = {}
    against: list[tuple[int, int, int]] = []
    for column, vote in said:
        if isinstance(vote, NegativeVote):
            against.append((vote.start, vote.end, column))
        elif (label := class_of[vote.label]) is None:
            dropped[vote.label] += 1
        else:
            row = cells.setdefault((vote.start, vote.end), [ABSTAIN] * len(lfs))
            if row[column] not in (ABSTAIN, label):
                raise LabelingFunctionError(
                    f"labeling function {lfs[column].name!r}, sentence {sentence.id!r}: yielded {vote} and another "
                    "label for the same words; a function has one vote on a span"
                )
            row[column] = label
    for negative_start, negative_end, column in against:
        for (start, end), row in cells.items():
            if row[column] == ABSTAIN and start < negative_end and negative_start < end:
                row[column] = OUTSIDE
    return cells, against
