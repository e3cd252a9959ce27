import numpy as np
import pytest
from label_matrices import LOC, PER, A, fit_predict, matrix_of, simulated
from numpy.typing import NDArray

from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE
from eigennamen.weak.label_models import DawidSkene, MajorityVote

# how often each function says PER and LOC where PER, and where LOC is right
CONFUSIONS = np.array(
    [
        [[0.95, 0.05], [0.1, 0.9]],
        [[0.9, 0.1], [0.4, 0.6]],
        [[0.6, 0.4], [0.2, 0.8]],
        [[0.8, 0.2], [0.1, 0.9]],
        [[0.7, 0.3], [0.3, 0.7]],
    ]
)


def _confused(n: int, *, share_of_per: float = 0.3) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Votes on ``n`` candidates and the right labels; every function abstains on a fifth."""
    generator = np.random.default_rng(0)
    truth = np.where(generator.random(n) < share_of_per, PER, LOC)
    says_per = generator.random((n, len(CONFUSIONS))) < CONFUSIONS[:, truth - 1, 0].T
    votes = np.where(says_per, PER, LOC)
    votes[generator.random(votes.shape) < 0.2] = ABSTAIN
    fired = (votes != ABSTAIN).any(axis=1)
    return votes[fired], truth[fired]


def test_confusion_matrices_and_posteriors_are_recovered() -> None:
    votes, _ = _confused(6000)
    model = DawidSkene(n_iterations=100).fit(matrix_of(votes))
    found = np.exp(model._log_confusions)[:, 1:, 1:]
    assert np.abs(found / found.sum(axis=2, keepdims=True) - CONFUSIONS).max() < 0.05
    rows = [[PER, LOC, LOC, A, A], [LOC, PER, A, A, PER], [A, A, PER, LOC, PER]]
    for row, probabilities in zip(rows, model.predict_proba(matrix_of(rows)), strict=True):
        likelihood = np.array([0.3, 0.7])
        for confusion, vote in zip(CONFUSIONS, row, strict=True):
            if vote != A:  # abstaining is missing
                likelihood = likelihood * confusion[:, vote - 1]
        assert probabilities[1:] == pytest.approx(likelihood / likelihood.sum(), abs=0.05)


def test_it_is_right_more_often_than_majority_vote() -> None:
    matrix, truth = simulated((0.95, 0.8, 0.65, 0.65, 0.55))
    learned, voted = (
        (fit_predict(model, matrix).argmax(axis=1) == truth).mean() for model in (DawidSkene(), MajorityVote())
    )
    assert learned > voted + 0.05


def test_one_step_by_hand() -> None:
    """Two candidates, both PER by vote: counts are 2 + right for the one who said so twice."""
    model = DawidSkene(n_iterations=1, right=2, wrong=1).fit(matrix_of([[PER, A], [PER, PER]]))
    balance = np.array([1, 3, 1])  # nothing, PER, LOC: the votes and one more
    first = np.array([1 / 4, 4 / 6, 1 / 4])  # that the first function says PER where each is right
    weights = balance * first * [1, 1, 0]  # LOC has no vote
    assert model.predict_proba(matrix_of([[PER, A]]))[0] == pytest.approx(weights / weights.sum())


def test_votes_against_are_learned_from() -> None:
    matrix, truth = simulated((0.9, 0.8, 0.8, 0.7))
    against = matrix_of(np.where(matrix.votes == LOC, OUTSIDE, matrix.votes))
    found = fit_predict(DawidSkene(), against).argmax(axis=1)
    assert (found == np.where(truth == LOC, OUTSIDE, truth)).mean() > 0.85


def test_no_label_that_nobody_voted_for() -> None:
    model = DawidSkene().fit(simulated((0.9, 0.7, 0.6))[0])
    assert (model.predict_proba(matrix_of([[PER, A, A], [A, PER, PER]]))[:, LOC] == 0).all()
