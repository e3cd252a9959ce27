"""Column files cut into sentences and lines into columns, before anything is known about what the columns mean."""

from collections.abc import Iterable
from dataclasses import dataclass

DOCUMENT_START = "-DOCSTART-"


@dataclass(frozen=True, slots=True)
class Block:
    """One sentence of a column file: its lines, each with its number in the file, and what stands above them.

    ``document`` counts the ``-DOCSTART-`` lines so far; it is None in a file without any.
    """

    lines: tuple[tuple[int, str], ...]
    comments: tuple[str, ...] = ()
    document: int | None = None


def split_blocks(lines: Iterable[str], *, comment: str | None = None) -> list[Block]:
    """The sentences of a column file. A blank line or a ``-DOCSTART-`` line ends one; more of them change nothing.

    A comment is a line that starts with ``comment`` and stands before the first word of its sentence. Anywhere else
    such a line is a word, for a word can be ``#`` too.

    >>> split_blocks(["# a tweet", "#Bahn O", "# O", ""], comment="# ")[0].lines
    ((2, '#Bahn O'), (3, '# O'))
    """
    blocks: list[Block] = []
    words: list[tuple[int, str]] = []
    comments: list[str] = []
    document: int | None = None
    for number, line in enumerate([*lines, ""], start=1):
        starts_document = line.startswith(DOCUMENT_START)
        if starts_document or not line.strip():
            if words:
                blocks.append(Block(tuple(words), tuple(comments), document))
            words, comments = [], []
            document = (document or 0) + 1 if starts_document else document
        elif comment and not words and line.startswith(comment):
            comments.append(line)
        else:
            words.append((number, line))
    return blocks


def split_fields(line: str, separator: str | None) -> list[str]:
    r"""The columns of a line: between single separators, or, without one, between runs of blanks and tabs.

    Only blanks and tabs separate, no other whitespace: a no-break space can be part of a word.

    >>> split_fields("New York\t\tB-LOC", "\t")
    ['New York', '', 'B-LOC']
    """
    if separator is not None:
        return line.split(separator)
    return [part for part in line.replace("\t", " ").split(" ") if part]
