"""Text as sub-word ids, packed to full sequences: nothing is padding."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from eigennamen.files import renamed_to
from eigennamen.pretraining.text import Text, progress
from eigennamen.subwords import fingerprint

Ids = NDArray[np.unsignedinteger[Any]]


def encode(text: Text, tokenizer: PreTrainedTokenizerFast, *, cache: Path) -> Ids:
    """The sub-words of all lines in one row, each line followed by the tokenizer's end token; read from disk.

    Written to ``cache`` once for each text and tokenizer.
    """
    dtype = np.dtype(np.uint16 if len(tokenizer) <= 2**16 else np.uint32)
    key = hashlib.sha256((text.fingerprint + fingerprint(tokenizer)).encode()).hexdigest()[:32]
    file = cache / f"{key}.{dtype.name}"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with renamed_to(file) as temporary, temporary.open("wb") as stream:  # runs that share a cache may do it at once
            for ids in _encoded(text, tokenizer):
                np.asarray(ids, dtype=dtype).tofile(stream)
    return np.memmap(file, dtype=dtype, mode="r")


def _encoded(text: Text, tokenizer: PreTrainedTokenizerFast) -> Iterator[list[int]]:
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    end = tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
    lines = iter(progress(text, f"cutting {text.name} into sub-words"))
    while some := list(islice(lines, 2000)):
        for encoding in backend.encode_batch_fast(some, add_special_tokens=False):
            yield [*encoding.ids, end]


class Sequences:
    """Ids cut into rows of ``length``: training rows in an order that seed and step decide alone, and held-out rows.

    Raises:
        ValueError: there are fewer training rows than one batch takes.
    """

    def __init__(self, ids: Ids, *, length: int, batch_size: int, held_out: int, seed: int, name: str = "text") -> None:
        n_rows = len(ids) // length
        self.rows = ids[: n_rows * length].reshape(n_rows, length)
        self.batch_size = batch_size
        self.seed = seed
        # spread over the whole text; at most one in ten
        self.held_out = np.unique(np.linspace(0, max(n_rows - 1, 0), min(held_out, n_rows // 10)).astype(int))
        self.training = np.setdiff1d(np.arange(n_rows), self.held_out)
        if len(self.training) < batch_size:
            raise ValueError(
                f"{name}: {len(ids)} sub-words make {len(self.training)} training sequences of {length}, fewer than "
                f"one batch of {batch_size}; add text, or set trainer.batch_size or trainer.sequence_length lower"
            )
        self._order = (-1, np.empty(0, dtype=int))

    @property
    def batches_per_pass(self) -> int:
        return len(self.training) // self.batch_size

    def batch(self, step: int) -> NDArray[np.int64]:
        """The training rows of a step, shape ``(batch_size, length)``; each pass over the text has its own order."""
        number, place = divmod(step, self.batches_per_pass)
        if self._order[0] != number:
            self._order = (number, np.random.default_rng((self.seed, number)).permutation(self.training))
        chosen = self._order[1][place * self.batch_size : (place + 1) * self.batch_size]
        return self.rows[np.sort(chosen)].astype(np.int64)

    def held_out_batches(self) -> Iterator[NDArray[np.int64]]:
        for start in range(0, len(self.held_out), self.batch_size):
            yield self.rows[self.held_out[start : start + self.batch_size]].astype(np.int64)
