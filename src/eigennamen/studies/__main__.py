"""Studies: a grid of runs that answers one question; its records are kept beside it, its table is made from them.

``python -m eigennamen.studies experiments/transfer`` does the missing runs and writes table and figures into the folder
that it is given; ``grid`` says what is in there. Without a folder it shows how far all studies are.
"""

import argparse
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eigennamen.studies.grid import EXPERIMENTS, Study, study_folders
from eigennamen.studies.index import write_index
from eigennamen.studies.results import write_results, write_tables
from eigennamen.studies.runs import run_missing
from eigennamen.studies.states import overview, states_of
from eigennamen.tables.words import LANGUAGES

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = _parser()
    options = parser.parse_intermixed_args(arguments)
    if options.source != "records" and not options.tables:
        parser.error("--source says what --tables are made from; give --tables as well")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    work = _work_on if options.folder and not options.list and not options.tables else _look_at
    problems: list[str] = []
    folders = _folders(options.folder)
    for folder in folders:
        with _gathered(problems, folder):
            work(Study.read(folder), options)
    if not problems and folders[0].is_relative_to(EXPERIMENTS) and (options.tables or work is _work_on):
        with _gathered(problems, EXPERIMENTS):
            write_index(EXPERIMENTS)
    if problems:
        raise SystemExit("\n".join(problems))


@contextmanager
def _gathered(problems: list[str], folder: Path) -> Iterator[None]:
    """What is wrong with one study is said in the end, with its folder: the next one is looked at."""
    try:
        yield
    except (OSError, ValueError) as error:
        problems.append(str(error) if str(folder) in str(error) else f"{folder}: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eigennamen.studies",
        description="Do a study's missing runs, then write its tables and figures. Without a folder: how far each is.",
    )
    parser.add_argument("folder", type=Path, nargs="?", help="experiments/NAME, or NAME")
    parser.add_argument("overrides", nargs="*", help="further settings of every run, such as output_dir=/tmp/outputs")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no further run after so many")
    parser.add_argument("--row", action="append", default=[], help="only this row; can be given again")
    parser.add_argument("--column", action="append", default=[], help="only this column; can be given again")
    parser.add_argument("--seed", action="append", default=[], type=int, help="only this seed; can be given again")
    parser.add_argument("--list", action="store_true", help="only show what is not done, with its command")
    parser.add_argument("--stale", action="store_true", help="also runs that would be others now (slow to find)")
    parser.add_argument(
        "--tables", action="store_true", help="only write tables and figures anew, from the files beside them"
    )
    parser.add_argument(
        "--source",
        choices=("records", "wandb"),
        default="records",
        help="of --tables: the study's own files (default), or a W&B project: the tables alone, in outputs/wandb",
    )
    parser.add_argument("--project", default="eigennamen", help="of --source wandb: NAME or ENTITY/NAME")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of captions and numbers (default: en)")
    parser.add_argument("--conf", type=Path, default=Path("conf"), help="the configuration folder (default: conf)")
    return parser


def _folders(asked: Path | None) -> list[Path]:
    """The folder of a study or of several, also by its name alone; without one, those of all studies."""
    if asked:
        return study_folders(asked) or study_folders(EXPERIMENTS / asked) or [asked]
    found = study_folders(EXPERIMENTS)
    if not found:
        raise SystemExit(f"{EXPERIMENTS}: no study.yaml in it or below; start it where {EXPERIMENTS}/ is")
    return found


def _look_at(study: Study, options: argparse.Namespace) -> None:
    """Tables, or how far the study is."""
    if options.tables:
        if options.source == "wandb":
            _tables_from_wandb(study, options)
        else:
            write_results(study, language=LANGUAGES[options.language])
        return
    study.check_names(options.conf)
    cells = study.chosen(rows=options.row, columns=options.column, seeds=options.seed)
    states = states_of(study, cells, conf=options.conf if options.stale else None)
    print(overview(study, states))
    if options.list:
        print(*(state for state in states if state.name not in ("done", "unknown")), sep="\n")


def _tables_from_wandb(study: Study, options: argparse.Namespace) -> None:
    from eigennamen.studies.wandb_source import from_wandb

    found = from_wandb(study, project=options.project, folder=Path("outputs") / "wandb" / options.project)
    if found:
        write_tables(found, language=LANGUAGES[options.language])
        log.info("tables: %s", found.folder)


def _work_on(study: Study, options: argparse.Namespace) -> None:
    cells = study.chosen(rows=options.row, columns=options.column, seeds=options.seed)
    started = time.monotonic()
    run_missing(study, cells, conf=options.conf, minutes=options.minutes, extra=options.overrides, stale=options.stale)
    options.minutes -= (time.monotonic() - started) / 60  # the rest is for the next study of a folder
    write_results(study, language=LANGUAGES[options.language])


if __name__ == "__main__":
    main()
