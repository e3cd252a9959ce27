"""Losses: exact values, their limits, and which words teach how much."""

import math

import pytest
import torch
from torch.nn import functional as F

from eigennamen.modules.losses import generalized_cross_entropy

EMISSIONS = torch.tensor([[0.5, 0.25, 0.25], [0.01, 0.09, 0.9]]).log() + 3.0  # unnormalized
HARD = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
SOFT = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]])


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        (0.5, [(1 - 0.25**0.5) / 0.5, (1 - 0.01**0.5) / 0.5]),  # 1, 1.8
        (1.0, [0.75, 0.99]),  # mean absolute error
        (0.0, [-math.log(0.25), -math.log(0.01)]),
    ],
)
def test_loss_of_hard_targets(q: float, expected: list[float]) -> None:
    assert generalized_cross_entropy(EMISSIONS, HARD, q=q).tolist() == pytest.approx(expected, rel=1e-5)


def test_loss_of_soft_targets_is_the_expected_one() -> None:
    first = 0.5 * (1 - 0.5**0.5) / 0.5 + 0.5 * (1 - 0.25**0.5) / 0.5
    second = 0.25 * (1 - 0.09**0.5) / 0.5 + 0.75 * (1 - 0.9**0.5) / 0.5
    assert generalized_cross_entropy(EMISSIONS, SOFT, q=0.5).tolist() == pytest.approx([first, second], rel=1e-5)


@pytest.mark.parametrize("targets", [HARD, SOFT])
def test_cross_entropy_is_the_limit(targets: torch.Tensor) -> None:
    limit = F.cross_entropy(EMISSIONS, targets, reduction="none")
    assert torch.equal(generalized_cross_entropy(EMISSIONS, targets, q=0.0), limit)
    assert generalized_cross_entropy(EMISSIONS, targets, q=1e-6).tolist() == pytest.approx(limit.tolist(), rel=1e-4)


def test_unlikely_labels_teach_less() -> None:
    gradients = []
    for q in (0.0, 0.5):
        emissions = EMISSIONS.clone().requires_grad_()
        generalized_cross_entropy(emissions, HARD, q=q).sum().backward()
        assert emissions.grad is not None
        gradients.append(emissions.grad)
    factors = (gradients[1] / gradients[0])[:, 0]
    assert factors.tolist() == pytest.approx([0.25**0.5, 0.01**0.5], rel=1e-4)


def test_a_certain_model_has_finite_loss_and_gradient() -> None:
    emissions = torch.tensor([[200.0, 0.0], [200.0, 0.0]], requires_grad=True)
    losses = generalized_cross_entropy(emissions, torch.tensor([[1.0, 0.0], [0.0, 1.0]]), q=0.7)
    losses.sum().backward()
    assert losses.tolist() == pytest.approx([0.0, 1 / 0.7])
    assert emissions.grad is not None
    assert emissions.grad.isfinite().all()
