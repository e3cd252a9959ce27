"""Sentences with gold spans from column files: one word a line, its tag beside it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eigennamen.corpora.assembly import LabelMap, Split, check_choice, gold_spans
from eigennamen.corpora.blocks import Block, split_blocks, split_fields
from eigennamen.corpora.lines import raise_problems, read_lines
from eigennamen.schemes import Repair, Scheme, TagError
from eigennamen.types import Sentence, Span


@dataclass(frozen=True)
class Columns:
    """How a column file is to be read. Columns count from 0, or from -1 for the last; ``tag=None``: it has no tags.

    ``separator=None`` stands for any run of blanks and tabs. ``document`` names the document of a sentence; without it
    ``-DOCSTART-`` lines count documents, in each split anew: ``train-1``.
    """

    word: int = 0
    tag: int | None = -1
    separator: str | None = None
    comment: str | None = None
    encoding: str = "utf-8"
    scheme: Scheme = "IOB2"
    repair: Repair = "error"
    document: Callable[[Block], str | None] | None = None

    def __post_init__(self) -> None:
        check_choice("scheme", self.scheme, Scheme)
        check_choice("repair", self.repair, Repair)

    def cells(self, line: str) -> tuple[str, str]:
        """Word and tag of a line (no tag: an empty string); raises ValueError where either is missing."""
        fields = split_fields(line, self.separator)
        needed = [self.word] if self.tag is None else [self.word, self.tag]
        positions = {column if column >= 0 else len(fields) + column for column in needed}
        if len(positions) < len(needed) or min(positions) < 0 or max(positions) >= len(fields):
            tag = "" if self.tag is None else f" and the tag in column {self.tag}"
            raise ValueError(f"{line!r} has {len(fields)} column(s); expected the word in column {self.word}{tag}")
        if not fields[self.word].strip():
            raise ValueError(f"{line!r} has an empty word in column {self.word}")
        return fields[self.word], "" if self.tag is None else fields[self.tag]


class _LineError(ValueError):
    def __init__(self, number: int, complaint: str) -> None:
        super().__init__(complaint)
        self.number = number


def read_columns(
    path: str | Path,
    *,
    split: str,
    columns: Columns,
    label_map: LabelMap,
    missing: str,
    settings: str = "",
    part: slice = slice(None),
) -> Split:
    """One split from a column file, or from a ``part`` of its sentences; ids are ``train-00001`` and so on.

    Raises FileNotFoundError with the remedy ``missing``; one ValueError for all bad lines, naming file and line and
    the ``settings`` to look at.
    """
    lines = read_lines(path, encoding=columns.encoding, missing=missing)
    counters: Counter[str] = Counter()
    sentences: list[Sentence] = []
    problems: list[str] = []
    for number, block in enumerate(split_blocks(lines, comment=columns.comment)[part], start=1):
        counters["comment lines"] += len(block.comments)
        try:
            sentences.append(_sentence(split, number, block, columns, label_map, counters))
        except _LineError as bad:
            problems.append(f"{path}:{bad.number}: {bad}")
    raise_problems(problems, remedy=settings)
    return Split(tuple(sentences), +counters)


def _sentence(
    split: str, number: int, block: Block, columns: Columns, label_map: LabelMap, counters: Counter[str]
) -> Sentence:
    words, tags = [], []
    for line_number, line in block.lines:
        try:
            word, tag = columns.cells(line)
        except ValueError as error:
            raise _LineError(line_number, str(error)) from None
        words.append(word)
        tags.append(tag)
    spans: tuple[Span, ...] | None = None
    if columns.tag is not None:
        try:
            spans = gold_spans(
                tags, scheme=columns.scheme, repair=columns.repair, label_map=label_map, counters=counters
            )
        except TagError as error:
            raise _LineError(block.lines[error.position][0], error.complaint) from None
    counted = None if block.document is None else f"{split}-{block.document}"
    document = columns.document(block) if columns.document else counted
    return Sentence(f"{split}-{number:05d}", tuple(words), spans, document=document)
