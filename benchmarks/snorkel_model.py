"""Words a second of Snorkel's label model, apply, fit and predict, against Snorkel's own tools.

Ours: ``apply_labeling_functions`` with ``german_large`` on the training sentences of WikiNEuRal German, then the label
model ``Snorkel``, fit and posteriors. The peer uses the same functions, wrapped as Snorkel's labeling functions, with
its ``LFApplier`` and its ``LabelModel``, and nothing of ours behind them. Snorkel knows no sequences, and its applier
takes one data point at a time, so a data point has to be chosen:

- *words*: every word is one, as it is where Snorkel is used for tagging. A function's label of a word is that of its
  longest span there, OUTSIDE under its negative vote, and otherwise it abstains. Ours read sentences, and asking one
  anew for each word of a sentence would be a straw man: it keeps its votes on the last sentence. What is left for each
  word and each function is one call and one look-up.
- *candidates*: every span that some function proposed is one, which are the rows of our matrix. They have to be known
  before, so the peer asks every function about every sentence first, then the applier asks it about each candidate,
  with votes kept in the same way. A vote on a span that overlaps the candidate is OUTSIDE, as with us.

``LabelModel`` gets the number of classes, epochs, learning rate and seed of ours, and the class balance that ours
finds, for nothing. It fits and predicts on all rows, identical ones included. Both sides have one thread.

Posteriors are compared on the candidates, where the rows are the same, and before ours takes out the labels that nobody
voted for (which ``LabelModel`` does not).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import Comparison, alternate
from benchmarks.gazetteers import data_dir
from benchmarks.weak import german_functions, identity
from eigennamen.corpora.wikineural_de import load
from eigennamen.types import Corpus, Sentence, Span
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix, apply_labeling_functions
from eigennamen.weak.label_models import Snorkel, conflicts_as_outside
from eigennamen.weak.label_models.base import vote_counts
from eigennamen.weak.labeling_function import LabelingFunction, Vote

REPETITIONS = 3


class Point(NamedTuple):
    """A data point: a word, or a candidate."""

    sentence: Sentence
    start: int
    end: int


VotesOn = Callable[[Sentence], tuple[Vote, ...]]
Rule = Callable[[VotesOn, dict[str, int]], Callable[[Point], int]]
Points = Callable[[Sequence[LabelingFunction], Sequence[Sentence]], list[Point]]


def run() -> list[Comparison]:
    """Compare the speed for both kinds of data points, then the posteriors."""
    import torch

    torch.set_num_threads(1)  # on both sides: the matrices of an epoch are small
    corpus = load(data_dir=str(data_dir() / "wikineural-de"))
    functions = [function.prepared(corpus.train) for function in german_functions(data_dir())]
    model, _, _ = ours(functions, corpus)
    n_words = sum(len(sentence.words) for sentence in corpus.train)
    rows = []
    for name, points, rule in (("words", words, of_word), ("candidates", candidates, of_candidate)):
        peer = partial(theirs, functions, corpus, model, points=points, rule=rule)
        turns = alternate(
            partial(_timed, partial(ours, functions, corpus)), partial(_timed, peer), repetitions=REPETITIONS
        )
        rates = [tuple(n_words / seconds for seconds, _ in side) for side in zip(*turns, strict=True)]
        rows.append(Comparison(f"Snorkel's label model, the peer on {name}", "words/s", *rates, goal="at least 5"))
    (_, (_, matrix, posteriors)), (_, (votes, expected)) = turns[-1]
    if not np.array_equal(votes, conflicts_as_outside(matrix)):
        raise ValueError("the two matrices of candidates differ")
    difference = float(np.abs(posteriors - without_unvoted(votes, expected)).max())
    compared = f"{rows[1].name}, posteriors differ by {difference:.0e} at most (goal: 1e-04)"
    return [rows[0], replace(rows[1], name=compared)]


def ours(functions: Sequence[LabelingFunction], corpus: Corpus) -> tuple[Snorkel, LabelMatrix, NDArray[np.float64]]:
    """The fitted model, the label matrix and the posteriors."""
    matrix = apply_labeling_functions(functions, corpus.train, labels=corpus.labels, label_map=identity(corpus))
    model = Snorkel().fit(matrix)
    return model, matrix, model.predict_proba(matrix)


def theirs(
    functions: Sequence[LabelingFunction], corpus: Corpus, fitted: Snorkel, *, points: Points, rule: Rule
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The votes on the data points and their posteriors, by Snorkel's own tools with our settings."""
    from snorkel.labeling import LabelingFunction as SnorkelFunction
    from snorkel.labeling import LFApplier
    from snorkel.labeling.model import LabelModel

    classes = {label: 1 + i for i, label in enumerate(corpus.labels)}
    wrapped = [SnorkelFunction(one.name, rule(_kept(one), classes)) for one in functions]
    votes = LFApplier(wrapped).apply(points(functions, corpus.train), progress_bar=False)
    model = LabelModel(cardinality=1 + len(classes), verbose=False)
    model.fit(
        votes,
        class_balance=fitted._model.p.tolist(),
        n_epochs=fitted.n_epochs,
        lr=fitted.learning_rate,
        seed=fitted.seed,
        progress_bar=False,
    )
    return votes, model.predict_proba(votes)


