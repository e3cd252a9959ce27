"""Query strategies: which sentences of a pool are worth a person's time.

A strategy gives each sentence a number, the larger the more wanted, from one kind of values of its words. Tags are
independent given the words in our models, so that the probability of the likeliest sequence is a product over words.
Of sentences with the same number the one drawn first counts more: the pool comes in the random order of its seed.
"""

import heapq
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from eigennamen.schemes import tag_set
from eigennamen.types import Prediction, Sentence
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix

Needs = Literal["nothing", "log_probs", "tag_probs", "dropout_samples", "votes"]
Values = NDArray[Any]  # of words, which are the last axis but one, or the only one
Starts = NDArray[np.int64]  # (n_sentences,): the first word of each sentence
CHUNK = 4096  # sentences whose values are held in memory at once


@dataclass(frozen=True)
class QueryStrategy:
    """A number for each sentence from what it ``needs`` of its words.

    ``log_probs`` (n_words,) add up to the log-probability of all that a model says of a sentence. ``tag_probs`` have
    the shape ``(n_words, n_tags)``, ``dropout_samples`` ``(n_samples, n_words, n_tags)`` and
    ``votes`` ``(n_words, n_tags)``: how many labeling functions gave a word each tag.
    """

    name: str
    needs: Needs
    score: Callable[[Values, Starts], NDArray[np.float64]]


def random(values: Values, starts: Starts) -> NDArray[np.float64]:
    """The same for all: the random order of the pool decides. What every other strategy has to beat."""
    return np.zeros(len(starts))


def least_confidence(log_probs: Values, starts: Starts) -> NDArray[np.float64]:
    """``-log P(y*)`` of the likeliest tags, or of the text written: orders as ``1 - P(y*)``, without rounding to 1.

    Long sentences gain (A. Culotta, A. McCallum, Reducing Labeling Effort for Structured Prediction Tasks, AAAI 2005).
    """
    result: NDArray[np.float64] = -np.add.reduceat(log_probs, starts)
    return result


def mnlp(log_probs: Values, starts: Starts) -> NDArray[np.float64]:
    """``-log P(y*) / n_words``: maximum normalized log-probability.

    Least confidence for sentences of any length (Y. Shen et al., Deep Active Learning for Named Entity Recognition,
    2017).
    """
    return least_confidence(log_probs, starts) / _lengths(starts, len(log_probs))


def margin(tag_probs: Values, starts: Starts) -> NDArray[np.float64]:
    """``-log(P(y1) - P(y2))`` of the two likeliest tag sequences; infinite where they are equally likely.

    Ordered as the margin (B. Settles, M. Craven, An Analysis of Active Learning Strategies for Sequence Labeling Tasks,
    EMNLP 2008). The second sequence differs from the first in one word, the one whose two likeliest tags are closest.
    """
    two = np.partition(tag_probs, -2, axis=1)[:, -2:].astype(np.float64)
    closest = np.maximum.reduceat(two[:, 0] / two[:, 1], starts)
    with np.errstate(divide="ignore"):
        difference = np.log1p(-closest)
    return least_confidence(_log(two[:, 1]), starts) - difference


def token_entropy(tag_probs: Values, starts: Starts) -> NDArray[np.float64]:
    """Mean entropy of the words' tag distributions in nats (B. Settles, M. Craven, EMNLP 2008)."""
    return _mean(_entropy(tag_probs), starts)


def bald(samples: Values, starts: Starts) -> NDArray[np.float64]:
    """Mean over words of what a tag says about the network's weights: entropy of the mean minus mean of the entropies.

    Y. Gal et al., Deep Bayesian Active Learning with Image Data, ICML 2017, after N. Houlsby et al. 2011. Dropout in
    the last layer is enough (A. Shelmanov et al., Active Learning for Sequence Tagging with Deep Pre-trained Models and
    Bayesian Uncertainty Estimates, EACL 2021).
    """
    disagreement = _entropy(samples.mean(axis=0, dtype=np.float64)) - _entropy(samples).mean(axis=0)
    return _mean(disagreement, starts)


def lf_disagreement(votes: Values, starts: Starts) -> NDArray[np.float64]:
    """Mean over words of the entropy of the labeling functions' votes in nats; no model is asked.

    The vote entropy of a committee (I. Dagan, S. Engelson, Committee-Based Sampling for Training Probabilistic
    Classifiers, ICML 1995), whose members may abstain: a word with fewer than two votes has none. A vote is a tag, so
    functions that see a span begin at different words disagree too.
    """
    shares = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    return _mean(_entropy(shares), starts)


_NEEDED: Mapping[Needs, Sequence[Callable[[Values, Starts], NDArray[np.float64]]]] = {
    "nothing": [random],
    "log_probs": [least_confidence, mnlp],
    "tag_probs": [margin, token_entropy],
    "dropout_samples": [bald],
    "votes": [lf_disagreement],
}
STRATEGIES: Mapping[str, QueryStrategy] = {
    function.__name__: QueryStrategy(function.__name__, needs, function)
    for needs, functions in _NEEDED.items()
    for function in functions
}


