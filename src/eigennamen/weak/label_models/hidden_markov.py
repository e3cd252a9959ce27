"""A hidden Markov model over words: tags are hidden, what labeling functions say about each word is seen of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix, Probabilities
from eigennamen.weak.label_models.base import expect_votes, grouped_rows

Floats = NDArray[np.float64]
_TOGETHER = 256  # sentences that are gone through at once


class HiddenMarkov:
    """Tags follow each other, and each labeling function has its own way of seeing them; abstaining is missing.

    What a function says about a word is the tag it proposes, O where it votes against, or *edge* for the word right
    before or behind a span of its own. A function that says nothing about a word leaves no evidence there. The
    probability of a candidate is that of exactly its span among all taggings of the sentence.

    It starts from the votes on each word, and few steps of expectation maximization are best: likelihood goes on rising
    while spans are pulled out of shape. What follows what stays as it was counted at the start: words without any vote
    would only repeat what the model thinks already.

    It looks at whole sentences: of a text that is streamed it learns from a uniform sample (``weak.summary``).

    After Lison et al. 2020, "Named Entity Recognition without Labelled Data: A Weak Supervision Approach".

    Args:
        n_iterations: of expectation maximization.
        pseudo_words: how many words of each tag the average function is worth, beside those that a function speaks of.
    """

    def __init__(self, *, n_iterations: int = 1, pseudo_words: float = 10.0) -> None:
        self.n_iterations = n_iterations
        self.pseudo_words = pseudo_words

    def fit(self, matrix: LabelMatrix) -> Self:
        expect_votes(matrix)
        words = Words.of(matrix)
        tags = words.vote_shares()
        self._chain = Chain.counted(words, tags)
        uniform = np.full((words.n_tags, words.n_tags + 1), 1e-3)
        # what functions do on average, those that never say anything left out
        speaks = (words.rows != ABSTAIN).any(axis=0)
        self._prior = self._emissions_from(words, tags, prior=uniform)[speaks].mean(axis=0)
        self._log_emissions = np.log(self._emissions_from(words, tags, prior=self._prior))
        for _ in range(self.n_iterations):
            for lattice in self._lattices(words):
                tags[lattice.places[lattice.present]] = lattice.tag_probabilities[lattice.present]
            self._log_emissions = np.log(self._emissions_from(words, tags, prior=self._prior))
        return self

    def predict_proba(self, matrix: LabelMatrix) -> Probabilities:
        result = np.zeros((len(matrix.candidates), 1 + len(matrix.labels)))
        words = Words.of(matrix)
        for lattice in self._lattices(words):
            rows = np.flatnonzero(np.isin(matrix.candidates[:, 0], lattice.sentences))
            result[rows, 1:] = lattice.span_probabilities(matrix.candidates[rows])
        # a label that nobody voted for is none of the answers
        voted = matrix.votes[:, :, None] == np.arange(1, result.shape[1])
        result[:, 1:] *= voted.any(axis=1)
        result[:, OUTSIDE] = np.maximum(1 - result[:, 1:].sum(axis=1), 0)
        return result / result.sum(axis=1, keepdims=True)

    def _emissions_from(self, words: "Words", tags: Floats, *, prior: Floats) -> Floats:
        """What each function says about a word of each tag, where it says anything, shape (n_lfs, n_tags, symbols)."""
        by_row = np.zeros((len(words.rows), words.n_tags))
        np.add.at(by_row, words.inverse, tags)
        said = words.rows[:, :, None] == np.arange(words.n_tags + 1)  # (n_rows, n_lfs, symbols)
        counts = np.einsum("rt,rfs->fts", by_row, said.astype(np.float64)) + self.pseudo_words * prior
        result: Floats = counts / counts.sum(axis=2, keepdims=True)
        return result

    def _lattices(self, words: "Words") -> Iterator["Lattice"]:
        """The sentences, those of like length together, with what is known of their tags."""
        logs = np.zeros((len(words.rows), words.n_tags))
        for log_emission, said in zip(self._log_emissions, words.rows.T, strict=True):
            spoken = said != ABSTAIN
            logs[spoken] += log_emission[:, said[spoken]].T
        lengths = np.diff(words.bounds)
        order = np.argsort(lengths, kind="stable")
        for i in range(0, len(order), _TOGETHER):
            chosen = np.sort(order[i : i + _TOGETHER])
            places = words.bounds[chosen][:, None] + np.arange(lengths[chosen].max())
            present = np.arange(lengths[chosen].max()) < lengths[chosen][:, None]
            evidence = np.where(present[:, :, None], logs[words.inverse[np.where(present, places, 0)]], 0.0)
            yield Lattice.of(chosen, places, present, evidence, self._chain)


@dataclass(frozen=True)
class Words:
    """What every function says about every word: ``rows[inverse]`` has shape ``(n_words, n_lfs)``.

    Symbols are ABSTAIN, the tags (0 for O, then B and I of each label), and ``n_tags`` for an edge. The words of
    sentence ``i`` are ``bounds[i]`` to ``bounds[i + 1] - 1``.
    """

    rows: NDArray[np.int64]
    inverse: NDArray[np.int64]
    bounds: NDArray[np.int64]
    n_tags: int

    @classmethod
    def of(cls, matrix: LabelMatrix) -> Self:
        lengths = [len(sentence.words) for sentence in matrix.sentences]
        bounds = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        n_tags = 1 + 2 * len(matrix.labels)
        said = np.full((bounds[-1], matrix.votes.shape[1]), ABSTAIN, dtype=np.int32)
        row, lf = np.nonzero(matrix.votes > OUTSIDE)
        sentence, start, end = matrix.candidates[row].T
        start, end = start + bounds[sentence], end + bounds[sentence]
        before, behind = start > bounds[sentence], end < bounds[sentence + 1]
        said[start[before] - 1, lf[before]] = n_tags
        said[end[behind], lf[behind]] = n_tags
        for i, first, last, column in matrix.negative_votes.tolist():
            said[bounds[i] + first : bounds[i] + last, column] = OUTSIDE
        # of two of one function the longer one is what it says
        proposals = np.stack([end - start, start, end, lf, matrix.votes[row, lf]])
        for _, first, last, column, label in proposals[:, np.lexsort(proposals[::-1])].T.tolist():
            said[first:last, column] = 2 * label
            said[first, column] = 2 * label - 1
        return cls(*grouped_rows(said), bounds, n_tags)

    def vote_shares(self) -> Floats:
        """Tags of each word by votes, an edge being none, shape ``(n_words, n_tags)``; O where there are none."""
        counts = np.stack([(self.rows == tag).sum(axis=1) for tag in range(self.n_tags)], axis=1).astype(np.float64)
        counts[counts.sum(axis=1) == 0, OUTSIDE] = 1.0
        result: Floats = (counts / counts.sum(axis=1, keepdims=True))[self.inverse]
        return result


@dataclass(frozen=True)
class Chain:
    """How tags follow each other: ``first`` as logarithms, ``steps`` (from, to) as probabilities.

    Tags are O, and B and I of each label. An I follows only its B or itself; what *enters* (O and every B) follows any.
    """

    first: Floats
    steps: Floats

    @classmethod
    def counted(cls, words: Words, tags: Floats) -> Self:
        """As if words were independent given ``tags``, and each step had been seen once more."""
        begins = np.zeros(len(tags), dtype=bool)
        begins[words.bounds[:-1]] = True
        allowed = _allowed(words.n_tags)
        first = tags[begins].sum(axis=0) + 1.0
        first = np.where(allowed[OUTSIDE], np.log(first / first[allowed[OUTSIDE]].sum()), -np.inf)
        steps = (tags[:-1].T @ (tags[1:] * ~begins[1:, None]) + 1.0) * allowed
        return cls(first, steps / steps.sum(axis=1, keepdims=True))

    @cached_property
    def enters(self) -> NDArray[np.bool_]:
        """Which tags can follow any other."""
        return np.array((self.steps > 0).all(axis=0))

    @cached_property
    def into(self) -> Floats:
        """Logarithms of the step that goes on in a span: from the B of each label and from its I."""
        labels = range(1, len(self.steps), 2)
        return np.log([[self.steps[begin, begin + 1], self.steps[begin + 1, begin + 1]] for begin in labels]).T

    def after(self, before: Floats) -> Floats:
        """Logarithms for the next word from those of the word before it, which sum to 1."""
        result = np.empty_like(before)
        result[:, self.enters] = np.log(np.exp(before) @ self.steps[:, self.enters])
        from_begin, from_inside = self.into
        result[:, 2::2] = np.logaddexp(before[:, 1::2] + from_begin, before[:, 2::2] + from_inside)
        return result

    def leaving(self, behind: Floats) -> Floats:
        """What lies ahead of a word of each tag where the next one enters anew, from logarithms for that next word."""
        entering = behind[:, self.enters]
        top = entering.max(axis=1, keepdims=True)
        result: Floats = np.log(np.exp(entering - top) @ self.steps[:, self.enters].T) + top
        return result

    def ahead(self, behind: Floats, leaving: Floats) -> Floats:
        """What lies ahead of a word of each tag, whether its span goes on or not."""
        result = leaving.copy()
        from_begin, from_inside = self.into
        result[:, 1::2] = np.logaddexp(leaving[:, 1::2], behind[:, 2::2] + from_begin)
        result[:, 2::2] = np.logaddexp(leaving[:, 2::2], behind[:, 2::2] + from_inside)
        return result


@dataclass(frozen=True)
class Lattice:
    """Some sentences and what the model knows of their tags, padded to one length.

    ``evidence``, ``forward`` and ``backward`` are logarithms of shape ``(n_sentences, n_words, n_tags)``, the last two
    scaled by ``scales``, so that their sum is the distribution over a word's tags. ``leaving`` is the part of
    ``backward`` in which no span goes on. Paths stay logarithms until they meet what they compete with: dozens of
    functions that agree make likelihoods that no floating-point number holds.
    """

    sentences: NDArray[np.int64]
    places: NDArray[np.int64]
    present: NDArray[np.bool_]
    evidence: Floats
    chain: Chain
    forward: Floats
    backward: Floats
    leaving: Floats
    scales: Floats

    @classmethod
    def of(
        cls,
        sentences: NDArray[np.int64],
        places: NDArray[np.int64],
        present: NDArray[np.bool_],
        evidence: Floats,
        chain: Chain,
    ) -> Self:
        n_words = evidence.shape[1]
        forward, backward, leaving = np.empty_like(evidence), np.zeros_like(evidence), np.zeros_like(evidence)
        scales = np.empty(evidence.shape[:2])
        before = np.tile(chain.first, (len(sentences), 1))
        for i in range(n_words):
            now = before + evidence[:, i]
            top = now.max(axis=1)
            scales[:, i] = top + np.log(np.exp(now - top[:, None]).sum(axis=1))
            forward[:, i] = now - scales[:, i, None]
            before = chain.after(forward[:, i])
        for i in range(n_words - 2, -1, -1):
            behind = evidence[:, i + 1] + backward[:, i + 1] - scales[:, i + 1, None]
            goes_on = present[:, i + 1, None]
            leaving[:, i] = np.where(goes_on, chain.leaving(behind), 0.0)
            backward[:, i] = np.where(goes_on, chain.ahead(behind, leaving[:, i]), 0.0)
        return cls(sentences, places, present, evidence, chain, forward, backward, leaving, scales)

    @property
    def tag_probabilities(self) -> Floats:
        """The distribution over each word's tags, shape ``(n_sentences, n_words, n_tags)``."""
        result: Floats = np.exp(self.forward + self.backward)
        return result

    def span_probabilities(self, candidates: NDArray[np.int64]) -> Floats:
        """How likely each candidate (sentence, start, end) is exactly a span of each label."""
        row = np.searchsorted(self.sentences, candidates[:, 0])
        start, last = candidates[:, 1], candidates[:, 2] - 1
        longer = last > start
        from_begin, from_inside = self.chain.into
        result = np.empty((len(candidates), len(from_begin)))
        for label in range(len(from_begin)):
            begin, inside = 2 * label + 1, 2 * label + 2
            within = (self.evidence[:, :, inside] + from_inside[label] - self.scales).cumsum(axis=1)
            logs = self.forward[row, start, begin] + within[row, last] - within[row, start]
            logs[longer] += from_begin[label] - from_inside[label]
            result[:, label] = np.exp(logs + self.leaving[row, last, np.where(longer, inside, begin)])
        return result


def _allowed(n_tags: int) -> NDArray[np.bool_]:
    """Which tag may follow which: an I only its B or itself."""
    allowed = np.ones((n_tags, n_tags), dtype=bool)
    for inside in range(2, n_tags, 2):
        allowed[:, inside] = False
        allowed[[inside - 1, inside], inside] = True
    return allowed
