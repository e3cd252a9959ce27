"""The sentence written again with marks around its mentions (TANL: Paolini et al., ICLR 2021)."""

from collections.abc import Mapping, Sequence

from eigennamen.formats.alignment import Said, placed
from eigennamen.formats.base import Grammar, LabelNames, Piece, Reading, escape, is_word, unescape
from eigennamen.types import Sentence

OPEN, BAR, CLOSE = MARKERS = ("[", "|", "]")


class Brackets:
    """``[ Angela Merkel | person ] besucht [ Berlin | ort ] .``

    >>> from eigennamen.types import Span
    >>> brackets = Brackets(labels=["LOC"], names={"LOC": "ort"})
    >>> pieces = [piece.text for piece in brackets.write(Sentence("1", ("in", "Bad", "Ems"), (Span(1, 3, "LOC"),)))]
    >>> " ".join(pieces)
    'in [ Bad Ems | ort ]'
    >>> brackets.read(pieces, ["in", "Bad", "Ems"]).spans
    (Span(start=1, end=3, label='LOC'),)
    """

    name = "brackets"
    markers = MARKERS

    def __init__(self, *, labels: Sequence[str], names: Mapping[str, str] | None = None) -> None:
        self.labels = tuple(labels)
        self.names = LabelNames(labels, names, markers=MARKERS)

    def write(self, sentence: Sentence) -> list[Piece]:
        copies = [Piece(escape(word, MARKERS), i) for i, word in enumerate(sentence.words)]
        pieces: list[Piece] = []
        position = 0
        for span in self.names.checked(sentence):
            end = [Piece(BAR), Piece(self.names.name(span.label)), Piece(CLOSE)]
            pieces += [*copies[position : span.start], Piece(OPEN), *copies[span.start : span.end], *end]
            position = span.end
        return pieces + copies[position:]

    def read(self, pieces: Sequence[str], words: Sequence[str]) -> Reading:
        """Markers that do not make up ``[ words | label ]`` are left out, and what is between them is words."""
        written: list[str] = []
        said: list[Said] = []
        markers = [i for i, piece in enumerate(pieces) if piece in MARKERS]
        position = step = 0
        error = not all(is_word(piece, MARKERS) or piece in MARKERS for piece in pieces)
        while step < len(markers):
            first = markers[step]
            written += map(unescape, pieces[position:first])
            if _is_mention(pieces, around := markers[step : step + 3]):
                bar, close = around[1:]
                mention = tuple(map(unescape, pieces[first + 1 : bar]))
                label = self.names.label(pieces[bar + 1 : close])
                said.append(Said(label, mention, first, close + 1, start=len(written)))
                written += mention
                position, step = close + 1, step + 3
            else:
                error, position, step = True, first + 1, step + 1
        written += map(unescape, pieces[position:])
        return placed(said, words=words, written=written, format_error=error)

    def grammar(self, words: Sequence[str]) -> Grammar:
        """Five states a word: outside before it, behind ``[``; in a mention that may end there, behind ``|``, label."""
        edges: list[tuple[int, str, int]] = []
        names = [self.names.name(label) for label in self.labels]
        for i, word in enumerate(words):
            piece, outside, after = escape(word, MARKERS), 5 * i, 5 * (i + 1)
            edges += [(outside, piece, after), (outside, OPEN, outside + 1), (outside + 1, piece, after + 2)]
            if i:
                edges.append((outside + 2, piece, after + 2))
            edges.append((after + 2, BAR, after + 3))
            edges += [(after + 3, name, after + 4) for name in names]
            edges.append((after + 4, CLOSE, after))
        return Grammar(tuple(edges), frozenset([5 * len(words)]), states_per_word=5)


def _is_mention(pieces: Sequence[str], around: Sequence[int]) -> bool:
    """Whether three successive markers are those of a mention, with something between them."""
    if [pieces[i] for i in around] != list(MARKERS):
        return False
    first, bar, close = around
    return first + 1 < bar and bar + 1 < close
