"""Word vectors that were trained on plain text: eight bits a number, one scale a word, two files in a folder."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from eigennamen.files import renamed_to, write_atomically
from eigennamen.pretrained import check_files

VECTORS = "vectors.safetensors"
WORDS = "words.txt"


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words, the most frequent first, with their vectors: ``vectors[i] * scales[i]`` is that of ``words[i]``.

    ``vectors`` is int8 of shape ``(n_words, size)``, ``scales`` float32 of shape ``(n_words,)``.

    Raises:
        ValueError: the parts do not fit together, or a word is empty, is there twice or has white space in it.
    """

    words: Sequence[str]
    vectors: NDArray[np.int8]
    scales: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.words))
        if (self.vectors.dtype, self.vectors.ndim, self.scales.dtype) != (np.int8, 2, np.float32):
            raise ValueError(
                f"got {self.vectors.dtype} vectors of shape {self.vectors.shape} with {self.scales.dtype} scales; "
                "expected int8 of shape (n_words, size) with float32: WordVectors.quantized makes them from floats"
            )
        if not len(self.words) == len(self.vectors) == len(self.scales):
            raise ValueError(
                f"{len(self.words)} words, {len(self.vectors)} vectors and {len(self.scales)} scales; "
                "expected one of each for every word"
            )
        _check_words(self.words)

    @classmethod
    def quantized(cls, words: Sequence[str], vectors: NDArray[Any]) -> Self:
        """From vectors of floats, ``(n_words, size)``; each number is off by at most 1/254 of its row's largest."""
        scales = (np.abs(vectors).max(axis=1, initial=0.0) / 127).astype(np.float32)
        steps = vectors / np.where(scales > 0, scales, 1)[:, None]
        return cls(words, np.rint(steps).clip(-127, 127).astype(np.int8), scales)

    def __len__(self) -> int:
        return len(self.words)

    @property
    def size(self) -> int:
        return self.vectors.shape[1]

    @cached_property
    def fingerprint(self) -> str:
        """Hash of words, vectors and scales, wherever they are kept."""
        digest = hashlib.sha256(repr(self.words).encode("utf-8", "surrogatepass"))
        digest.update(repr(self.vectors.shape).encode())
        digest.update(np.ascontiguousarray(self.vectors).tobytes())
        digest.update(np.ascontiguousarray(self.scales).tobytes())
        return digest.hexdigest()

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words)}

    def vector(self, word: str) -> NDArray[np.float32]:
        """The vector of a word, of shape ``(size,)``; raises KeyError for a word without one."""
        row = self._rows[word]
        result: NDArray[np.float32] = self.vectors[row] * self.scales[row]
        return result

    def save(self, folder: Path) -> None:
        """Write ``vectors.safetensors`` and ``words.txt`` (UTF-8, one a line)."""
        folder.mkdir(parents=True, exist_ok=True)
        with renamed_to(folder / VECTORS) as temporary:
            temporary.write_bytes(save({"vectors": np.ascontiguousarray(self.vectors), "scales": self.scales}))
        write_atomically(folder / WORDS, "".join(f"{word}\n" for word in self.words))

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """What ``save`` wrote.

        Raises:
            FileNotFoundError: the folder or one of its files is not there.
            ValueError: a file is broken, or the two do not fit together.
        """
        folder = Path(folder).expanduser()
        for name in (VECTORS, WORDS):
            if not (folder / name).is_file():
                raise FileNotFoundError(
                    f"{folder / name}: not there (seen from {Path.cwd()}); expected a folder of word vectors: train "
                    "some (eigennamen.pretraining.skip_gram) or set module.word_vectors to a folder that has them, or "
                    "to null for none"
                )
        check_files(str(folder))
        try:
            tensors = load_file(folder / VECTORS)
            words = (folder / WORDS).read_text(encoding="utf-8").removesuffix("\n").split("\n")
            return cls(words, tensors["vectors"], tensors["scales"])
        except (SafetensorError, UnicodeDecodeError, KeyError, ValueError) as error:
            raise ValueError(f"{folder}: broken word vectors ({error}); copy or train them again") from error


def _check_words(words: Sequence[str]) -> None:
    """Words are lines of a file, so what would break a line is refused here."""
    odd = [word for word in words if word.split() != [word]]
    if odd:
        raise ValueError(f"words must be neither empty nor have white space in them, got {odd[0]!r}")
    if len(set(words)) < len(words):
        twice = next(word for i, word in enumerate(words) if word in words[:i])
        raise ValueError(f"the word {twice!r} is there twice; expected one vector a word")
