"""Placing what an output says on the words of the sentence: by counting words where they are all there, else by search.

Comparison is tolerant of whitespace (a mention may be split into words otherwise than the sentence), of Unicode forms
(NFKC), soft hyphens and zero-width characters, and not of case. A mention that is not in the sentence, or that begins
or ends within a word, has no place: nothing is guessed.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from eigennamen.formats.base import Found, Reading
from eigennamen.types import Span

_INVISIBLE = re.compile(r"[\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")


@dataclass(frozen=True, slots=True)
class Said:
    """A mention as an output says it: the pieces ``first`` to ``last - 1``.

    ``label`` is None where the output names none of the format's; ``start`` is the number of words written before
    the mention, in a format that writes all words.
    """

    label: str | None
    words: tuple[str, ...]
    first: int
    last: int
    start: int = 0


class Source:
    """The words of a sentence, prepared for search.

    >>> source = Source(["Karl", "Müller-Lüdenscheidt", "und", "Karl"])
    >>> source.find(["Karl", "Müller", "-", "Lüdenscheidt"]), source.find(["Karl"], start=1), source.find(["Müller"])
    ((0, 2), (3, 4), None)
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._ids: dict[str, int] = {}
        self._exact = "".join(chr(self._ids.setdefault(word, len(self._ids))) for word in words)  # a character a word
        self._normalized = [normalized(word) for word in words]
        self._text = "".join(self._normalized)
        self._offsets = [0, *accumulate(map(len, self._normalized))]
        visible = [i for i, word in enumerate(self._normalized) if word]
        self._begins = {self._offsets[i]: i for i in visible}
        self._ends = {self._offsets[i + 1]: i + 1 for i in visible}
        self._starts = list(self._begins)

    def find(self, mention: Sequence[str], *, start: int = 0) -> tuple[int, int] | None:
        """The first place of a mention at or behind word ``start``, as half-open words."""
        exact, tolerant = self._find_exact(mention, start), self._find_tolerant(mention, start)
        return exact if tolerant is None or (exact is not None and exact[0] <= tolerant[0]) else tolerant

    def _find_exact(self, mention: Sequence[str], start: int) -> tuple[int, int] | None:
        if not mention or not all(word in self._ids for word in mention):
            return None
        at = self._exact.find("".join(chr(self._ids[word]) for word in mention), start)
        return (at, at + len(mention)) if at >= 0 else None

    def _find_tolerant(self, mention: Sequence[str], start: int) -> tuple[int, int] | None:
        text = "".join(map(normalized, mention))
        at = self._text.find(text, self._offsets[start]) if text else -1
        while at >= 0:
            if at in self._begins and at + len(text) in self._ends:
                return self._begins[at], self._ends[at + len(text)]
            following = bisect_right(self._starts, at)
            at = self._text.find(text, self._starts[following]) if following < len(self._starts) else -1
        return None

    def counted(self, written: Sequence[str]) -> tuple[Mapping[int, int], Mapping[int, int]] | None:
        """Where written words begin and end in the sentence, by their index; None if the words are not its words.

        A written word that begins within one of the sentence's, or an end there, is missing in the mapping.
        """
        texts = [normalized(word) for word in written]
        if texts == self._normalized:
            same = {i: i for i in range(len(texts) + 1)}
            return same, same
        if "".join(texts) != self._text:
            return None
        offsets = [0, *accumulate(map(len, texts))]
        begins = {i: self._begins[offset] for i, offset in enumerate(offsets) if offset in self._begins}
        return begins, {i: self._ends[offset] for i, offset in enumerate(offsets) if offset in self._ends}


def normalized(word: str) -> str:
    """A word as it is compared. Decomposed, because then the parts of a split word join to the whole."""
    if word.isascii() and word.isalnum():
        return word
    return _INVISIBLE.sub("", unicodedata.normalize("NFKD", word))


def placed(
    said: Iterable[Said], *, words: Sequence[str], written: Sequence[str] | None = None, format_error: bool = False
) -> Reading:
    """The reading of an output. ``written`` are all words it has, None where the format does not write them.

    Where they are the sentence's words, counting gives the places, else a mention is searched behind the last one
    placed. A mention with an unknown label takes its place, but is not found.
    """
    source = Source(words)
    counted = None if written is None else source.counted(written)
    found, mentions = [], []
    unknown = unaligned = position = 0
    for mention in said:
        mentions.append((mention.label or "", " ".join(mention.words)))
        place = source.find(mention.words, start=position) if counted is None else _by_count(mention, *counted)
        usable = place is not None and position <= place[0] < place[1]
        if mention.label is None:
            unknown += 1
        elif place is None or not usable:
            unaligned += 1
        else:
            found.append(Found(Span(*place, mention.label), mention.first, mention.last))
        position = place[1] if place is not None and usable else position
    lost = written is not None and counted is None
    return Reading(tuple(found), tuple(mentions), format_error, unknown, lost, unaligned)


def _by_count(mention: Said, begins: Mapping[int, int], ends: Mapping[int, int]) -> tuple[int, int] | None:
    start, end = begins.get(mention.start), ends.get(mention.start + len(mention.words))
    return None if start is None or end is None else (start, end)
