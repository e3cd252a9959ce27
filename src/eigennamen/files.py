"""Files that are whole or not there, and their hashes."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def renamed_to(path: Path) -> Iterator[Path]:
    """The name of a file to write, which becomes ``path`` in the end; after an error nothing is left of it.

    Processes that write the same file at once do not disturb each other.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """A text file that is whole or, after an error, as it was before."""
    with renamed_to(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def file_fingerprint(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
