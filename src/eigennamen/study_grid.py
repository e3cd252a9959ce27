"""A study as a value: the grid of its runs, and what is known of them.

Its folder holds ``study.yaml`` (question, rows, columns, seeds), ``records.jsonl`` (a line for each run done) and
``counts.parquet`` (what each run got right by sentence).
"""

import fcntl
import json
import logging
import os
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Self

from omegaconf import OmegaConf

from eigennamen.records import write_atomically
from eigennamen.scoring import Scores
from eigennamen.study_counts import COUNTS, Key, add_counts

log = logging.getLogger(__name__)
RECORDS = "records.jsonl"
# what runs can be compared with, a field of their records
AGAINST = {"versus_majority_vote": "Difference to the majority vote on the same candidates"}


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


@dataclass(frozen=True)
class Study:
    """Every row with every column and seed; ``rows`` and ``columns`` are overrides by name.

    ``against`` names what each run is also compared with, a field of its record (``versus_majority_vote``).
    ``published`` are numbers of others by row and column, shown beside ours and said to be theirs.

    Rows with a colon are groups, ``BiLSTM: random`` and ``BiLSTM: MNLP`` one; what follows names a row in each of them.
    Learning curves are compared with the row ``baseline`` of their group and with what its row ``full`` reaches, which
    has all labels; ``break_even`` are rows that cost labeling functions, which curves are set against.
    """

    folder: Path
    question: str
    rows: Mapping[str, Sequence[str]]
    columns: Mapping[str, Sequence[str]]
    seeds: Sequence[int]
    against: str | None = None
    published: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    baseline: str | None = None
    full: str | None = None
    break_even: Sequence[str] = ()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The study in a folder; raises FileNotFoundError or ValueError for one that is not there or not whole."""
        path = folder / "study.yaml"
        if not path.exists():
            raise FileNotFoundError(f"{path}: not there; expected the folder of a study, such as experiments/transfer")
        loaded = OmegaConf.to_container(OmegaConf.load(path))
        state = loaded if isinstance(loaded, dict) else {}
        expected, optional = (
            {"question", "rows", "columns", "seeds"},
            {"against", "published", "baseline", "full", "break_even"},
        )
        if not expected <= set(state) <= expected | optional or not all(state.values()):
            raise ValueError(
                f"{path}: has {sorted(map(str, state))}; expected {sorted(expected)} and perhaps {sorted(optional)}, "
                "none of them empty"
            )
        if state.get("against", "versus_majority_vote") not in AGAINST:
            raise ValueError(f"{path}: against is {state['against']!r}; expected one of {sorted(AGAINST)}")
        if unknown := set().union(*state.get("published", {}).values()) - set(state["columns"]):
            raise ValueError(f"{path}: published has {sorted(unknown)}; the columns are {list(state['columns'])}")
        study = cls(folder, **{str(key): value for key, value in state.items()})
        named = [*study.break_even, *(name for name in (study.baseline, study.full) if name)]
        if unknown := set(named) - {in_group(row)[1] for row in study.rows}:
            raise ValueError(f"{path}: names the rows {sorted(unknown)}; the rows are {list(study.rows)}")
        return study

    @property
    def cells(self) -> list[Cell]:
        """Seed by seed, so that an unfinished study has every number once before it has any twice."""
        return [
            Cell(row, column, seed, (*self.columns[column], *self.rows[row], f"seed={seed}"))
            for seed, column, row in product(self.seeds, self.columns, self.rows)
        ]

    def chosen(self, *, rows: Sequence[str], columns: Sequence[str], seeds: Sequence[int]) -> list[Cell]:
        """The cells of some rows, columns and seeds (none: all); raises ValueError for one that is not there."""
        asked: dict[str, tuple[Iterable[Any], Iterable[Any]]] = {
            "row": (rows, self.rows),
            "column": (columns, self.columns),
            "seed": (seeds, self.seeds),
        }
        for kind, (names, known) in asked.items():
            if unknown := set(names) - set(known):
                raise ValueError(f"no {kind} {sorted(unknown)}; there are {list(known)}")
        return [
            cell
            for cell in self.cells
            if cell.row in (rows or self.rows)
            and cell.column in (columns or self.columns)
            and cell.seed in (seeds or self.seeds)
        ]

    def records(self) -> dict[Cell, dict[str, Any]]:
        """What is known of each cell, in their order, the newest record; those of other settings are left out."""
        path = self.folder / RECORDS
        known = {cell.overrides: cell for cell in self.cells}
        found: dict[Cell, dict[str, Any]] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else [], start=1):
            try:
                entry = json.loads(line)
                overrides = tuple(entry["overrides"])
            except (json.JSONDecodeError, KeyError, TypeError):
                log.warning("%s:%d: not a whole record, left out", path, number)
                continue
            if overrides in known:
                found[known[overrides]] = entry
        return {cell: found[cell] for cell in self.cells if cell in found}

    def add(self, cell: Cell, result: Mapping[str, Any], counts: Mapping[Key, Scores] | None = None) -> None:
        """Keep what is known of a cell: its counts, and then its record, without which it would be run again.

        Of runs that no record speaks of any more the counts are dropped. Other processes may work on the same study.
        """
        entry = {"row": cell.row, "column": cell.column, "seed": cell.seed, "overrides": cell.overrides, **result}
        path = self.folder / RECORDS
        with _alone_in(self.folder):
            if counts:
                others = (known for other, known in self.records().items() if other != cell)
                keep = {result["run_id"], *(known["run_id"] for known in others if "run_id" in known)}
                add_counts(self.folder / COUNTS, counts, keep=keep)
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            write_atomically(path, before + json.dumps(entry, ensure_ascii=False) + "\n")


def in_group(row: str) -> tuple[str, str]:
    """The group of a row, and its name in it.

    >>> in_group("BiLSTM: random"), in_group("random")
    (('BiLSTM', 'random'), ('', 'random'))
    """
    group, _, name = row.rpartition(": ")
    return group, name


def groups_of(study: Study) -> list[str]:
    """Every group once, in the order of the rows."""
    return list(dict.fromkeys(in_group(row)[0] for row in study.rows))


def row_in(group: str, name: str | None) -> str:
    """The opposite of ``in_group``."""
    return f"{group}: {name}" if group else str(name)


def scores(study: Study) -> dict[tuple[str, str], list[float]]:
    """Strict micro F1 on test in %, by row and column, one for each seed that is there."""
    result: dict[tuple[str, str], list[float]] = {place: [] for place in product(study.rows, study.columns)}
    for cell, entry in study.records().items():
        if "error" not in entry:
            result[cell.row, cell.column].append(100 * entry["scores"]["test"]["micro"]["f1"])
    return result


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process that asks for it changes a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
