"""Unlabeled text: the ``unlabeled`` file that every corpus can have.

The suffix decides, the one below ``.xz``, ``.gz`` or ``.bz2`` where the file is compressed:

* ``.conll``, ``.conllu``, ``.tsv`` and ``.words`` hold one word a line and a blank line between sentences. The word is
  the first column. In a file that numbers the words of its sentences (CoNLL-U, GermEval: the first column of every
  sentence starts at 0, or at 1) it is the second, and lines that start with ``#`` are comments. Of a contraction
  (``1-2 Im``) the word counts that stands in the text, not those that it is made of; words that are not there (``8.1``)
  are left out.
* Every other suffix is plain text, one sentence or short paragraph a line, cut into words by ``eigennamen.text``.
"""

import re
from collections.abc import Sequence

from eigennamen.corpora.blocks import split_blocks, split_fields
from eigennamen.corpora.lines import bare_stem, format_suffix, raise_problems, read_lines
from eigennamen.text import words_with_offsets
from eigennamen.types import Sentence

WORD_SUFFIXES = (".conll", ".conllu", ".tsv", ".words")
_NUMBER = re.compile(r"\d+([-.]\d+)?")


def read_unlabeled(path: str | None) -> tuple[Sentence, ...]:
    """Sentences without spans (``spans is None``), called ``unlabeled-<file>-000001`` and so on; none without a path.

    Sentences of plain text carry ``text`` and ``offsets``. Raises FileNotFoundError, or ValueError naming file and
    line.
    """
    if path is None:
        return ()
    suffix = format_suffix(path)
    if suffix == ".jsonl":
        raise ValueError(f"{path}: JSON lines are no plain text; read them as corpus=jsonl corpus.train={path}")
    lines = read_lines(path, missing="set corpus.unlabeled to a text file, or to null")
    prefix = f"unlabeled-{bare_stem(path)}"
    if suffix in WORD_SUFFIXES:
        words = _words_one_a_line(path, lines)
        return tuple(Sentence(f"{prefix}-{n:06d}", sentence) for n, sentence in enumerate(words, start=1))
    filled = [line for line in lines if line.strip()]
    return tuple(text_sentence(f"{prefix}-{n:06d}", line) for n, line in enumerate(filled, start=1))


def text_sentence(id_: str, text: str) -> Sentence:
    """A text that is not blank as one sentence without spans, with the exact characters of its words."""
    pieces = words_with_offsets(text)
    words = tuple(word for word, _, _ in pieces)
    return Sentence(id_, words, text=text, offsets=tuple((start, end) for _, start, end in pieces))


def _words_one_a_line(path: str, lines: list[str]) -> list[tuple[str, ...]]:
    """The words of each sentence; raises ValueError for lines without one."""
    separator = "\t" if any("\t" in line for line in lines) else None
    numbered = _numbers_words(lines, separator)
    blocks = [block.lines for block in split_blocks(lines, comment="#" if numbered else None)]
    sentences: list[tuple[str, ...]] = []
    problems: list[str] = []
    for block in blocks:
        rows = [split_fields(line, separator) for _, line in block]
        problems += [
            f"{path}:{number}: {line!r}: expected {'a number and a word' if numbered else 'a word'}"
            for (number, line), row in zip(block, rows, strict=True)
            if len(row) <= numbered or not row[numbered].strip() or (numbered and not _NUMBER.fullmatch(row[0]))
        ]
        if not problems:
            sentences.append(_in_the_text(rows) if numbered else tuple(row[0] for row in rows))
    raise_problems(problems)
    return sentences


def _in_the_text(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The words of a sentence whose words are numbered.

    >>> _in_the_text([("1-2", "Im"), ("1", "In"), ("2", "dem"), ("3", "Haus"), ("3.1", "ist")])
    ('Im', 'Haus')
    """
    words = []
    contracted = -1  # the last number that a contraction stands for
    for number, word, *_ in rows:
        _, dash, last = number.partition("-")
        if dash:
            contracted = int(last)
        elif "." in number or int(number) <= contracted:
            continue
        words.append(word)
    return tuple(words)


def _numbers_words(lines: list[str], separator: str | None) -> bool:
    """Whether the first column of every sentence starts to count at 0, or that of every sentence at 1."""
    starts = [split_fields(block.lines[0][1], separator) for block in split_blocks(lines, comment="#")]
    numbers = {start[0].partition("-")[0] for start in starts}
    return all(len(start) > 1 for start in starts) and numbers in ({"0"}, {"1"})
