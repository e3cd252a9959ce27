"""Each word followed by its tag: IOB2 in other signs, shorter ones, because most of what is written is tags.

``-`` is ``O``, the name of a label is its ``B-``, and ``+`` is the ``I-`` of the mention that it continues.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eigennamen.formats.alignment import Said, placed
from eigennamen.formats.base import Grammar, LabelNames, Piece, Reading, escape, is_word, unescape
from eigennamen.types import Sentence

OUTSIDE, GOES_ON = MARKERS = ("-", "+")


class WordTags:
    """``Angela person Merkel + besucht - Berlin ort . -``

    >>> from eigennamen.types import Span
    >>> word_tags = WordTags(labels=["LOC"], names={"LOC": "ort"})
    >>> pieces = [piece.text for piece in word_tags.write(Sentence("1", ("in", "Bad", "Ems"), (Span(1, 3, "LOC"),)))]
    >>> " ".join(pieces)
    'in - Bad ort Ems +'
    >>> word_tags.read(pieces, ["in", "Bad", "Ems"]).spans
    (Span(start=1, end=3, label='LOC'),)
    """

    name = "word_tags"
    markers = MARKERS

    def __init__(self, *, labels: Sequence[str], names: Mapping[str, str] | None = None) -> None:
        self.labels = tuple(labels)
        self.names = LabelNames(labels, names, markers=MARKERS)

    def write(self, sentence: Sentence) -> list[Piece]:
        tags = [OUTSIDE] * len(sentence.words)
        for span in self.names.checked(sentence):
            tags[span.start : span.end] = [GOES_ON] * span.length
            tags[span.start] = self.names.name(span.label)
        copies = [Piece(escape(word, MARKERS), i) for i, word in enumerate(sentence.words)]
        return [piece for copy, tag in zip(copies, tags, strict=True) for piece in (copy, Piece(tag))]

    def read(self, pieces: Sequence[str], words: Sequence[str]) -> Reading:
        """A piece in a tag's place that is no tag is an unknown label, or a word whose predecessor has no tag.

        It is the word if a tag follows it. A word without a tag is outside, and so is one whose ``+`` continues
        nothing; a tag without a word is left out.
        """
        tagged = _Tagged()
        i = 0
        while i < len(pieces):
            if pieces[i] in MARKERS:
                tagged.format_error, i = True, i + 1
                continue
            tagged.format_error |= not is_word(pieces[i], MARKERS)
            has_tag = self._has_tag(pieces, i)
            tagged.add(unescape(pieces[i]), i, pieces[i + 1] if has_tag else None)
            i += 1 + has_tag
        return placed(tagged.said(self.names), words=words, written=tagged.words, format_error=tagged.format_error)

    def _has_tag(self, pieces: Sequence[str], i: int) -> bool:
        """Whether the piece behind ``i`` is the tag of the word there."""
        if i + 1 == len(pieces):
            return False
        return self._is_tag(pieces[i + 1]) or i + 2 == len(pieces) or not self._is_tag(pieces[i + 2])

    def _is_tag(self, piece: str) -> bool:
        return piece in MARKERS or self.names.label([piece]) is not None

    def grammar(self, words: Sequence[str]) -> Grammar:
        """Four states a word: before it and behind it, and both again where the word before it is in a mention."""
        edges: list[tuple[int, str, int]] = []
        names = [self.names.name(label) for label in self.labels]
        for i, word in enumerate(words):
            piece, before, after = escape(word, MARKERS), 4 * i, 4 * (i + 1)
            for inside in (0, 1) if i else (0,):
                edges.append((before + inside, piece, before + 2 + inside))
                edges.append((before + 2 + inside, OUTSIDE, after))
                edges += [(before + 2 + inside, name, after + 1) for name in names]
            if i:
                edges.append((before + 3, GOES_ON, after + 1))
        last = 4 * len(words)
        return Grammar(tuple(edges), frozenset([last, last + 1] if words else [0]), states_per_word=4)


@dataclass
class _Tagged:
    """Words read so far and the mentions in them, as ranges of words with the name of their label."""

    words: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # of the words among the pieces
    mentions: list[tuple[int, int, str]] = field(default_factory=list)
    format_error: bool = False

    def add(self, word: str, place: int, tag: str | None) -> None:
        i = len(self.words)
        self.words.append(word)
        self.places.append(place)
        continues = bool(self.mentions) and self.mentions[-1][1] == i
        if tag == GOES_ON and continues:
            self.mentions[-1] = (self.mentions[-1][0], i + 1, self.mentions[-1][2])
        elif tag in (None, GOES_ON):
            self.format_error = True
        elif tag is not None and tag != OUTSIDE:
            self.mentions.append((i, i + 1, tag))

    def said(self, names: LabelNames) -> list[Said]:
        return [
            Said(names.label([name]), tuple(self.words[i:j]), self.places[i], self.places[j - 1] + 2, start=i)
            for i, j, name in self.mentions
        ]
