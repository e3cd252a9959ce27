"""LengthBuckets: every window once, the order a function of seed and epoch, little padding."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.batching import LengthBuckets

LENGTHS = st.lists(st.integers(1, 60), max_size=300)


def _padded(batches: list[list[int]], lengths: list[int]) -> int:
    """Positions that the batches take, padding included."""
    return sum(max(lengths[i] for i in batch) * len(batch) for batch in batches)


@given(lengths=LENGTHS, batch_size=st.integers(1, 40), shuffle=st.booleans(), chunk=st.integers(1, 60))
def test_every_index_is_in_one_batch(lengths: list[int], batch_size: int, shuffle: bool, chunk: int) -> None:
    buckets = LengthBuckets(lengths, batch_size=batch_size, shuffle=shuffle, chunk=chunk)
    batches = list(buckets)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert all(1 <= len(batch) <= batch_size for batch in batches)


@given(lengths=LENGTHS, batch_size=st.integers(1, 40), chunk=st.integers(1, 60))
def test_as_many_batches_as_announced_and_all_but_one_full(lengths: list[int], batch_size: int, chunk: int) -> None:
    buckets = LengthBuckets(lengths, batch_size=batch_size, chunk=chunk)
    batches = list(buckets)
    assert len(batches) == len(buckets)
    assert sum(len(batch) < batch_size for batch in batches) <= 1


RANDOM = random.Random(0).choices(range(1, 61), k=1000)


def _order(*, seed: int, epoch: int) -> list[list[int]]:
    buckets = LengthBuckets(RANDOM, batch_size=16, seed=seed)
    buckets.set_epoch(epoch)
    return list(buckets)


def test_order_depends_on_seed_and_epoch_alone() -> None:
    assert _order(seed=1, epoch=2) == _order(seed=1, epoch=2)
    orders = [_order(seed=seed, epoch=epoch) for seed in range(3) for epoch in range(3)]
    assert all(orders[i] != orders[j] for i in range(9) for j in range(i))


def test_order_without_shuffling_is_longest_first() -> None:
    assert list(LengthBuckets([1, 3, 2, 3], batch_size=2, shuffle=False)) == [[1, 3], [2, 0]]


@pytest.mark.parametrize("epoch", range(3))
def test_padding_is_a_fraction_of_what_random_batches_have(epoch: int) -> None:
    shuffled = random.Random(epoch).sample(range(1000), 1000)
    random_batches = [shuffled[i : i + 16] for i in range(0, 1000, 16)]
    padding = _padded(_order(seed=0, epoch=epoch), RANDOM) - sum(RANDOM)
    assert padding < 0.1 * (_padded(random_batches, RANDOM) - sum(RANDOM))


def test_long_and_short_batches_are_mixed() -> None:
    batches = LengthBuckets(RANDOM, batch_size=16, chunk=100)  # all in one chunk
    means = [sum(RANDOM[i] for i in batch) / len(batch) for batch in batches]
    assert means != sorted(means)
    assert means != sorted(means, reverse=True)


def test_an_iterator_follows_an_epoch_that_is_set_before_its_first_batch() -> None:
    buckets = LengthBuckets(RANDOM, batch_size=16)
    iterator = iter(buckets)  # Lightning does so when it resumes
    buckets.set_epoch(3)
    assert list(iterator) == _order(seed=0, epoch=3)
