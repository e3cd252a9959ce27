"""Find names in text with a trained model: python predict.py RUN_DIR [FILE]."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

import eigennamen
from eigennamen.annotate import INPUT_FORMATS, OUTPUT_FORMATS, InputError, Model, annotate, decoded_lines

Item = TypeVar("Item")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, 1 after an error (said on standard error), 141 when the reader of the pipe left."""
    options = _parser().parse_args(arguments)
    try:
        with _input(options.file) as source, _output(options.output) as target:
            passages = INPUT_FORMATS[options.input_format](
                decoded_lines(source, name=str(options.file or "standard input"))
            )
            found = annotate(_load(options.run_dir), passages)
            for passage, prediction in _with_progress(found, hidden=target.isatty()):
                target.write(OUTPUT_FORMATS[options.output_format](passage, prediction).encode())
    except BrokenPipeError:  # the reader wanted no more, for example "| head"
        return 141
    except (InputError, OSError) as error:
        print(f"predict.py: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Find names in text with a trained model. Offsets count the characters of the whole input, "
        "half-open: in Python, open(FILE, encoding='utf-8', newline='').read()[start:end] is the mention."
    )
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="folder of a run: outputs/RUN_ID")
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="UTF-8 text; default: standard input")
    parser.add_argument(
        "--input-format",
        choices=INPUT_FORMATS,
        default="text",
        help="text: running text, a line break ends a sentence (default); words: one a line, blank lines between",
    )
    parser.add_argument(
        "--output-format",
        choices=OUTPUT_FORMATS,
        default="text",
        help="text: start, end, label, confidence, mention, a line for each name (default); jsonl: an object for each "
        "sentence, with its text",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    return parser


def _load(run_dir: Path) -> Model:
    if not run_dir.is_dir():
        raise InputError(
            f"{run_dir}: no such folder; expected the folder of a run, outputs/RUN_ID, as train.py writes it, "
            "with config.yaml, record.json and model/"
        )
    try:
        return eigennamen.load(run_dir)
    except ValueError as error:
        raise InputError(f"{run_dir}: {error}") from error


@contextmanager
def _input(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdin.buffer
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a text file, or none to read standard input") from error
    with stream:
        yield stream


@contextmanager
def _output(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that gets its name only when it is complete."""
    if path is None or (path.exists() and not path.is_file()):  # a device such as /dev/null cannot be renamed to
        with open(path or sys.stdout.fileno(), "wb", closefd=path is not None) as stream:
            yield stream
        return
    temporary = path.resolve().with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            yield stream
        temporary.replace(path.resolve())
    finally:
        temporary.unlink(missing_ok=True)


def _with_progress(items: Iterable[Item], *, hidden: bool) -> Iterator[Item]:
    """Count the sentences on standard error where that is a terminal and the output goes elsewhere."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    hidden = hidden or not sys.stderr.isatty()
    columns = (TextColumn("{task.completed} sentences"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=hidden, redirect_stdout=False) as progress:
        yield from progress.track(items, total=None)


if __name__ == "__main__":
    sys.exit(main())
