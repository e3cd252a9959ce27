"""A cell of a study's grid, and what the names of its row and its column say."""

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cell:
    """One run of a study: where its number stands, and how it is started."""

    row: str
    column: str
    seed: int
    overrides: tuple[str, ...]

    @property
    def command(self) -> str:
        return shlex.join(["python", "train.py", *self.overrides])

    @property
    def key(self) -> str:
        """Names its settings, so that a run in W&B can be found to be of this cell."""
        return hashlib.sha256(json.dumps(self.overrides).encode()).hexdigest()[:12]

    def line(self, result: Mapping[str, Any]) -> str:
        """Its line in a file of records."""
        entry = {"row": self.row, "column": self.column, "seed": self.seed, "overrides": self.overrides, **result}
        return json.dumps(entry, ensure_ascii=False) + "\n"


def in_group(row: str) -> tuple[str, str]:
    """The group of a row, and its name in it.

    >>> in_group("BiLSTM: random"), in_group("random")
    (('BiLSTM', 'random'), ('', 'random'))
    """
    group, _, name = row.rpartition(": ")
    return group, name


def by_corpus(columns: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Columns are named after a corpus, a comma and what is done on it: by corpus each column, and what it does.

    >>> by_corpus(["tiny, 10", "huge, 10", "tiny, all"])
    {'tiny': [('tiny, 10', '10'), ('tiny, all', 'all')], 'huge': [('huge, 10', '10')]}
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for column in columns:
        corpus, _, rest = column.rpartition(", ")
        found.setdefault(corpus, []).append((column, rest))
    return found


def row_in(group: str, name: str | None) -> str:
    """The opposite of ``in_group``."""
    return f"{group}: {name}" if group else str(name)
