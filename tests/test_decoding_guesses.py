"""Guesses for drafts: what a linear map of the encoder's numbers can tell, by kind of choice."""

import torch

from eigennamen.decoding.guesses import Guesses, features_of


def test_choices_are_learned_by_kind() -> None:
    """Of kind 0 the first number tells the choice, of kind 2 its opposite does; of kind 1 nothing is known."""
    generator = torch.Generator().manual_seed(0)
    features = torch.cat([torch.randn(300, 4, generator=generator), torch.ones(300, 1)], dim=1)
    kinds = torch.arange(300) % 2 * 2
    right = torch.where(kinds == 0, features[:, 0] > 0, features[:, 0] < 0).long()
    guesses = Guesses()
    for first in range(0, 200, 50):
        own = slice(first, first + 50)
        guesses.learn(kinds[own], features[own], right[own], n_choices=2)
    scores = guesses.scores(features[200:], n_kinds=3, n_choices=4)
    assert scores.shape == (100, 3, 4)
    guessed = scores[torch.arange(100), kinds[200:]].argmax(dim=1)
    assert (guessed == right[200:]).float().mean() > 0.9
    assert not scores[:, 1].any()
    assert not scores[:, :, 2:].any()


def test_a_choice_can_appear_later() -> None:
    guesses, one = Guesses(), torch.ones(1, 1)
    guesses.learn(torch.tensor([0]), one, torch.tensor([1]), n_choices=2)
    for _ in range(3):
        guesses.learn(torch.tensor([0]), one, torch.tensor([3]), n_choices=4)
    assert int(guesses.scores(one, n_kinds=1, n_choices=4)[0, 0].argmax()) == 3
    assert guesses.scores(one, n_kinds=1, n_choices=2).shape == (1, 1, 2)


def test_enough_is_enough() -> None:
    guesses = Guesses()
    guesses.learn(
        torch.zeros(100, dtype=torch.long), torch.ones(100, 1), torch.zeros(100, dtype=torch.long), n_choices=2
    )
    before = guesses.scores(torch.ones(1, 1), n_kinds=1, n_choices=2)
    guesses.learn(
        torch.zeros(900, dtype=torch.long), torch.ones(900, 1), torch.ones(900, dtype=torch.long), n_choices=2
    )
    assert torch.equal(guesses.scores(torch.ones(1, 1), n_kinds=1, n_choices=2), before)


def test_features_are_those_of_the_words_around() -> None:
    hidden = torch.tensor([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]])
    assert features_of(hidden, [[0, 2], [1]]).tolist() == [
        [[0, 1, 1], [1, 3, 1], [3, 0, 1]],
        [[0, 5, 1], [5, 0, 1], [0, 0, 1]],
    ]
    assert features_of(hidden[:1], [[]]).tolist() == [[[0, 0, 1]]]
