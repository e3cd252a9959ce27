import numpy as np
import pytest
from label_matrices import LOC, PER, A, fit_predict, matrix_of, simulated

from eigennamen.weak.label_matrix import OUTSIDE
from eigennamen.weak.label_models import MajorityVote, WeightedVote

ACCURACIES = (0.95, 0.8, 0.65, 0.55)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([PER, A, A], [0, 6 / 7, 1 / 7]),
        ([PER, PER, A], [0, 11 / 12, 1 / 12]),
        ([PER, LOC, A], [0, 1 / 2, 1 / 2]),
        ([PER, LOC, LOC], [0, 6 / 17, 11 / 17]),
        ([PER, OUTSIDE, A], [5 / 12, 1 / 2, 1 / 12]),
        ([PER, OUTSIDE, OUTSIDE], [10 / 17, 6 / 17, 1 / 17]),
    ],
)
def test_majority_vote_counts_and_smooths(row: list[int], expected: list[float]) -> None:
    assert MajorityVote().predict_proba(matrix_of([row]))[0] == pytest.approx(expected)


def test_majority_vote_without_prior_gives_the_shares() -> None:
    shares = MajorityVote(prior=0).predict_proba(matrix_of([[PER, LOC, LOC, OUTSIDE, A]]))
    assert shares.tolist() == [[1 / 4, 1 / 4, 2 / 4]]


def test_a_weight_is_the_share_of_the_others_votes_that_are_the_same() -> None:
    """On 0:2 the first two agree; the third finds 1:3, which overlaps, and on 3:4 it is alone."""
    candidates = [(0, 0, 2), (0, 1, 3), (0, 3, 4)]
    matrix = matrix_of([[PER, PER, A], [A, A, PER], [A, A, PER]], candidates)
    model = WeightedVote(prior=0, pseudo_votes=1).fit(matrix)
    mean = (1 / 2 + 1 / 2 + 0) / 3
    agreed, alone = (1 / 2 + mean) / 2, (0 + mean) / 2
    support = model.predict_proba(matrix_of([[PER, LOC, A], [A, PER, LOC], [PER, OUTSIDE, A]]))
    assert support[0] == pytest.approx([0, agreed / (agreed + mean), mean / (agreed + mean)])
    assert support[1] == pytest.approx([0, agreed / (agreed + mean), mean / (agreed + mean)])
    assert support[2] == pytest.approx([mean / (agreed + mean), agreed / (agreed + mean), 0])
    third = model.predict_proba(matrix_of([[PER, A, PER], [A, A, PER], [A, LOC, PER]]))
    assert third[2] == pytest.approx([0, alone / (alone + mean), mean / (alone + mean)])


def test_where_no_two_functions_meet_every_vote_weighs_the_same() -> None:
    model = WeightedVote().fit(matrix_of([[PER, A], [A, LOC]]))
    rows = matrix_of([[PER, A], [PER, LOC], [PER, OUTSIDE]])
    assert model.predict_proba(rows) == pytest.approx(MajorityVote().predict_proba(rows))


def test_weights_have_the_order_of_the_accuracies() -> None:
    model = WeightedVote().fit(simulated(ACCURACIES)[0])
    for better in range(len(ACCURACIES) - 1):
        for good, bad in ((PER, LOC), (LOC, PER)):
            row = [good if i == better else bad if i == better + 1 else A for i in range(len(ACCURACIES))]
            assert model.predict_proba(matrix_of([row])).argmax() == good


def test_weighted_vote_is_right_more_often_than_majority_vote() -> None:
    matrix, truth = simulated(ACCURACIES)
    weighted, majority = (
        (fit_predict(model, matrix).argmax(axis=1) == truth).mean() for model in (WeightedVote(), MajorityVote())
    )
    assert weighted > majority + 0.02


def test_more_pseudo_votes_bring_weights_together() -> None:
    matrix, _ = simulated(ACCURACIES)
    conflict = matrix_of([[PER, A, A, LOC]])
    sure, unsure = (WeightedVote(pseudo_votes=n).fit(matrix).predict_proba(conflict)[0] for n in (1, 1e6))
    assert sure[PER] > unsure[PER] + 0.02
    assert np.isclose(unsure[PER], unsure[LOC], atol=1e-3)
