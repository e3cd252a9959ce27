import numpy as np
import pytest
from numpy.typing import NDArray

from eigennamen.scoring import Scores
from eigennamen.significance import bootstrap_interval, micro_f1, paired_difference


def scores(rows: list[tuple[int, int, int]], *, prefix: str = "s") -> Scores:
    """One label; each row is a sentence's true positives, predicted and gold."""
    counts = np.array(rows, dtype=np.int64).reshape(len(rows), 1, 3)
    return Scores(tuple(f"{prefix}{i}" for i in range(len(rows))), ("PER",), counts)


def resample_one_by_one(counts: NDArray[np.int64], n: int) -> tuple[float, float]:
    """The textbook loop, with other random numbers."""
    generator = np.random.default_rng(99)
    values = []
    for _ in range(n):
        true_positives, predicted, gold = counts[generator.integers(len(counts), size=len(counts))].sum(axis=0)
        values.append(2 * true_positives / (predicted + gold) if predicted + gold else 0)
    low, high = np.percentile(values, [2.5, 97.5])
    return low, high


def test_micro_f1_of_many_totals() -> None:
    assert micro_f1(np.array([[1.0, 2.0, 2.0], [0.0, 0.0, 0.0]])).tolist() == [0.5, 0.0]


def test_the_interval_is_the_percentile_bootstrap() -> None:
    counts = np.array([[1, 1, 1], [0, 1, 1], [0, 0, 1], [1, 2, 1], [0, 0, 0]] * 20)
    assert bootstrap_interval(counts) == pytest.approx(resample_one_by_one(counts, 2000), abs=0.02)


def test_the_interval_does_not_depend_on_the_size_of_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.array([[1, 1, 1], [0, 1, 1]] * 10)
    whole = bootstrap_interval(counts, seed=5)
    monkeypatch.setattr("eigennamen.significance._CELLS", 70)
    assert bootstrap_interval(counts, seed=5) == whole


def test_pairing_sees_a_small_but_steady_difference() -> None:
    """One more entity found in one of ten sentences: far inside either interval, yet never the other way round."""
    hard = [(1, 1, 1), (0, 1, 1)] * 50
    better = [(1, 1, 1) if i % 10 == 1 else row for i, row in enumerate(hard)]
    a, b = scores(better), scores(hard)
    difference, low, high = paired_difference(a, b, seed=1)
    assert difference == pytest.approx(0.1)
    assert 0 < low < difference < high
    assert a.micro_interval[0] < b.micro_interval[1]
    assert paired_difference(b, a, seed=1) == pytest.approx((-difference, -high, -low))


def test_a_result_does_not_differ_from_itself() -> None:
    one = scores([(1, 1, 1), (0, 1, 1)])
    assert paired_difference(one, one) == (0, 0, 0)


def test_refuses_different_sentences_and_different_gold() -> None:
    with pytest.raises(ValueError, match="sentence 0 is 's0' in one result and 't0' in the other"):
        paired_difference(scores([(1, 1, 1)]), scores([(1, 1, 1)], prefix="t"))
    with pytest.raises(ValueError, match="sentence 1 is 's1' in one result and None in the other"):
        paired_difference(scores([(1, 1, 1), (0, 0, 0)]), scores([(1, 1, 1)]))
    with pytest.raises(ValueError, match="sentence 's0' has different gold entities"):
        paired_difference(scores([(1, 1, 1)]), scores([(1, 1, 2)]))