def strategy_named(name: str) -> QueryStrategy:
    """Raises ValueError where there is no strategy of that name."""
    if name not in STRATEGIES:
        raise ValueError(f"procedure.strategy={name}; expected one of {', '.join(STRATEGIES)}")
    return STRATEGIES[name]


def scored(
    pool: Sequence[Sentence], strategy: QueryStrategy, values_of: Callable[[Sequence[Sentence]], Values]
) -> Iterator[float]:
    """The number of each sentence of a pool; ``values_of`` is asked for ``CHUNK`` sentences at a time.

    Raises:
        ValueError: a number is not one (the training diverged).
    """
    show = len(pool) > CHUNK and sys.stderr.isatty()
    firsts = range(0, len(pool), CHUNK)
    for first in track(
        firsts, f"query: {strategy.name}", console=Console(stderr=True), transient=True, disable=not show
    ):
        sentences = pool[first : first + CHUNK]
        starts = np.cumsum([0, *(len(sentence.words) for sentence in sentences[:-1])])
        numbers = strategy.score(values_of(sentences), starts)
        if np.isnan(numbers).any():
            id_ = sentences[int(np.isnan(numbers).argmax())].id
            raise ValueError(
                f"query {strategy.name}: sentence {id_!r} has no number but NaN, so the model has diverged; lower "
                "module.learning_rate"
            )
        yield from numbers.tolist()


def most_wanted(numbers: Iterable[float], n: int) -> list[int]:
    """Places of the ``n`` largest numbers, largest first, of equals the earlier; holds no more than ``n`` of them."""
    return [place for place, _ in heapq.nlargest(n, enumerate(numbers), key=lambda pair: pair[1])]


def log_probs_of(predictions: Sequence[Prediction]) -> NDArray[np.float64]:
    """The log-probability of each word's likeliest tag; of a text that was written, its own, spread over the words."""
    return np.concatenate([_word_log_probs(prediction) for prediction in predictions])


def _word_log_probs(prediction: Prediction) -> NDArray[np.float64]:
    if prediction.tag_probs is not None:
        return _log(prediction.tag_probs.max(axis=1))
    n_words = len(prediction.sentence.words)
    return np.full(n_words, np.nan if prediction.log_prob is None else prediction.log_prob / n_words)


def tag_votes(matrix: LabelMatrix) -> NDArray[np.int64]:
    """How many votes each word of a label matrix has for each tag, shape ``(n_words of all sentences, n_tags)``.

    A vote for a span is one for ``B-`` at its first word and for ``I-`` at the others, a negative vote one for ``O`` at
    every word under it; the OUTSIDE that the matrix has for candidates under a negative vote is not counted again.
    """
    offsets = np.cumsum([0, *(len(sentence.words) for sentence in matrix.sentences)])
    counts: NDArray[np.int64] = np.zeros((offsets[-1], len(tag_set(matrix.labels))), dtype=np.int64)
    rows, columns = np.nonzero((matrix.votes != ABSTAIN) & (matrix.votes != OUTSIDE))
    label = matrix.votes[rows, columns] - 1
    sentence, start, end = matrix.candidates[rows].T
    first = offsets[sentence] + start
    np.add.at(counts, (first, 1 + 2 * label), 1)
    words, of_vote = _ranges(first + 1, end - start - 1)
    np.add.at(counts, (words, 2 + 2 * label[of_vote]), 1)
    sentence, start, end, _ = matrix.negative_votes.T
    words, _ = _ranges(offsets[sentence] + start, end - start)
    np.add.at(counts[:, 0], words, 1)
    return counts


def _ranges(first: NDArray[np.int64], lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All numbers of some ranges, one after the other, and the range of each."""
    of_range = np.repeat(np.arange(len(first)), lengths)
    begins = np.cumsum(lengths) - lengths
    return first[of_range] + np.arange(len(of_range)) - begins[of_range], of_range


def _log(probabilities: Values) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.log(probabilities.astype(np.float64))
    return result


def _entropy(distributions: Values) -> NDArray[np.float64]:
    """In nats over the last axis; ``0 log 0`` is 0."""
    values = distributions.astype(np.float64)
    logarithms = np.log(values, out=np.zeros_like(values), where=values > 0)
    result: NDArray[np.float64] = -(values * logarithms).sum(axis=-1)
    return result


def _mean(of_words: NDArray[np.float64], starts: Starts) -> NDArray[np.float64]:
    return np.add.reduceat(of_words, starts) / _lengths(starts, len(of_words))


def _lengths(starts: Starts, n_words: int) -> NDArray[np.int64]:
    return np.diff(np.append(starts, n_words))
