"""Studies: a grid of runs that answers one question; its records are kept beside it, its table is made from them.

``python -m eigennamen.studies experiments/transfer`` does the missing runs and writes the table and the figure.
A study's folder holds ``study.yaml`` (question, rows, columns, seeds), ``records.jsonl`` (a line for each run done),
``counts.parquet`` (what each run got right by sentence) and what is made from them.
"""

import argparse
import fcntl
import json
import logging
import os
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Self

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from eigennamen.records import RunRecord, write_atomically
from eigennamen.scoring import Scores
from eigennamen.study_counts import COUNTS, Key, add_counts, counts_of_run

log = logging.getLogger(__name__)
RECORDS = "records.jsonl"


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
        if state.get("against", "versus_majority_vote") not in _NAMES:
            raise ValueError(f"{path}: against is {state['against']!r}; expected one of {sorted(_NAMES)}")
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


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process that asks for it changes a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def run_missing(study: Study, cells: Sequence[Cell], *, conf: Path, minutes: float, extra: Sequence[str]) -> None:
    """Do those runs of some cells that have no record yet, until ``minutes`` are over.

    A run that fails is recorded with its error, and the next one is done.
    """
    done = study.records()
    missing = [cell for cell in cells if "error" in done.get(cell, {"error": ""})]
    started = time.monotonic()
    for number, cell in enumerate(missing):
        spent = (time.monotonic() - started) / 60
        if spent > minutes:
            log.warning("%d runs are left: %.0f minutes are over", len(missing) - number, minutes)
            return
        rest = f", about {spent / number * (len(missing) - number):.0f} min left" if number else ""
        log.info("[%d/%d%s] %s", number + 1, len(missing), rest, cell.command)
        study.add(cell, *_result(cell, conf=conf, extra=extra))


def _result(cell: Cell, *, conf: Path, extra: Sequence[str]) -> tuple[dict[str, Any], dict[Key, Scores]]:
    """What a study keeps of a run, now done or finished before."""
    from eigennamen.run import run  # here, so that --list answers without loading torch

    try:
        with initialize_config_dir(str(conf.absolute()), version_base="1.3"):
            cfg = compose("config", [*cell.overrides, "logger=none", *extra])
        record = run(cfg)
        return summary(record), counts_of_run(Path(cfg.output_dir) / record.run_id)
    except Exception as error:  # whatever it is, Hydra's own errors among them: it must not lose the other runs
        log.error("failed: %s", error)
        return {"error": f"{type(error).__name__}: {error}"}, {}


def summary(record: RunRecord) -> dict[str, Any]:
    """The part of a record that tables need, small enough to be committed."""
    kept = ("run_id", "corpus", "protocol", "method", "dev_labels", "dev_sentences", "model", "parents", "times")
    of_weak_labels = ("versus_label_model", "versus_majority_vote", "recall_ceiling")
    label_model = (record.label_model or {}).get("test")
    curve = [{k: one[k] for k in _OF_ROUNDS if k in one} for one in record.rounds if "cost" in one]
    return {
        **{name: getattr(record, name) for name in kept},
        **{name: value for name in (*of_weak_labels, "cost", "prices") if (value := getattr(record, name))},
        "scores": {split: {k: scores[k] for k in ("micro", "macro")} for split, scores in record.scores.items()},
        "label_model": {"test": {"micro": label_model["micro"]}} if label_model else None,
        "git_commit": record.environment["git_commit"],
        **({"rounds": curve} if curve else {}),
    }


_OF_ROUNDS = ("round", "cost", "dev", "test")  # which sentences were chosen stays in the run's own record


def scores(study: Study) -> dict[tuple[str, str], list[float]]:
    """Strict micro F1 on test in %, by row and column, one for each seed that is there."""
    result: dict[tuple[str, str], list[float]] = {place: [] for place in product(study.rows, study.columns)}
    for cell, entry in study.records().items():
        if "error" not in entry:
            result[cell.row, cell.column].append(100 * entry["scores"]["test"]["micro"]["f1"])
    return result


