"""Words a second of a hidden Markov model over votes, fit and predict, against skweak's HMM (Lison et al. 2021).

The votes are those of ``german_large`` on the training sentences of WikiNEuRal German, computed once and not timed.
Ours fits on the label matrix and gives flat spans and tag probabilities of every sentence. Skweak has the same votes
for labels in its documents, fits on them, and stores spans and probabilities in each. One row takes as many steps of
expectation maximization on both sides, the next the number that each has by default (skweak's is an upper bound: it
stops where the likelihood no longer rises).

The models are kin, not equal. Both start from the votes and learn what each function says about a word of each tag. A
word on which a function is silent tells ours nothing; for skweak it is O wherever the function spoke elsewhere in the
document, and a tag that no function proposes at a word is impossible there. Votes against an entity, which skweak has
no place for, are left out on both sides. Ours keeps how tags follow each other as it was counted at the start, skweak
learns that too. What either makes of the votes stands in the rows below the speed: strict micro F1 on the sentences it
was fitted on, without their gold.
"""

import contextlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks import Comparison, alternate
from benchmarks.gazetteers import data_dir
from benchmarks.weak import documents_of, german_functions, identity, labelled, micro_f1, peer
from eigennamen.corpora.wikineural_de import load
from eigennamen.types import Prediction, Sentence
from eigennamen.weak.aggregation import predictions
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix, apply_labeling_functions
from eigennamen.weak.label_models import HiddenMarkov

REPETITIONS = 3
AGGREGATED = "hidden Markov model"
SKWEAK_ITERATIONS = 4  # its default


def run() -> list[Comparison]:
    """A row for the speed, and one for the spans, of each setting."""
    skweak, spacy = peer()
    corpus = load(data_dir=str(data_dir() / "wikineural-de"))
    functions = [function.prepared(corpus.train) for function in german_functions(data_dir())]
    matrix = _without_negative(
        apply_labeling_functions(functions, corpus.train, labels=corpus.labels, label_map=identity(corpus))
    )
    documents = documents_of(corpus.train, spacy)
    store_votes(matrix, documents, spacy)
    default = HiddenMarkov().n_iterations
    return [
        *_compare(skweak, matrix, documents, iterations=(SKWEAK_ITERATIONS, SKWEAK_ITERATIONS), goal="at least 5"),
        *_compare(skweak, matrix, documents, iterations=(default, SKWEAK_ITERATIONS)),
    ]


def store_votes(matrix: LabelMatrix, documents: Sequence[Any], spacy: Any) -> None:
    """Put the votes for labels into the documents, under the names of the functions."""
    for document in documents:
        document.spans.clear()
    for row, column in np.argwhere(matrix.votes > OUTSIDE).tolist():
        index, start, end = matrix.candidates[row].tolist()
        document, name = documents[index], matrix.lf_names[column]
        if name not in document.spans:
            document.spans[name] = []
        label = matrix.labels[matrix.votes[row, column] - 1]
        document.spans[name].append(spacy.tokens.Span(document, start, end, label))


def _without_negative(matrix: LabelMatrix) -> LabelMatrix:
    votes = np.where(matrix.votes == OUTSIDE, ABSTAIN, matrix.votes)
    return replace(matrix, votes=votes, negative_votes=matrix.negative_votes[:0])


def _compare(
    skweak: Any, matrix: LabelMatrix, documents: Sequence[Any], *, iterations: tuple[int, int], goal: str = ""
) -> list[Comparison]:
    sides = (
        partial(ours, matrix, n_iterations=iterations[0]),
        partial(theirs, skweak, matrix.sentences, documents, list(matrix.labels), n_iterations=iterations[1]),
    )
    turns = alternate(*(partial(_timed, side) for side in sides), repetitions=REPETITIONS)
    n_words = sum(len(sentence.words) for sentence in matrix.sentences)
    rates = [tuple(n_words / seconds for seconds, _ in side) for side in zip(*turns, strict=True)]
    f1 = [tuple(micro_f1(matrix.sentences, found) for _, found in side[:1]) for side in zip(*turns, strict=True)]
    name = f"hidden Markov model, {iterations[0]} and {iterations[1]} iterations"
    return [
        Comparison(name, "words/s", *rates, goal=goal),
        Comparison("its strict micro F1 on the same sentences", "F1", *f1),
    ]


def ours(matrix: LabelMatrix, *, n_iterations: int) -> list[Prediction]:
    """What our model makes of the votes."""
    model = HiddenMarkov(n_iterations=n_iterations).fit(matrix)
    return predictions(matrix, model.predict_proba(matrix))


def theirs(
    skweak: Any, sentences: Sequence[Sentence], documents: Sequence[Any], labels: list[str], *, n_iterations: int
) -> list[Sentence]:
    """What skweak's makes of them."""
    model = skweak.generative.HMM(AGGREGATED, labels)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        model.fit(documents, n_iter=n_iterations)
    for document in documents:
        model(document)
    return labelled(sentences, documents, AGGREGATED)


def _timed(side: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = side()
    return time.perf_counter() - started, result
