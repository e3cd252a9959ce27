"""The file of a study's records: a line for each run that was done."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from eigennamen.studies.cells import Cell

log = logging.getLogger(__name__)
RECORDS = "records.jsonl"


@dataclass(frozen=True)
class Records:
    """The newest record of each cell, in their order; and how many lines were not whole, were older ones of finished
    cells, or had settings that are no cell's.
    """

    by_cell: Mapping[Cell, dict[str, Any]]
    n_broken: int = 0
    n_older: int = 0
    n_foreign: int = 0

    @property
    def left_out(self) -> str:
        """What is not in ``by_cell``, in words.

        >>> Records({}, n_broken=1, n_older=2).left_out
        '1 not whole, 2 older than another one of the same cell'
        """
        counts = {
            "not whole": self.n_broken,
            "older than another one of the same cell": self.n_older,
            "of other settings than any cell's": self.n_foreign,
        }
        return ", ".join(f"{n} {what}" for what, n in counts.items() if n)


def entries_of(path: Path) -> tuple[dict[str, Any] | None, ...]:
    """The lines of a file of records, None where one is not whole, which is logged once; none without a file."""
    stamp = path.stat() if path.exists() else None
    return _entries(path, (stamp.st_mtime_ns, stamp.st_size)) if stamp else ()


@lru_cache(maxsize=8)
def _entries(path: Path, stamp: tuple[int, int]) -> tuple[dict[str, Any] | None, ...]:
    """The lines of a file of records, None where one is not whole; ``stamp`` changes with the file."""
    entries = tuple(map(_entry, path.read_text(encoding="utf-8").splitlines()))
    for number, entry in enumerate(entries, start=1):
        if entry is None:
            log.warning("%s:%d: not a whole record, left out", path, number)
    return entries


def _entry(line: str) -> dict[str, Any] | None:
    """A line of records, if it is whole."""
    try:
        entry = json.loads(line)
        tuple(entry["overrides"])
        if "error" not in entry:
            float(entry["scores"]["test"]["micro"]["f1"])
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    return dict(entry)
