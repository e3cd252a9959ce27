"""Lines of text files, plain or compressed, with errors that say where a file is wrong and what to do about it."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

MAX_PROBLEMS = 5
_OPENERS: dict[str, Callable[..., IO[Any]]] = {".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open}


def read_lines(path: str | Path, *, encoding: str = "utf-8", missing: str) -> list[str]:
    """All lines of a file, as ``stream_lines`` gives them."""
    return list(stream_lines(path, encoding=encoding, missing=missing))


def stream_lines(path: str | Path, *, encoding: str = "utf-8", missing: str) -> Iterator[str]:
    """Lines without their ends, uncompressed where the suffix is ``.xz``, ``.gz`` or ``.bz2``.

    Only a line feed (or carriage return and line feed) ends a line: a Unicode line separator can be part of a word.
    A byte order mark is left out. Raises FileNotFoundError with the remedy ``missing``, ValueError for a file that is
    empty or cannot be decoded.
    """
    path, place = Path(path).expanduser(), str(path)
    if not path.is_file():
        raise FileNotFoundError(f"{place}: no such file (seen from {Path.cwd()}); {missing}")
    blank = True
    try:
        with _OPENERS.get(path.suffix, open)(path, "rt", encoding=encoding, newline="\n") as stream:
            for number, line in enumerate(stream):
                blank = blank and not line.strip()
                yield (line if number else line.removeprefix("\ufeff")).removesuffix("\n").removesuffix("\r")
    except LookupError:
        raise ValueError(
            f"{place}: encoding {encoding!r} is unknown; expected one such as utf-8, cp1252, latin-1"
        ) from None
    except UnicodeDecodeError:
        raise ValueError(_not_decodable(path, encoding, place=place)) from None
    except PermissionError as error:
        raise ValueError(
            f"{place}: may not be read ({error.strerror}); give its reader the right to, or copy it"
        ) from error
    except (lzma.LZMAError, gzip.BadGzipFile, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{place}: cannot be read as a {path.suffix} file ({error}); fetch it again") from error
    if blank:
        raise ValueError(f"{place}: the file is empty; expected sentences")


def _not_decodable(path: Path, encoding: str, *, place: str) -> str:
    """Where a file is wrong; a stream only knows it within its buffer."""
    with _OPENERS.get(path.suffix, open)(path, "rb") as stream:
        data = stream.read()
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place += f":{line}: byte 0x{data[error.start]:02x} (byte {error.start} of the file)"
    return (
        f"{place} is not {encoding}; "
        "save the file as UTF-8, or set `encoding` where the corpus has it (German text is often cp1252 or latin-1)"
    )


def complaint(error: Exception) -> str:
    """What is wrong with a record, also where it lacks a key."""
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def raise_problems(problems: list[str], *, remedy: str = "") -> None:
    """Raise one ValueError for all problems, the first five in full, and their remedy; nothing where there are none."""
    if not problems:
        return
    shown = problems[:MAX_PROBLEMS]
    if len(problems) > MAX_PROBLEMS:
        shown.append(f"... and {len(problems) - MAX_PROBLEMS} more")
    raise ValueError("\n".join([*shown, remedy] if remedy else shown))


def is_compressed(path: str | Path) -> bool:
    """Whether the suffix says so."""
    return Path(path).suffix in _OPENERS


def bare_stem(path: str | Path) -> str:
    """The file's name without the suffixes of compression and format.

    >>> bare_stem("text/queries.txt.xz")
    'queries'
    """
    bare = Path(path)
    return (bare.with_suffix("") if is_compressed(bare) else bare).stem


def format_suffix(path: str | Path) -> str:
    """The suffix that names the format, below that of the compression.

    >>> format_suffix("text/words.conll.gz")
    '.conll'
    """
    bare = Path(path)
    return (bare.with_suffix("") if is_compressed(bare) else bare).suffix
