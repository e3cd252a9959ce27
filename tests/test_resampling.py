import numpy as np
import pytest

from eigennamen.resampling import interval, p_value, randomization_p_value, resampled_f1
from eigennamen.scoring import Scores
from eigennamen.significance import paired_difference


def _scores(rows: list[tuple[int, int, int]]) -> Scores:
    """One label; each row is a sentence's true positives, predicted and gold."""
    return Scores(tuple(f"s{place}" for place in range(len(rows))), ("PER",), np.array(rows)[:, None])


def test_several_results_are_resampled_together() -> None:
    a, b = _scores([(1, 1, 1), (0, 1, 2), (0, 0, 0)] * 9), _scores([(1, 1, 1), (1, 1, 2), (0, 1, 0)] * 9)
    values = resampled_f1(np.stack([one.counts.sum(axis=1) for one in (a, b)]), n=200, seed=3)
    assert values.shape == (201, 2)
    assert values[0] == pytest.approx([a.micro.f1, b.micro.f1])
    difference, low, high = paired_difference(a, b, n=200, seed=3)
    assert np.percentile(values[1:, 0] - values[1:, 1], [2.5, 97.5]) == pytest.approx([low, high])
    assert values[0, 0] - values[0, 1] == pytest.approx(difference)


def test_intervals_can_be_infinite_and_p_values_never_nothing() -> None:
    assert interval(np.array([1.0] * 90 + [np.inf] * 10)) == (1, np.inf)
    assert interval(np.array([np.inf] * 5)) == (np.inf, np.inf)
    assert p_value(np.ones(999)) == p_value(-np.ones(999)) == 2 / 1000
    assert p_value(np.zeros(999)) == 1


def test_results_that_are_swapped_at_random_make_few_differences_as_large() -> None:
    right, wrong = np.array([[[1, 1, 1]] * 3]), np.array([[[0, 1, 1]] * 3])
    exact = 2 / 2**3  # all three sentences swapped, or none
    assert randomization_p_value(right, wrong) == pytest.approx(exact, abs=0.01)
    assert randomization_p_value(wrong, right) == pytest.approx(exact, abs=0.01)
    assert randomization_p_value(right, right) == 1
    assert randomization_p_value(right, wrong, n=9) >= 0.1  # one more than the share that was drawn


def test_all_seeds_of_a_sentence_are_swapped_together_and_all_others_make_no_difference() -> None:
    right, wrong, same = [1, 1, 1], [0, 1, 1], [3, 4, 5]
    one, other = np.array([[right, right, same]] * 5), np.array([[wrong, wrong, same]] * 5)
    assert randomization_p_value(one, other) == pytest.approx(2 / 2**2, abs=0.01)
