"""Analyze the errors of finished runs: ``python -m eigennamen.errors outputs/RUN_ID ...``, nothing is trained.

Writes errors.json into each folder, as runs do in the end. ``--study`` also puts what belongs to a study's records into
its errors.jsonl.
"""

import argparse
import logging
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tqdm import tqdm

from eigennamen.errors.of_run import errors_of_run
from eigennamen.records import RunRecord
from eigennamen.studies.errors import RunErrors
from eigennamen.studies.grid import Study


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m eigennamen.errors", description="Analyze the errors of finished runs; nothing is trained."
    )
    parser.add_argument("run_dirs", type=Path, nargs="+", metavar="RUN_DIR", help="folder of a run: outputs/RUN_ID")
    parser.add_argument("--study", type=Path, help="also put them into the errors.jsonl of this study's folder")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    study = Study.read(options.study) if options.study else None
    found, problems = _analyzed(options.run_dirs)
    if study:
        n_added = study.add_errors(found)
        print(f"{study.folder}: {n_added} of {len(found)} analyses belong to its records")
    if problems:
        raise SystemExit("\n".join(problems))


def _analyzed(run_dirs: Iterable[Path]) -> tuple[dict[str, RunErrors], list[str]]:
    """The analyses by run id, written into the folders; what could not be analyzed is named."""
    found, problems = {}, []
    for run_dir in tqdm(run_dirs, disable=not sys.stderr.isatty()):
        try:
            errors = errors_of_run(run_dir, record=RunRecord.read(run_dir))
            errors.write(run_dir)
            found[errors.run_id] = errors
        except (OSError, ValueError) as error:
            problems.append(f"left out: {error}")
    return found, problems


if __name__ == "__main__":
    main()
