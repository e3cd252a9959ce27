from dataclasses import replace

import numpy as np
import pytest
import snorkel.labeling.model  # noqa: F401  takes seconds, which no test should be charged with
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from label_matrices import LOC, NO_CANDIDATES, PER, A, matrix_of, simulated
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix
from eigennamen.weak.label_models import MajorityVote, Snorkel, conflicts_as_outside

ACCURACIES = (0.95, 0.8, 0.65, 0.65, 0.55)


@pytest.fixture(scope="module")
def example() -> tuple[LabelMatrix, NDArray[np.int64]]:
    return simulated(ACCURACIES)


@pytest.fixture(scope="module")
def fitted(example: tuple[LabelMatrix, NDArray[np.int64]]) -> Snorkel:
    return Snorkel(n_epochs=200).fit(example[0])


def test_without_candidates_there_are_no_distributions(fitted: Snorkel) -> None:
    assert fitted.predict_proba(NO_CANDIDATES).shape == (0, 3)


def test_a_function_that_proposes_an_overlapping_span_votes_outside() -> None:
    candidates = [(0, 0, 2), (0, 1, 3), (0, 3, 4), (1, 0, 2)]
    votes = [[PER, A, A, PER], [A, LOC, OUTSIDE, PER], [A, A, PER, A], [A, LOC, A, A]]
    assert conflicts_as_outside(matrix_of(votes, candidates)).tolist() == [
        [PER, OUTSIDE, A, PER],  # the third function's vote against 1:3 proposes nothing
        [OUTSIDE, LOC, OUTSIDE, PER],
        [A, A, PER, A],  # 1:3 and 3:4 only touch
        [A, LOC, A, A],  # another sentence
    ]


@given(arrays(np.int64, (5, 3), elements=st.integers(-1, 2)), st.permutations(range(6)))
def test_conflicts_only_fill_abstentions(votes: NDArray[np.int64], starts: list[int]) -> None:
    matrix = matrix_of(votes, sorted((start % 2, start // 2, start // 2 + 2) for start in starts[:5]))
    before = votes.copy()
    after = conflicts_as_outside(matrix)
    assert np.array_equal(matrix.votes, before)
    for (i, start, end), old, new in zip(matrix.candidates.tolist(), votes.tolist(), after.tolist(), strict=True):
        near = [
            row for (k, s, e), row in zip(matrix.candidates, votes, strict=True) if k == i and s < end and start < e
        ]
        for column, cell in enumerate(old):
            conflict = cell == ABSTAIN and any(row[column] > OUTSIDE for row in near)
            assert new[column] == (OUTSIDE if conflict else cell)


def test_snorkel_needs_three_functions_and_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"at least three labeling functions, got 2 \(lf0, lf1\).*=majority_vote"):
        Snorkel().fit(matrix_of([[PER, LOC]]))


def test_snorkel_needs_a_vote() -> None:
    with pytest.raises(ValueError, match="no labeling function fired on any of 1 sentences"):
        Snorkel().fit(NO_CANDIDATES)


def test_in_snorkel_the_more_accurate_function_wins_a_conflict(fitted: Snorkel) -> None:
    ranks = range(len(ACCURACIES))
    pairs = [(i, k) for i in ranks for k in ranks if ACCURACIES[i] > ACCURACIES[k]]
    for good, bad in ((PER, LOC), (LOC, PER)):
        rows = [[good if j == better else bad if j == worse else A for j in ranks] for better, worse in pairs]
        matrix = matrix_of(rows)
        assert (fitted.predict_proba(matrix).argmax(axis=1) == good).all()
        tied = MajorityVote().predict_proba(matrix)
        assert tied[:, good] == pytest.approx(tied[:, bad])


def test_snorkel_is_right_more_often_than_majority_vote(
    fitted: Snorkel, example: tuple[LabelMatrix, NDArray[np.int64]]
) -> None:
    matrix, truth = example
    models = (fitted, MajorityVote())
    learned, voted = ((model.predict_proba(matrix).argmax(axis=1) == truth).mean() for model in models)
    assert learned > voted + 0.03


def test_snorkel_finds_the_class_that_functions_vote_against() -> None:
    matrix, truth = simulated([0.9, 0.8, 0.8, 0.7])
    matrix = replace(matrix, votes=np.where(matrix.votes == LOC, OUTSIDE, matrix.votes))
    model = Snorkel(n_epochs=200).fit(matrix)
    found = model.predict_proba(matrix).argmax(axis=1)
    assert (found == np.where(truth == LOC, OUTSIDE, truth)).mean() > 0.85
    silent, against = model.predict_proba(matrix_of([[A, PER, A, A], [OUTSIDE, PER, A, A]]))
    assert silent[PER] > against[PER] + 0.1  # abstaining is not voting against


def test_snorkel_gives_distributions_that_are_the_same_for_identical_rows(
    fitted: Snorkel, example: tuple[LabelMatrix, NDArray[np.int64]]
) -> None:
    matrix, _ = example
    probabilities = fitted.predict_proba(matrix)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    rows, inverse = np.unique(matrix.votes, axis=0, return_inverse=True)
    assert len(rows) < len(matrix.votes)
    assert len(np.unique(np.column_stack([inverse, probabilities]), axis=0)) == len(rows)
    assert np.array_equal(fitted.predict_proba(matrix_of(rows))[inverse], probabilities)


def test_snorkel_gives_no_label_that_nobody_voted_for(fitted: Snorkel) -> None:
    only_per = fitted.predict_proba(matrix_of([[A, A, A, A, PER], [A, OUTSIDE, A, A, PER]]))
    assert (only_per[:, LOC] == 0).all()
    assert only_per.sum(axis=1) == pytest.approx(1)


def test_the_order_of_functions_does_not_matter_to_snorkel(
    fitted: Snorkel, example: tuple[LabelMatrix, NDArray[np.int64]]
) -> None:
    matrix, _ = example
    order = [3, 0, 4, 2, 1]
    permuted = replace(matrix, votes=matrix.votes[:, order], lf_names=tuple(matrix.lf_names[i] for i in order))
    probabilities = Snorkel(n_epochs=200).fit(permuted).predict_proba(permuted)
    assert np.abs(probabilities - fitted.predict_proba(matrix)).max() < 1e-4


def test_snorkel_depends_on_its_seed_alone(example: tuple[LabelMatrix, NDArray[np.int64]]) -> None:
    matrix, _ = example
    first, again, other = (Snorkel(n_epochs=20, seed=seed).fit(matrix).predict_proba(matrix) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_fitting_snorkel_leaves_the_threads_of_torch_alone(example: tuple[LabelMatrix, NDArray[np.int64]]) -> None:
    n_threads = torch.get_num_threads()
    torch.set_num_threads(3)
    Snorkel(n_epochs=1).fit(example[0])
    assert torch.get_num_threads() == 3
    torch.set_num_threads(n_threads)
