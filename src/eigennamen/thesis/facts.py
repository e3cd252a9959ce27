"""What templates can ask of a study: cells, tested differences, intervals, minutes.

A study that is not there, and a cell that was not run, are values too: they say that they are missing. A row or column
that a study does not have is a mistake in a template, and raises.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

from eigennamen.costs import Prices
from eigennamen.learning_curves import Curve, curves_of, prices_of
from eigennamen.resampling import holm
from eigennamen.studies.counts import COUNTS, Totals, read_totals
from eigennamen.studies.grid import Study
from eigennamen.tables.table import Table, comparison
from eigennamen.thesis.saying import Difference, Result, Saying


@dataclass(frozen=True)
class Step:
    """A row that is better than all that cost a person less; ``gain`` is its difference to the step before."""

    row: str
    minutes: float
    result: Result
    gain: Difference | None


class Facts:
    """A study by its name, such as ``active_learning/real``, whether it is there or not."""

    def __init__(self, experiments: Path, name: str, saying: Saying) -> None:
        self.name = name
        self.folder = folder = experiments / name
        self.saying = saying
        self.study = Study.read(folder) if (folder / "study.yaml").exists() else None

    @cached_property
    def table(self) -> Table | None:
        return Table.of(self.study) if self.study else None

    @cached_property
    def totals(self) -> Mapping[str, Totals]:
        return read_totals(self.folder / COUNTS)

    @cached_property
    def curves(self) -> Mapping[tuple[str, str], Curve]:
        """Learning curves, where runs had rounds."""
        return curves_of(self.study) if self.study and any("rounds" in run for run in self.runs) else {}

    @property
    def question(self) -> str:
        return self.saying.language.question(self.study) if self.study else ""

    @property
    def rows(self) -> list[str]:
        return list(self.study.rows) if self.study else []

    @property
    def columns(self) -> list[str]:
        return list(self.study.columns) if self.study else []

    @property
    def seeds(self) -> int:
        return len(self.study.seeds) if self.study else 0

    @property
    def cells(self) -> int:
        return len(self.study.cells) if self.study else 0

    @property
    def runs(self) -> list[Mapping[str, Any]]:
        """The records of what was done."""
        return self.table.all_runs if self.table else []

    @property
    def done(self) -> int:
        return len(self.runs)

    @property
    def begun(self) -> bool:
        return self.done > 0

    @property
    def complete(self) -> bool:
        return 0 < self.cells == self.done

    @property
    def computed_minutes(self) -> float:
        """Of a machine, in all runs."""
        return sum(run.get("times", {}).get("total_seconds", 0) for run in self.runs) / 60

    def rows_there(self, column: str, *, containing: str = "") -> list[str]:
        """The rows with a run in a column."""
        return [row for row in self.rows if containing in row and self.result(row, column).there]

    def variants(self, row: str) -> list[str]:
        """The rows that are this one with something added: ``brackets, unconstrained`` is one of ``brackets``."""
        return [other for other in self.rows if other.startswith(f"{row}, ")]

    def best_of(self, rows: Sequence[str], column: str) -> str:
        """The row with the highest mean; empty where none of them was run."""
        there = [row for row in rows if self.result(row, column).there]
        return max(there, key=lambda row: self.result(row, column).mean or 0, default="")

    def result(self, row: str, column: str) -> Result:
        self._check(row, column)
        place = self.table.places.get((row, column)) if self.table else None
        return Result(place, self.seeds, self.saying)

    def mean_of(self, row: str, column: str, *path: str) -> float | None:
        """Mean over seeds of a number in the records, such as ``recall_ceiling``, ``test``."""
        return mean(found) if (found := list(self._found(row, column, *path))) else None

    def effort(self, row: str, column: str) -> float | None:
        """Estimated minutes of a person, all at the prices of the study's first record; None where none is known."""
        prices: Prices | None = prices_of(self.study) if self.study else None
        costs = [run["cost"] for run in self._runs(row, column) if run.get("cost")]
        return mean(prices.priced(cost)["minutes"] for cost in costs) if prices and costs else None

    def minutes(self, row: str, column: str) -> float | None:
        """Of a machine, for one run."""
        seconds = self.mean_of(row, column, "times", "total_seconds")
        return None if seconds is None else seconds / 60

    def difference(self, row: str, other: str, column: str) -> Difference:
        return self.differences([(row, other, column)])[0]

    def differences(self, asked: Sequence[Sequence[str]]) -> list[Difference]:
        """Each a row, another row and a column; they are one family, p-values are adjusted for it (Holm)."""
        found = [self._difference(*one) for one in asked]
        adjusted = iter(holm([one.p for one in found if one.p is not None]))
        return [one if one.p is None else replace(one, p=next(adjusted)) for one in found]

    def versus(self, other: str, column: str) -> list[Difference]:
        """All rows against one of them."""
        return self.differences([(row, other, column) for row in self.rows if row != other])

    def winner(self, column: str) -> Difference | None:
        """The best row of a column against the next one, the columns of the table as a family."""
        if column not in self.columns:
            return None
        found = [one for one in self.table.comparisons if one.column == column] if self.table else []
        return Difference.of(found[0], self.saying, seeds=self.seeds) if found else None

    def recorded(self, row: str, column: str, name: str) -> Difference:
        """A difference that records have with its interval, ``versus_label_model`` or ``versus_majority_vote``, of the
        first seed: it is paired within a run.
        """
        runs = self._runs(row, column)
        one = runs[0].get(name) if runs else None
        if not one:
            return Difference(row, name, self.saying)
        points, low, high = (100 * one[key] for key in ("micro_f1_difference", "low", "high"))
        return Difference(row, name, self.saying, points, ends=(low, high))

    def steps(self, column: str) -> list[Step]:
        """What is worth its minutes: from the cheapest row on, those that are better than everything cheaper."""
        priced = [(minutes, row) for row in self.rows if (minutes := self.effort(row, column)) is not None]
        climbing: list[tuple[float, str]] = []
        for minutes, row in sorted(priced):
            if not climbing or (self.result(row, column).mean or 0) > (self.result(climbing[-1][1], column).mean or 0):
                climbing.append((minutes, row))
        rows = [row for _, row in climbing]
        asked = [(row, before, column) for before, row in pairwise(rows)]
        gains = [None, *self.differences(asked)]
        return [
            Step(row, minutes, self.result(row, column), gain)
            for (minutes, row), gain in zip(climbing, gains, strict=False)
        ]

    def _difference(self, row: str, other: str, column: str) -> Difference:
        if not (self.result(row, column).there and self.result(other, column).there):
            return Difference(row, other, self.saying)
        one, two = (self.table.runs[name, column] for name in (row, other)) if self.table else ({}, {})
        found = comparison(column, row, other, one, two, self.totals)
        return Difference.of(found, self.saying, seeds=self.seeds)

    def _runs(self, row: str, column: str) -> list[Mapping[str, Any]]:
        self._check(row, column)
        return list(self.table.runs[row, column].values()) if self.table else []

    def _found(self, row: str, column: str, *path: str) -> Iterator[float]:
        for run in self._runs(row, column):
            value: Any = run
            for key in path:
                value = (value or {}).get(key)
            if value is not None:
                yield float(value)

    def _check(self, row: str, column: str) -> None:
        if self.study and not (row in self.rows and column in self.columns):
            raise ValueError(
                f"{self.folder / 'study.yaml'}: no cell of row {row!r} and column {column!r}; rows are {self.rows}, "
                f"columns {self.columns}: mend the template"
            )
