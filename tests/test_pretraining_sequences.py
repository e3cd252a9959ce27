"""Rows of sub-words: which are trained on, in what order, and the file they are kept in."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.pretraining.exclusion import Exclusion
from eigennamen.pretraining.sequences import Sequences, encode
from eigennamen.pretraining.text import Text
from eigennamen.subwords import wordpiece

LINES = ["Anna reiste nach Bonn", "Otto nach Kiel"]


def _sequences(n_rows: int, *, batch_size: int = 2, held_out: int = 4, seed: int = 0) -> Sequences:
    """Rows of length 3; row ``i`` starts with ``3 * i``."""
    ids = np.arange(3 * n_rows + 2, dtype=np.uint16)
    return Sequences(ids, length=3, batch_size=batch_size, held_out=held_out, seed=seed)


def _numbers(rows: np.ndarray) -> list[int]:
    assert (np.diff(rows, axis=1) == 1).all()
    return (rows[:, 0] // 3).tolist()


@given(st.integers(8, 200), st.integers(1, 8), st.integers(0, 30))
def test_training_and_held_out_rows_are_disjoint_and_together_all(n_rows: int, batch_size: int, held_out: int) -> None:
    sequences = _sequences(n_rows, batch_size=min(batch_size, n_rows - n_rows // 10), held_out=held_out)
    kept = [number for rows in sequences.held_out_batches() for number in _numbers(rows)]
    assert len(kept) == min(held_out, n_rows // 10)
    assert sorted([*kept, *sequences.training.tolist()]) == list(range(n_rows))


@given(st.integers(10, 60), st.integers(1, 5), st.integers(0, 3))
def test_a_pass_takes_each_row_at_most_once_and_skips_less_than_a_batch(n_rows: int, batch_size: int, one: int) -> None:
    sequences = _sequences(n_rows, batch_size=batch_size)
    n = sequences.batches_per_pass
    seen = [number for step in range(one * n, (one + 1) * n) for number in _numbers(sequences.batch(step))]
    assert len(seen) == len(set(seen)) == n * batch_size
    assert set(seen) <= set(sequences.training.tolist())
    assert 0 <= len(sequences.training) - len(seen) < batch_size


def test_the_order_is_that_of_seed_and_pass_whatever_was_asked_before() -> None:
    first, again, other = _sequences(40), _sequences(40), _sequences(40, seed=1)
    n = first.batches_per_pass
    steps = [0, 1, n, n + 1]
    batches = [_numbers(first.batch(step)) for step in steps]
    assert [_numbers(again.batch(step)) for step in reversed(steps)][::-1] == batches
    assert batches[:2] != batches[2:]
    assert [_numbers(other.batch(step)) for step in steps] != batches


def test_held_out_rows_are_spread_from_the_first_to_the_last() -> None:
    assert [_numbers(rows) for rows in _sequences(40, batch_size=3).held_out_batches()] == [[0, 13, 26], [39]]


def test_less_than_a_batch_is_an_error() -> None:
    message = "text: 14 sub-words make 4 training sequences of 3, fewer than one batch of 5; .*trainer.batch_size"
    with pytest.raises(ValueError, match=message):
        _sequences(4, batch_size=5)


class _Counted(Text):
    """Text from memory that says how often it was read."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__([], name="text", exclusion=Exclusion({}))
        self.lines = lines
        self.times_read = 0

    def __iter__(self) -> Iterator[str]:
        self.times_read += 1
        return iter(self.lines)


def test_each_line_ends_with_the_end_token_and_is_encoded_once(tmp_path: Path) -> None:
    tokenizer = wordpiece(LINES, vocab_size=60, exact=False)
    text = _Counted(LINES)
    ids = encode(text, tokenizer, cache=tmp_path / "new")
    assert ids.dtype == np.uint16
    assert ids.tolist() == [
        id_
        for line in LINES
        for id_ in [*tokenizer(line, add_special_tokens=False)["input_ids"], tokenizer.sep_token_id]
    ]
    assert encode(text, tokenizer, cache=tmp_path / "new").tolist() == ids.tolist()
    assert text.times_read == 1
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_tokenizer_that_cuts_and_pads_does_neither_here(tmp_path: Path) -> None:
    plain, other = (wordpiece(LINES, vocab_size=60, exact=False) for _ in range(2))
    other.backend_tokenizer.enable_truncation(2)
    other.backend_tokenizer.enable_padding(length=50)
    expected = encode(_Counted(LINES), plain, cache=tmp_path / "a")
    assert encode(_Counted(LINES), other, cache=tmp_path / "b").tolist() == expected.tolist()
