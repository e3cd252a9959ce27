"""Speed against the peers: what they share. A benchmark measures ours and a peer in one run and reports the ratio.

Machines differ and drift; two programs that take turns on one machine do not differ much in what it does to them. So
nothing here is an absolute number that anything is compared with, and nothing is asserted: goals are only shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median
from typing import TypeVar

Result = TypeVar("Result")
HEADER = ("benchmark", "unit", "ours", "peer", "ratio", "least to most", "goal")


class UnavailableError(Exception):
    """Something that a benchmark needs is not there; the message says what, and where to get it."""


@dataclass(frozen=True)
class Comparison:
    """One row: the same quantity of ours and of the peer, one value for each repetition."""

    name: str
    unit: str
    ours: tuple[float, ...]
    peer: tuple[float, ...]
    goal: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours through peer, infinite where the peer has 0, of each repetition by itself: its halves ran in turn."""
        return [ours / peer if peer else inf for ours, peer in zip(self.ours, self.peer, strict=True)]

    def cells(self) -> tuple[str, ...]:
        """The row's text in the order of HEADER; the spread of a single repetition is empty."""
        ratios = self.ratios
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}" if len(ratios) > 1 else ""
        values = (_readable(median(values)) for values in (self.ours, self.peer))
        return (self.name, self.unit, *values, f"{median(ratios):.2f}", spread, self.goal)


def alternate(
    ours: Callable[[], Result], peer: Callable[[], Result], *, repetitions: int, warm_up: bool = True
) -> list[tuple[Result, Result]]:
    """What both return, A B A B; with ``warm_up`` a first turn of each is thrown away (cold files, caches)."""
    turns = [(ours(), peer()) for _ in range(repetitions + warm_up)]
    return turns[warm_up:]


def report(rows: Sequence[Comparison], *, facts: Mapping[str, str], skipped: Mapping[str, str]) -> str:
    """The rows as a Markdown table, between what they were measured on and what was left out for which reason."""
    table = [HEADER, ("---",) * len(HEADER), *(row.cells() for row in rows)]
    lines = ["# Speed against the peers", "", "Written by `make benchmarks`; README.md says how to read it.", ""]
    lines += [f"- {name}: {fact}" for name, fact in facts.items()]
    lines += ["", *(f"| {' | '.join(cells)} |" for cells in table), ""]
    lines += [f"- skipped {name}: {reason}" for name, reason in skipped.items()]
    return "\n".join(lines).rstrip() + "\n"


def _readable(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3f}"
