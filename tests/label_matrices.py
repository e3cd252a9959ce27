"""Label matrices for tests of label models: literal, simulated with known answers, and drawn at random."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from eigennamen.types import Sentence, Span
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix, Probabilities
from eigennamen.weak.label_models import LabelModel

LABELS = ("PER", "LOC")
A, PER, LOC = ABSTAIN, 1, 2

Votes = Sequence[tuple[int, int, int, int]]  # function, start, end, class (OUTSIDE votes against)


def matrix_of(
    votes: Sequence[Sequence[int]] | NDArray[np.int64], candidates: Sequence[tuple[int, int, int]] | None = None
) -> LabelMatrix:
    """A label matrix with literal votes; by default every candidate is alone in its sentence."""
    cells = np.array(votes, dtype=np.int64)
    places = [(i, 0, 1) for i in range(len(cells))] if candidates is None else candidates
    rows = np.array(places, dtype=np.int64).reshape(-1, 3)
    sentences = [Sentence(str(i), ("w",) * 6) for i in range(1 + rows[:, 0].max(initial=0))]
    names = tuple(f"lf{i}" for i in range(cells.shape[1]))
    return LabelMatrix(sentences, LABELS, names, rows, cells, np.zeros((0, 4), dtype=np.int64), {})


NO_CANDIDATES = matrix_of(np.zeros((0, 5), dtype=np.int64))


def voted(
    *sentences: tuple[int, Votes], n_lfs: int, labels: Sequence[str] = LABELS, ids: Iterable[str] | None = None
) -> LabelMatrix:
    """The matrix of literal votes on sentences of so many words, negative votes among them."""
    candidates: list[tuple[int, ...]] = []
    votes: list[list[int]] = []
    negative = []
    for index, (_, said) in enumerate(sentences):
        rows: dict[tuple[int, int], list[int]] = {}
        for lf, start, end, vote in said:
            if vote > OUTSIDE:
                rows.setdefault((start, end), [ABSTAIN] * n_lfs)[lf] = vote
        for lf, first, last, vote in said:
            for (start, end), row in rows.items() if vote == OUTSIDE else ():
                if row[lf] == ABSTAIN and start < last and first < end:
                    row[lf] = OUTSIDE
        candidates += [(index, *span) for span in sorted(rows)]
        votes += [rows[span] for span in sorted(rows)]
        negative += [(index, start, end, lf) for lf, start, end, vote in said if vote == OUTSIDE]
    names = [str(i) for i in range(len(sentences))] if ids is None else ids
    return LabelMatrix(
        [Sentence(name, ("w",) * n_words) for name, (n_words, _) in zip(names, sentences, strict=True)],
        tuple(labels),
        tuple(f"lf{i}" for i in range(n_lfs)),
        np.array(candidates, dtype=np.int64).reshape(-1, 3),
        np.array(votes, dtype=np.int64).reshape(-1, n_lfs),
        np.array(negative, dtype=np.int64).reshape(-1, 4),
        {},
    )


def by_place(matrix: LabelMatrix, probabilities: Probabilities) -> dict[tuple[str, int, int], list[float]]:
    """The distribution of each candidate by sentence id, start and end."""
    return {
        (matrix.sentences[index].id, start, end): row
        for (index, start, end), row in zip(matrix.candidates.tolist(), probabilities.tolist(), strict=True)
    }


def with_columns(matrix: LabelMatrix, columns: Sequence[int]) -> LabelMatrix:
    """The matrix with these columns, in this order; -1 is a function that is silent."""
    silent = np.full((len(matrix.votes), 1), ABSTAIN, dtype=np.int64)
    votes = np.hstack([matrix.votes, silent])[:, columns]
    negative = [
        (*place, new)
        for *place, lf in matrix.negative_votes.tolist()
        for new, column in enumerate(columns)
        if lf == column
    ]
    return replace(
        matrix,
        votes=votes,
        lf_names=tuple(f"lf{i}" for i in range(len(columns))),
        negative_votes=np.array(negative, dtype=np.int64).reshape(-1, 4),
    )


def fit_predict(model: LabelModel, matrix: LabelMatrix) -> Probabilities:
    return model.fit(matrix).predict_proba(matrix)


def simulated(accuracies: Sequence[float], *, n: int = 1500, seed: int = 0) -> tuple[LabelMatrix, NDArray[np.int64]]:
    """Votes of functions that fire on 70 % of the candidates and are right as often as said, and the right answers."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(1, 3, n)
    right = generator.random((n, len(accuracies))) < accuracies
    votes = np.where(right, truth[:, None], 3 - truth[:, None])
    votes[generator.random(votes.shape) > 0.7] = ABSTAIN
    fired = (votes != ABSTAIN).any(axis=1)
    return matrix_of(votes[fired]), truth[fired]


