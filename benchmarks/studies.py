"""What a study costs beside its runs: its tables and figures, how far it is, another record, another run of a multirun.

The study has the columns, figures and runs of ``experiments/transfer``, whose records, counts and analyses are
repeated under new names until each of 1,000 cells (ten rows, ten columns, ten seeds) has its own. Tables and figures,
and how far it is, are whole processes, as users start them; the peer has one seed. Another record is what a finished
run adds to the files of either.

A run's overhead is the time from one record of a multirun to the next in which it neither labels, trains nor predicts,
which is what the peer is.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import yaml

from benchmarks import Comparison, alternate
from eigennamen.studies.cells import Cell
from eigennamen.studies.counts import COUNTS, read_study_counts, write_study_counts
from eigennamen.studies.errors import STUDY_ERRORS, add_errors, read_study_errors
from eigennamen.studies.grid import Study
from eigennamen.studies.records import RECORDS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "experiments" / "transfer"
N_ROWS, N_SEEDS = 10, (10, 1)
REPETITIONS, RUNS = 3, 5


def run() -> list[Comparison]:
    """A row for each kind of work."""
    with tempfile.TemporaryDirectory() as folder:
        many, few = (_study(Path(folder) / str(n_seeds), n_seeds) for n_seeds in N_SEEDS)
        sizes = f"{len(many.cells):,} cells, {len(few.cells):,}"
        kinds: list[tuple[str, Callable[[Study], float], str]] = [
            ("tables and figures of a study", partial(_asked, "--tables"), "ours under 20"),
            ("how far a study is", partial(_asked, "--list"), "ours under 1"),
            ("another record of a study", _another_record, "ours under 5"),
        ]
        rows = []
        for name, seconds, goal in kinds:
            turns = alternate(partial(seconds, many), partial(seconds, few), repetitions=REPETITIONS)
            rows.append(Comparison(f"{name}, {sizes}", "s", *zip(*turns, strict=True), goal=goal))
        return [*rows, _overhead(Path(folder) / "outputs")]


def _study(folder: Path, n_seeds: int) -> Study:
    """The source's question, columns and figures; each cell takes the next run that the source has in its column."""
    folder.mkdir()
    source = Study.read(SOURCE)
    grid = {"question": source.question, "columns": dict(source.columns), "seeds": [*range(n_seeds)]}
    grid["rows"] = {f"row {number}": [f"row={number}"] for number in range(N_ROWS)}
    drawn = {"figures": [*source.figures], "error_columns": [*source.error_columns]}
    drawn["pretrained"] = str(ROOT / str(source.pretrained))
    (folder / "study.yaml").write_text(yaml.safe_dump({**grid, **drawn}), encoding="utf-8")
    study = Study.read(folder)
    finished = {cell: entry for cell, entry in source.records().items() if "error" not in entry}
    by_column = {column: [finished[cell] for cell in finished if cell.column == column] for column in study.columns}
    if empty := [column for column, entries in by_column.items() if not entries]:
        raise ValueError(f"{SOURCE}: no finished run in {empty}; expected one in each column: do the study first")
    runs = {column: cycle(entries) for column, entries in by_column.items()}
    entries = {cell: next(runs[cell.column]) for cell in study.cells}
    names = {cell: f"{entries[cell]['run_id']}-{number}" for number, cell in enumerate(entries)}
    counts, analyses = read_study_counts(SOURCE / COUNTS), read_study_errors(SOURCE / STUDY_ERRORS)
    write_study_counts(
        folder / COUNTS, {(name, None): counts[entries[cell]["run_id"], None] for cell, name in names.items()}
    )
    errors = {
        name: replace(analyses[run_id], run_id=name)
        for cell, name in names.items()
        if (run_id := entries[cell]["run_id"]) in analyses
    }
    add_errors(folder / STUDY_ERRORS, errors, keep=errors)
    lines = [cell.line(_own(entries[cell]) | {"run_id": name}) for cell, name in names.items()]
    (folder / RECORDS).write_text("".join(lines), encoding="utf-8")
    return study


def _own(entry: dict[str, Any]) -> dict[str, Any]:
    """What a record says beside its place in the grid."""
    return {key: value for key, value in entry.items() if key not in ("row", "column", "seed", "overrides")}


def _asked(*arguments: Any) -> float:
    *options, study = arguments
    command = [sys.executable, "-m", "eigennamen.studies", str(study.folder), *options]
    before = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - before


def _another_record(study: Study) -> float:
    """Of the first cell once more, so that the study stays as large as it is."""
    cell: Cell = study.cells[0]
    entry = study.records()[cell]
    run_id = entry["run_id"]
    counts = {(run_id, None): read_study_counts(study.folder / COUNTS)[run_id, None]}
    errors = read_study_errors(study.folder / STUDY_ERRORS).get(run_id)
    before = time.perf_counter()
    study.add(cell, _own(entry), counts, errors)
    return time.perf_counter() - before


def _overhead(outputs: Path) -> Comparison:
    """Of all runs of a multirun but the first, which imports; an epoch each."""
    seeds = ",".join(map(str, range(RUNS)))
    overrides = ["+experiment=weak_labels", "logger=none", "trainer.max_epochs=1", f"output_dir={outputs}"]
    command = [sys.executable, "train.py", "-m", f"seed={seeds}", *overrides, f"hydra.sweep.dir={outputs}"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    written = sorted(outputs.glob("*/record.json"), key=lambda path: path.stat().st_mtime)
    works = [json.loads(path.read_text(encoding="utf-8"))["times"]["total_seconds"] for path in written]
    ends = [path.stat().st_mtime for path in written]
    overheads = [after - before - work for before, after, work in zip(ends, ends[1:], works[1:], strict=False)]
    name = "a run of a multirun beside labeling, training, prediction; these"
    return Comparison(name, "s", tuple(overheads), tuple(works[1:]), goal="ours under 5")
