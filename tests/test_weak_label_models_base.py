import numpy as np
import pytest

from eigennamen.weak.label_models.base import distinct_rows, grouped_rows


def test_rows_are_grouped_in_order() -> None:
    rows, inverse = grouped_rows(np.array([[2, -1], [-1, 300], [2, -1], [-1, 0]]))
    assert rows.tolist() == [[-1, 0], [-1, 300], [2, -1]]
    assert inverse.tolist() == [2, 1, 2, 0]


def test_rows_are_those_of_numpy() -> None:
    votes = np.random.default_rng(0).integers(-1, 300, (500, 2)) * np.array([1, 0])
    rows, inverse = np.unique(votes, axis=0, return_inverse=True)
    grouped, places = grouped_rows(votes)
    np.testing.assert_array_equal(grouped, rows)
    np.testing.assert_array_equal(places, inverse.reshape(-1))


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (0, 0)])
def test_nothing_can_be_grouped(shape: tuple[int, int]) -> None:
    rows, inverse = grouped_rows(np.zeros(shape, dtype=np.int64))
    assert rows.shape == (min(shape[0], 1), shape[1])
    assert inverse.tolist() == [0] * shape[0]


def test_distinct_rows_count_as_often_as_they_occur() -> None:
    rows, times = distinct_rows(np.array([[1, 0], [0, 1], [1, 0]]), np.array([2, 5, 3]))
    assert rows.tolist() == [[0, 1], [1, 0]]
    assert times.tolist() == [5.0, 5.0]
