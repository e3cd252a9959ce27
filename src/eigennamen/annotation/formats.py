"""The formats by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eigennamen.annotation import conll, doccano, jsonl, label_studio, prodigy
from eigennamen.annotation.tasks import Answer, Task


@dataclass(frozen=True)
class Format:
    """Both directions of one tool's format; ``suffix`` is that of its files."""

    write: Callable[[Sequence[Task]], str]
    read: Callable[[Path], list[Answer]]
    suffix: str


FORMATS = {
    "conll": Format(conll.write, conll.read, ".conll"),
    "doccano": Format(doccano.write, doccano.read, ".jsonl"),
    "jsonl": Format(jsonl.write, jsonl.read, ".jsonl"),
    "label_studio": Format(label_studio.write, label_studio.read, ".json"),
    "prodigy": Format(prodigy.write, prodigy.read, ".jsonl"),
}


def format_named(name: str) -> Format:
    """Raises ValueError for a name that none of them has."""
    if name not in FORMATS:
        raise ValueError(f"format {name!r} is unknown; expected one of {', '.join(FORMATS)}")
    return FORMATS[name]
