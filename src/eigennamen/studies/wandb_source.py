"""The records of studies from a W&B project instead of the repository: ``make tables SOURCE=wandb``.

Every run uploads its record and counts, and its configuration names study and cell. What a project has of a study is
put into a folder beside the others, with the files that the study itself has, so that the same code makes the same
tables of it. Not verified against a real server: tested with a local stand-in (docs/tracking.md).
"""

import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import wandb
from tqdm import tqdm

from eigennamen.files import write_atomically
from eigennamen.records import RECORD, RunRecord
from eigennamen.rerun import FINISHED
from eigennamen.scoring import Scores
from eigennamen.studies.cells import Cell
from eigennamen.studies.counts import COUNTS, Key, counts_of_run, write_study_counts
from eigennamen.studies.grid import Study
from eigennamen.studies.records import RECORDS
from eigennamen.wandb_sync import check_server

log = logging.getLogger(__name__)
PER_PAGE = 100
_AT_ONCE = 8  # downloads


def from_wandb(study: Study, *, project: str, folder: Path) -> Study | None:
    """The study with what a W&B project (``NAME`` or ``ENTITY/NAME``) has of it, in ``folder/experiments``; None where
    it has nothing.

    Of several runs of a cell the one that ended last counts. Files are downloaded once, to ``folder/runs``.

    Raises:
        ValueError: there is no API key or no such project.
        ConnectionError: the server does not answer.
    """
    found = dict[Cell, Path]()
    runs = sorted(_downloaded(study, project=project, folder=folder / "runs"), key=lambda run: _ended(run[1]))
    for cell, run_dir in runs:
        found.pop(cell, None)  # the newest stands last, as in a file of records
        found[cell] = run_dir
    there = f"{study.folder}: {len(found)} of {len(study.cells)} cells are in the W&B project {project}"
    if not found:
        log.warning("%s; `make study LOGGER=wandb` tracks its runs, `make sync` uploads them", there)
        return None
    older = len(runs) - len(found)
    log.info("%s%s", there, f"; {older} runs are older than another one of the same cell" if older else "")
    return _mirror(study, found, folder=folder / "experiments" / study.name)


def _downloaded(study: Study, *, project: str, folder: Path) -> list[tuple[Cell, Path]]:
    """The cells of the runs that the project has, each with a folder that holds record and counts."""
    check_server()
    cells = {cell.key: cell for cell in study.cells}
    with _explained(project), ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = _runs(study, project)
        known = [(cells[key], run) for run in runs if (key := _key_of(run)) in cells]
        downloads = pool.map(lambda one: _fetch(one[1], folder / one[1].id), known)
        whole = list(tqdm(downloads, total=len(known), desc=f"runs of {study.name}", unit="run", disable=None))
    found = [(cell, folder / run.id) for (cell, run), has_record in zip(known, whole, strict=True) if has_record]
    if n_unfinished := len(known) - len(found):
        log.warning("%s: left out: %d runs without a record", study.folder, n_unfinished)
    if n_foreign := len(runs) - len(known):
        log.warning("%s: left out: %d runs of other settings than any cell's", study.folder, n_foreign)
    return found


def _runs(study: Study, project: str) -> list[Any]:
    """The runs of a study, oldest first; the client asks for them page by page."""
    chosen = {"config.study": study.name}
    return list(wandb.Api().runs(project, filters=chosen, order="+created_at", per_page=PER_PAGE, lazy=False))


def _key_of(run: Any) -> str:
    return str((run.config.get("cell") or {}).get("key"))


@contextmanager
def _explained(project: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the client raises its own, built-in and other libraries' errors
        raise ValueError(
            f"W&B project {project}: cannot be read ({error}); expected NAME or ENTITY/NAME of a project that your API "
            "key may read: make tables SOURCE=wandb PROJECT=ENTITY/NAME; what was downloaded is kept"
        ) from error


def _fetch(run: Any, run_dir: Path) -> bool:
    """Download record and counts of a run, the record last, if they are not here; False where it has no record."""
    if (run_dir / RECORD).exists():
        return True
    run_dir.mkdir(parents=True, exist_ok=True)
    files = {file.name: file for file in run.files(per_page=PER_PAGE)}
    wanted = [name for name in files if name == COUNTS or name.startswith("rounds/")]
    for name in (*wanted, RECORD):
        if name in files:
            with files[name].download(root=str(run_dir / ".part"), replace=True) as downloaded:
                (run_dir / name).parent.mkdir(exist_ok=True)
                Path(downloaded.name).replace(run_dir / name)
    shutil.rmtree(run_dir / ".part", ignore_errors=True)
    return RECORD in files


def _ended(run_dir: Path) -> str:
    """When a run ended, in a form that sorts."""
    return str(RunRecord.read(run_dir).environment.get(FINISHED, ""))


def _mirror(study: Study, newest: dict[Cell, Path], *, folder: Path) -> Study:
    """A folder like the study's own, with these runs."""
    from eigennamen.studies.runs import summary

    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(study.folder / "study.yaml", folder / "study.yaml")
    lines, counts = [], dict[Key, Scores]()
    for cell, run_dir in newest.items():
        record = RunRecord.read(run_dir)
        lines.append(cell.line(summary(record)))
        counts |= {(record.run_id, number): one for (_, number), one in counts_of_run(run_dir).items()}
    write_atomically(folder / RECORDS, "".join(lines))
    (folder / COUNTS).unlink(missing_ok=True)
    if counts:
        write_study_counts(folder / COUNTS, counts)
    return replace(study, folder=folder)
