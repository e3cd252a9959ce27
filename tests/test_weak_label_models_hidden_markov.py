from collections.abc import Iterator
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_matrices import LOC, PER, A, f1, fit_predict, random_sentences, simulated_spans, voted
from numpy.typing import NDArray

from eigennamen.schemes import tags_to_spans
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix
from eigennamen.weak.label_models import HiddenMarkov, MajorityVote
from eigennamen.weak.label_models.hidden_markov import Chain, Lattice, Words

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
EDGE = len(TAGS)
NEVER = -np.inf


def _chain(seed: int) -> Chain:
    """A random one of two labels."""
    generator = np.random.default_rng(seed)
    allowed = np.array([[not tag.startswith("I") or before[1:] == tag[1:] for tag in TAGS] for before in TAGS])
    steps = generator.random((5, 5)) * allowed
    first = generator.random(5) * allowed[0]
    with np.errstate(divide="ignore"):
        return Chain(np.log(first / first.sum()), steps / steps.sum(axis=1, keepdims=True))


def _taggings(chain: Chain, evidence: NDArray[np.float64]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every possible sequence of tags of one sentence, and the logarithm of how likely it is with the evidence."""
    for tags in product(range(5), repeat=len(evidence)):
        steps = [chain.steps[a, b] for a, b in pairwise(tags)]
        if chain.first[tags[0]] > NEVER and all(steps):
            logs = [chain.first[tags[0]], *np.log(steps), *(evidence[i, tag] for i, tag in enumerate(tags))]
            yield tags, float(sum(logs))


def _share(logs: list[float], of: list[float]) -> float:
    """How likely some taggings are among all; the sums are taken as logarithms."""
    return float(np.exp(np.logaddexp.reduce(np.array(logs)) - np.logaddexp.reduce(of))) if logs else 0.0


def _tag_marginals(chain: Chain, evidence: NDArray[np.float64]) -> list[list[float]]:
    taggings = list(_taggings(chain, evidence))
    every = [log for _, log in taggings]
    return [
        [_share([log for tags, log in taggings if tags[i] == tag], every) for tag in range(5)]
        for i in range(len(evidence))
    ]


def _span_marginals(chain: Chain, evidence: NDArray[np.float64], places: list[tuple[int, int]]) -> NDArray[np.float64]:
    """How likely each start and end is exactly a span of PER and of LOC."""
    taggings = list(_taggings(chain, evidence))
    every = [log for _, log in taggings]
    spans = [{(s.start, s.end, s.label) for s in tags_to_spans([TAGS[t] for t in tags])[0]} for tags, _ in taggings]
    shares = [
        _share([log for (_, log), found in zip(taggings, spans, strict=True) if (*place, label) in found], every)
        for place in places
        for label in ("PER", "LOC")
    ]
    return np.array(shares).reshape(-1, 2)


def _lattice(chain: Chain, *sentences: NDArray[np.float64]) -> Lattice:
    lengths = np.array([len(one) for one in sentences])
    evidence = np.zeros((len(sentences), lengths.max(), 5))
    for row, one in zip(evidence, sentences, strict=True):
        row[: len(one)] = one
    places = np.concatenate([[0], lengths.cumsum()[:-1]])[:, None] + np.arange(lengths.max())
    present = np.arange(lengths.max()) < lengths[:, None]
    return Lattice.of(np.arange(len(sentences)), places, present, evidence, chain)


@pytest.mark.parametrize("strength", [1.0, 5.0, 400.0, 3000.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_marginals_are_those_of_all_taggings(seed: int, strength: float) -> None:
    """Also where the evidence is stronger than floating-point likelihoods can hold (beyond 745)."""
    generator = np.random.default_rng(seed)
    chain = _chain(seed)
    short, long = (-strength * generator.random((n, 5)) for n in (1, 4))
    lattice = _lattice(chain, short, long)
    found = lattice.tag_probabilities
    assert found[0, 0] == pytest.approx(_tag_marginals(chain, short)[0], abs=1e-10)
    for word, expected in zip(found[1], _tag_marginals(chain, long), strict=True):
        assert word == pytest.approx(expected, abs=1e-10)
    places = [(start, end) for start in range(4) for end in range(start + 1, 5)]
    spans = lattice.span_probabilities(np.array([(0, 0, 1), *((1, *place) for place in places)]))
    assert spans[:1] == pytest.approx(_span_marginals(chain, short, [(0, 1)]), abs=1e-10)
    assert spans[1:] == pytest.approx(_span_marginals(chain, long, places), abs=1e-10)


@given(
    st.lists(st.lists(st.sampled_from([0.0, -1.0, -800.0, -5000.0]), min_size=5, max_size=5), min_size=1, max_size=3)
)
@settings(max_examples=30, deadline=None)
def test_marginals_where_words_contradict_each_other(evidence: list[list[float]]) -> None:
    """Evidence that leaves only taggings which any single word all but rules out."""
    sentence = np.array(evidence)
    found = _lattice(_chain(0), sentence).tag_probabilities[0]
    assert found == pytest.approx(np.array(_tag_marginals(_chain(0), sentence)), abs=1e-8)


@given(votes=random_sentences(n_lfs=3))
@settings(max_examples=10, deadline=None)
def test_a_candidate_is_as_likely_as_its_span_among_all_taggings(
    votes: list[tuple[int, list[tuple[int, ...]]]],
) -> None:
    votes = [(min(n, 4), [v for v in said if v[2] <= 4]) for n, said in votes]
    matrix = voted(*votes, n_lfs=3)
    model = HiddenMarkov().fit(matrix)
    probabilities = model.predict_proba(matrix)
    words = Words.of(matrix)
    for index in range(len(votes)):
        said = words.rows[words.inverse][words.bounds[index] : words.bounds[index + 1]]
        evidence = np.zeros((len(said), 5))
        for word, lf in zip(*np.nonzero(said != ABSTAIN), strict=True):  # abstaining is no evidence
            evidence[word] += model._log_emissions[lf, :, said[word, lf]]
        rows = np.flatnonzero(matrix.candidates[:, 0] == index)
        places = [(start, end) for _, start, end in matrix.candidates[rows].tolist()]
        expected = _span_marginals(model._chain, evidence, places)
        expected *= [[label in matrix.votes[row] for label in (PER, LOC)] for row in rows] or 0.0
        assert probabilities[rows, 1:] == pytest.approx(expected, abs=1e-10)
        assert probabilities[rows, OUTSIDE] == pytest.approx(1 - expected.sum(axis=1), abs=1e-10)


def _said(matrix: LabelMatrix) -> list[list[int]]:
    words = Words.of(matrix)
    return words.rows[words.inverse].T.tolist()


def test_a_function_says_tags_edges_and_nothing_of_words() -> None:
    b_per, i_per, b_loc = 1, 2, 3
    matrix = voted(
        (5, [(0, 1, 3, PER), (1, 0, 1, LOC), (2, 1, 2, OUTSIDE), (2, 4, 5, PER)]), (2, [(0, 0, 2, PER)]), n_lfs=3
    )
    assert _said(matrix) == [
        [EDGE, b_per, i_per, EDGE, A, b_per, i_per],  # no edge behind the last word of a sentence
        [b_loc, EDGE, A, A, A, A, A],
        [A, OUTSIDE, A, EDGE, b_per, A, A],
    ]


def test_of_two_spans_of_one_function_the_longer_one_is_what_it_says() -> None:
    matrix = voted((4, [(0, 1, 4, PER), (0, 2, 3, LOC), (0, 0, 1, LOC)]), n_lfs=1)
    assert _said(matrix) == [[3, 1, 2, 2]]


@pytest.mark.parametrize("errors", [("label",), ("short",), ("short", "label")])
def test_it_finds_more_than_majority_vote_among_noisy_functions(errors: tuple[str, ...]) -> None:
    matrix, gold = simulated_spans((0.95, 0.8, 0.65, 0.65, 0.55), errors=errors)
    learned, voted_f1 = (f1(matrix, fit_predict(model, matrix), gold) for model in (HiddenMarkov(), MajorityVote()))
    assert learned > voted_f1 + 0.04


def test_sixty_functions_that_agree_on_long_spans_give_numbers() -> None:
    """Their likelihoods underflow; so do those of the half that contradicts the other half."""
    everyone = [(lf, 2, 6, PER) for lf in range(60)]
    halves = [(lf, 1, 5, PER if lf < 30 else LOC) for lf in range(60)]
    shifted = [(lf, 1, 4, PER) if lf < 31 else (lf, 2, 5, PER) for lf in range(60)]
    training = voted(*[(8, everyone)] * 400, (6, halves), (6, shifted), n_lfs=60)
    probabilities = fit_predict(HiddenMarkov(), training)
    assert np.isfinite(probabilities).all()
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert probabilities[0, PER] > 0.99
    halved = probabilities[400]
    assert halved[PER] + halved[LOC] > 0.9


@pytest.mark.slow
def test_two_thousand_words_are_like_twenty() -> None:
    """What is far away does not matter, and nothing underflows on the way."""
    pattern = [(0, 1, 3, PER), (1, 1, 3, PER), (2, 2, 3, PER), (3, 6, 8, LOC), (4, 6, 7, LOC)]
    long = [
        (lf + 5 * copy, 10 * i + start, 10 * i + end, vote)
        for i in range(200)
        for copy in range(12)
        for lf, start, end, vote in pattern
    ]
    short = [one for one in long if one[2] <= 20]
    model = HiddenMarkov().fit(voted((2000, long), n_lfs=60))
    of_long, of_short = (model.predict_proba(voted((n, said), n_lfs=60)) for n, said in ((2000, long), (20, short)))
    assert np.isfinite(of_long).all()
    assert of_long[:4] == pytest.approx(of_short[:4], abs=1e-6)
    assert of_long[-4:] == pytest.approx(of_short[-4:], abs=1e-6)
