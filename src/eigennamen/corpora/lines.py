"""Lines of text files, plain or compressed, with errors that say where a file is wrong and what to do about it."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

MAX_PROBLEMS = 5
_OPENERS: dict[str, Callable[..., IO[Any]]] = {".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open}


def read_lines(path: str | Path, *, encoding: str = "utf-8", missing: str) -> list[str]:
    """All lines without their ends, uncompressed where the suffix is ``.xz``, ``.gz`` or ``.bz2``.

    Only a line feed (or carriage return and line feed) ends a line: a Unicode line separator can be part of a word.
    A byte order mark is left out. Raises FileNotFoundError with the remedy ``missing``, ValueError for a file that is
    empty or cannot be decoded.
    """
    data = _read_bytes(Path(path).expanduser(), missing=missing)
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise ValueError(
            f"{path}: encoding {encoding!r} is unknown; expected one such as utf-8, cp1252, latin-1"
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}:{line}: byte 0x{data[error.start]:02x} (byte {error.start} of the file) is not {encoding}; "
            "save the file as UTF-8, or set `encoding` where the corpus has it (German text is often cp1252 or latin-1)"
        ) from None
    if not text.strip():
        raise ValueError(f"{path}: the file is empty; expected sentences")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def raise_problems(problems: list[str], *, remedy: str = "") -> None:
    """Raise one ValueError for all problems, the first five in full, and their remedy; nothing where there are none."""
    if not problems:
        return
    shown = problems[:MAX_PROBLEMS]
    if len(problems) > MAX_PROBLEMS:
        shown.append(f"... and {len(problems) - MAX_PROBLEMS} more")
    raise ValueError("\n".join([*shown, remedy] if remedy else shown))


def bare_stem(path: str | Path) -> str:
    """The file's name without the suffixes of compression and format.

    >>> bare_stem("text/queries.txt.xz")
    'queries'
    """
    bare = Path(path)
    return (bare.with_suffix("") if bare.suffix in _OPENERS else bare).stem


def format_suffix(path: str | Path) -> str:
    """The suffix that names the format, below that of the compression.

    >>> format_suffix("text/words.conll.gz")
    '.conll'
    """
    bare = Path(path)
    return (bare.with_suffix("") if bare.suffix in _OPENERS else bare).suffix


def _read_bytes(path: Path, *, missing: str) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file (seen from {Path.cwd()}); {missing}")
    try:
        with _OPENERS.get(path.suffix, open)(path, "rb") as stream:
            return bytes(stream.read())
    except (lzma.LZMAError, gzip.BadGzipFile, EOFError, OSError) as error:
        raise ValueError(f"{path}: cannot be read as a {path.suffix} file ({error}); fetch it again") from error