def words(functions: Sequence[LabelingFunction], sentences: Sequence[Sentence]) -> list[Point]:
    """Every word."""
    return [Point(sentence, i, i + 1) for sentence in sentences for i in range(len(sentence.words))]


def candidates(functions: Sequence[LabelingFunction], sentences: Sequence[Sentence]) -> list[Point]:
    """Every span that a function proposes."""
    points = []
    for sentence in sentences:
        votes = (vote for function in functions for vote in function(sentence))
        proposed = {(vote.start, vote.end) for vote in votes if isinstance(vote, Span)}
        points += [Point(sentence, *span) for span in sorted(proposed)]
    return points


def of_word(votes_on: VotesOn, classes: dict[str, int]) -> Callable[[Point], int]:
    """The class that a function gives to a word."""
    last: tuple[Sentence | None, list[int]] = (None, [])

    def label(point: Point) -> int:
        nonlocal last
        if last[0] is not point.sentence:
            last = point.sentence, _classes_of_words(votes_on(point.sentence), classes, len(point.sentence.words))
        return last[1][point.start]

    return label


def _classes_of_words(votes: Sequence[Vote], classes: dict[str, int], n_words: int) -> list[int]:
    result = [ABSTAIN] * n_words
    for vote in sorted(votes, key=lambda one: (isinstance(one, Span), one.end - one.start)):
        given = classes[vote.label] if isinstance(vote, Span) else OUTSIDE
        result[vote.start : vote.end] = [given] * (vote.end - vote.start)
    return result


def of_candidate(votes_on: VotesOn, classes: dict[str, int]) -> Callable[[Point], int]:
    """The class that a function gives to a candidate."""

    def label(point: Point) -> int:
        result = ABSTAIN
        for vote in votes_on(point.sentence):
            if isinstance(vote, Span) and (vote.start, vote.end) == (point.start, point.end):
                return classes[vote.label]
            if vote.start < point.end and point.start < vote.end:
                result = OUTSIDE
        return result

    return label


def _kept(function: LabelingFunction) -> VotesOn:
    """A function's votes on a sentence, kept until it is asked about another one."""
    last: tuple[Sentence | None, tuple[Vote, ...]] = (None, ())

    def votes_on(sentence: Sentence) -> tuple[Vote, ...]:
        nonlocal last
        if last[0] is not sentence:
            last = sentence, function(sentence)
        return last[1]

    return votes_on


def without_unvoted(votes: NDArray[np.int64], posteriors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The posteriors without the labels that nobody voted for, as ours has them."""
    voted = vote_counts(votes, n_classes=posteriors.shape[1]) > 0
    voted[:, OUTSIDE] = True
    kept = np.where(voted, posteriors, 0.0)
    return kept / kept.sum(axis=1, keepdims=True)


def _timed(side: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = side()
    return time.perf_counter() - started, result