def simulated_spans(
    accuracies: Sequence[float], *, errors: Sequence[str], n_sentences: int = 300, seed: int = 0
) -> tuple[LabelMatrix, list[Sentence]]:
    """Sentences of ten words with two true spans, each found by a function four times of five, and the truth.

    A function that is not right makes one of ``errors``: too ``short`` or too ``long`` by a word, or another ``label``.
    """
    generator = np.random.default_rng(seed)
    sentences, gold = [], []
    for index in range(n_sentences):
        votes, spans = [], []
        for first in (1, 6):
            start, end = first, first + int(generator.integers(2, 4))
            label = int(generator.integers(1, 3))
            spans.append(Span(start, end, LABELS[label - 1]))
            for lf, accuracy in enumerate(accuracies):
                wrong = {
                    "short": (start, end - 1, label),
                    "long": (start, end + 1, label),
                    "label": (start, end, 3 - label),
                }
                error = wrong[errors[generator.integers(len(errors))]]
                found = (start, end, label) if generator.random() < accuracy else error
                if generator.random() < 0.8:
                    votes.append((lf, *found))
        sentences.append((10, votes))
        gold.append(Sentence(str(index), ("w",) * 10, tuple(spans)))
    return voted(*sentences, n_lfs=len(accuracies)), gold


@st.composite
def random_sentences(draw: st.DrawFn, *, n_lfs: int, n_labels: int = 2) -> list[tuple[int, Votes]]:
    """Sparse votes, at least one of them for a label: overlapping, nested, against, on sentences of one word."""
    sentences: list[tuple[int, Votes]] = []
    for _ in range(draw(st.integers(1, 4))):
        n_words = draw(st.integers(1, 6))
        said = {}
        for _ in range(draw(st.integers(0, 6))):
            start = draw(st.integers(0, n_words - 1))
            place = (draw(st.integers(0, n_lfs - 1)), start, draw(st.integers(start + 1, n_words)))
            said.setdefault(place, draw(st.integers(OUTSIDE, n_labels)))
        sentences.append((n_words, [(*place, vote) for place, vote in said.items()]))
    return [*sentences, (3, [(0, 0, 2, 1)])]


def count_right(matrix: LabelMatrix, probabilities: Probabilities, gold: Sequence[Sentence]) -> Counter[str]:
    """How many spans are found, predicted and there when every sentence keeps its likeliest spans."""
    from eigennamen.weak.aggregation import predictions

    counts: Counter[str] = Counter()
    for prediction, truth in zip(predictions(matrix, probabilities), gold, strict=True):
        found, there = set(prediction.spans), set(truth.spans or ())
        counts.update(right=len(found & there), predicted=len(found), gold=len(there))
    return counts


def f1(matrix: LabelMatrix, probabilities: Probabilities, gold: Sequence[Sentence]) -> float:
    counts = count_right(matrix, probabilities, gold)
    return 2 * counts["right"] / (counts["predicted"] + counts["gold"])
