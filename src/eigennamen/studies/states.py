"""What is done of a study, what is left and how long it may take, and which of its runs would be others today.

A record keeps the fingerprints of its run. Configuration, code and parents are compared with them as they are now,
without a corpus; corpus and labeling functions where they can be loaded. What cannot be compared is not called stale.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from pathlib import Path
from statistics import mean
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException, InstantiationException
from omegaconf import DictConfig, OmegaConf

from eigennamen.studies.cells import Cell
from eigennamen.studies.grid import Study

LENGTH = 12  # of the fingerprints that records of studies keep
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """``name`` is done, missing, failed, stale or, where stale ones were asked for and the record does not tell,
    unknown; ``changed`` says what makes it stale; ``minutes`` how long it may take, if any run tells.
    """

    cell: Cell
    name: str
    minutes: float | None = None
    changed: tuple[str, ...] = ()

    def __str__(self) -> str:
        minutes = "? min" if self.minutes is None else f"{self.minutes:.1f} min"
        why = f" ({', '.join(self.changed)})" if self.changed else ""
        return f"{self.name + why:<8}{minutes:>10}  {self.cell.command}"


def states_of(study: Study, cells: Sequence[Cell], *, conf: Path | None = None) -> list[State]:
    """Of each cell, in their order; stale ones are looked for where there is a configuration folder."""
    records = study.records()
    minutes = _Minutes(records)
    finished = {cell: records[cell] for cell in cells if "error" not in records.get(cell, {"error": ""})}
    changed = _changed(finished, conf=conf) if conf else {}
    states = []
    for cell in cells:
        if cell in finished:
            found = changed.get(cell, ())
            name = "unknown" if found is None else "stale" if found else "done"
        else:
            found, name = (), "failed" if cell in records else "missing"
        states.append(State(cell, name, minutes.of(cell), found or ()))
    return states


def overview(study: Study, states: Iterable[State]) -> str:
    """A line for a study: how many cells are in which state, and how long those may take that are not done."""
    states = list(states)
    counts = Counter(state.name for state in states)
    left = [state.minutes for state in states if state.name in ("missing", "failed")]
    known = [one for one in left if one is not None]
    parts = [f"{counts['done']} of {len(states)} done", f"{counts['missing']} missing", f"{counts['failed']} failed"]
    parts += [f"{counts[name]} {name}" for name in ("stale", "unknown") if counts[name]]
    if left:
        parts.append(f"about {sum(known):.0f} min left" if len(known) == len(left) else "time left unknown")
    if left_out := study.read_records().left_out:
        parts.append(f"records left out: {left_out}")
    return f"{study.folder}: {', '.join(parts)}"


class _Minutes:
    """Estimates from the runs that are done: of the same row and column, or else from its row and its column.

    A row that takes twice as long as another one is taken to do so in every column.
    """

    def __init__(self, records: Mapping[Cell, Mapping[str, Any]]) -> None:
        self._logs: dict[tuple[str, str], list[float]] = {}
        for cell, entry in records.items():
            if seconds := entry.get("times", {}).get("total_seconds"):
                self._logs.setdefault((cell.row, cell.column), []).append(log(seconds / 60))
        self._mean = {place: mean(values) for place, values in self._logs.items()}

    def of(self, cell: Cell) -> float | None:
        if not self._mean:
            return None
        if (place := (cell.row, cell.column)) in self._mean:
            return exp(self._mean[place])
        everything = mean(self._mean.values())
        row = [value for (name, _), value in self._mean.items() if name == cell.row]
        column = [value for (_, name), value in self._mean.items() if name == cell.column]
        return exp(everything + sum(mean(values) - everything for values in (row, column) if values))


def _changed(finished: Mapping[Cell, Mapping[str, Any]], *, conf: Path) -> dict[Cell, tuple[str, ...] | None]:
    """What is other now than in the record of each cell; None where the record has no fingerprints."""
    composed: dict[tuple[str, ...], DictConfig] = {}
    result: dict[Cell, tuple[str, ...] | None] = {}
    with initialize_config_dir(str(conf.absolute()), version_base="1.3"):
        for cell, entry in finished.items():
            if not entry.get("fingerprints"):
                result[cell] = None
                continue
            settings = cell.overrides[:-1]  # all seeds of a place have the same configuration, and composing is slow
            if settings not in composed:
                try:
                    composed[settings] = compose("config", [*settings, "logger=none"])
                except HydraException as error:  # a setting that is no more
                    logger.warning("%s: %s", cell.command, error)
                    result[cell] = ("config",)
                    continue
            cfg = composed[settings]
            cfg.seed = cell.seed
            result[cell] = differing(entry, cfg, fingerprints_of(cfg))
    return result


def differing(entry: Mapping[str, Any], cfg: DictConfig, now: Mapping[str, str]) -> tuple[str, ...]:
    """Which of the fingerprints of ``cfg`` are others than in a record, which has some."""
    then = entry["fingerprints"]
    names = [name for name in now if name in then and now[name] != then[name]]
    return tuple(names + _other_parents(cfg, entry.get("parents", ())))


def fingerprints_of(cfg: DictConfig) -> dict[str, str]:
    """Those of the run that ``cfg`` describes, as far as they can be known; its parents aside."""
    from eigennamen.identity import PARTS, digest, resolved_parts, targets_of  # here: it loads torch

    config = resolved_parts(cfg, PARTS)
    found = {"config": digest(config), "source": _source(tuple(targets_of(config)))}
    for name, node in (("corpus", cfg.corpus), ("label_source", cfg.datamodule.label_source)):
        fingerprint = _fingerprint_of(OmegaConf.to_yaml(node, resolve=True))
        if fingerprint is not None:
            found[name] = fingerprint
    return {name: value[:LENGTH] for name, value in found.items()}


@cache
def _source(targets: tuple[str, ...]) -> str:
    from eigennamen.identity import source_fingerprint

    return source_fingerprint(targets)


@cache
def _fingerprint_of(node: str) -> str | None:
    """That of what a configuration builds; None where it cannot be built here, as without the files of a corpus."""
    from eigennamen.execution import build

    try:
        return str(build(OmegaConf.create(node)).fingerprint)
    except (OSError, ValueError, ImportError, InstantiationException) as error:
        logger.warning("not compared: %s", error)
        return None


def _other_parents(cfg: DictConfig, then: Sequence[str]) -> list[str]:
    """Whether a pretrained model or word vectors are others now; those that are not here are not compared."""
    from eigennamen.identity import parent_of

    module = cfg.module or {}
    names = [name for key in ("pretrained", "word_vectors") if (name := module.get(key))]
    return ["parents"] if any(Path(name).is_dir() and parent_of(name) not in then for name in names) else []