def table(study: Study) -> str:
    """The scores as Markdown, mean and standard deviation over the seeds, with the protocol above them."""
    by_place = scores(study)
    done = {cell: entry for cell, entry in study.records().items() if "error" not in entry}
    protocols = sorted({f"{e['corpus']}: {e['protocol']}, dev_labels={e['dev_labels']}" for e in done.values()})
    n_seeds = len(study.seeds)
    over = f"mean ± standard deviation over {n_seeds} seeds; (n) where only n of them are there" if n_seeds > 1 else ""
    caption = f"{study.question} Strict micro F1 on test, %" + (f", {over}." if over else ".")
    rows = {row: [_cell(by_place[row, column], n_seeds=n_seeds) for column in study.columns] for row in study.rows}
    rows |= {
        f"{name} (published)": [_number(numbers.get(column)) for column in study.columns]
        for name, numbers in study.published.items()
    }
    parts = [caption, "", *(f"- {protocol}" for protocol in protocols), "", *_markdown(study, rows)]
    if study.against:
        parts += ["", f"{_NAMES[study.against]}, points of micro F1 with the 95 % interval of a paired bootstrap:", ""]
        parts += _markdown(study, _differences(study, done))
    return "\n".join(parts) + "\n"


_NAMES = {"versus_majority_vote": "Difference to the majority vote on the same candidates"}


def _markdown(study: Study, rows: Mapping[str, Sequence[str]]) -> list[str]:
    head = [f"| | {' | '.join(study.columns)} |", f"|---|{'---:|' * len(study.columns)}"]
    return head + [f"| {row} | {' | '.join(cells)} |" for row, cells in rows.items()]


def _differences(study: Study, done: Mapping[Cell, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Each row against what the study compares with (the first seed's run), and how much recall is possible at all."""
    found = {(cell.row, cell.column): entry for cell, entry in reversed(list(done.items()))}
    result = {}
    for row in study.rows:
        entries = [found.get((row, column), {}).get(study.against) for column in study.columns]
        keys = ("micro_f1_difference", "low", "high")
        result[row] = [
            "{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * e[k] for k in keys)) if e else "–" for e in entries
        ]
    ceilings = {cell.column: 100 * e["recall_ceiling"]["test"] for cell, e in done.items() if e.get("recall_ceiling")}
    return result | {"recall ceiling of the functions": [_number(ceilings.get(column)) for column in study.columns]}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _cell(values: Sequence[float], *, n_seeds: int) -> str:
    if not values:
        return "–"
    deviation = f" ± {stdev(values):.1f}" if len(values) > 1 else ""
    return f"{mean(values):.1f}{deviation}" + ("" if len(values) == n_seeds else f" ({len(values)})")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Do a study's missing runs, then write its table and figure.")
    parser.add_argument("folder", type=Path, help="experiments/NAME")
    parser.add_argument("overrides", nargs="*", help="further settings of every run, such as output_dir=/tmp/outputs")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no further run after so many")
    parser.add_argument("--row", action="append", default=[], help="only this row; can be given again")
    parser.add_argument("--column", action="append", default=[], help="only this column; can be given again")
    parser.add_argument("--seed", action="append", default=[], type=int, help="only this seed; can be given again")
    parser.add_argument("--list", action="store_true", help="only show what is missing, with its command")
    parser.add_argument("--conf", type=Path, default=Path("conf"), help="the configuration folder (default: conf)")
    options = parser.parse_intermixed_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    study = Study.read(options.folder)
    try:
        cells = study.chosen(rows=options.row, columns=options.column, seeds=options.seed)
    except ValueError as error:
        parser.error(str(error))
    if options.list:
        done = study.records()
        for cell in cells:
            state = "missing" if cell not in done else "failed " if "error" in done[cell] else "done   "
            print(state, cell.command)
        return
    run_missing(study, cells, conf=options.conf, minutes=options.minutes, extra=options.overrides)
    write_results(study)


def write_results(study: Study) -> None:
    """``table.md`` and the figure, from the records alone; learning curves too where runs have rounds with a cost."""
    from eigennamen.figures import draw_learning_curves, draw_study, learning_curves

    write_atomically(study.folder / "table.md", table(study))
    draw_study(study, study.folder / "figure")
    if any(learning_curves(study).values()):
        draw_learning_curves(study, study.folder / "curves")


if __name__ == "__main__":
    main()
