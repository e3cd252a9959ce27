"""The mentions alone, as a list in the order of the text: short, but it does not say where a mention stands."""

from collections.abc import Iterator, Mapping, Sequence

from eigennamen.formats.alignment import Said, placed
from eigennamen.formats.base import Grammar, LabelNames, Piece, Reading, escape, is_word, unescape
from eigennamen.types import Sentence

COLON, END = MARKERS = (":", ";")


class TypedList:
    """``person : Angela Merkel ; ort : Berlin ;``

    A mention is placed at its first occurrence behind the one before it, so of several equal ones a later one cannot
    be meant: ``ambiguous`` counts what is lost by that.

    >>> from eigennamen.types import Span
    >>> typed_list = TypedList(labels=["LOC"], names={"LOC": "ort"})
    >>> sentence = Sentence("1", ("Essen", "in", "Essen"), (Span(2, 3, "LOC"),))
    >>> " ".join(piece.text for piece in typed_list.write(sentence))
    'ort : Essen ;'
    >>> typed_list.ambiguous(sentence)
    1
    """

    name = "typed_list"
    markers = MARKERS

    def __init__(self, *, labels: Sequence[str], names: Mapping[str, str] | None = None) -> None:
        self.labels = tuple(labels)
        self.names = LabelNames(labels, names, markers=MARKERS)

    def write(self, sentence: Sentence) -> list[Piece]:
        pieces: list[Piece] = []
        for span in self.names.checked(sentence):
            copies = [Piece(escape(sentence.words[i], MARKERS), i) for i in range(span.start, span.end)]
            pieces += [Piece(self.names.name(span.label)), Piece(COLON), *copies, Piece(END)]
        return pieces

    def ambiguous(self, sentence: Sentence) -> int:
        """How many of the sentence's spans do not come back when they are written and read."""
        read = self.read([piece.text for piece in self.write(sentence)], sentence.words)
        return len(set(sentence.spans or ()) - set(read.spans))

    def read(self, pieces: Sequence[str], words: Sequence[str]) -> Reading:
        """Entries that are not ``label : words ;`` are left out, also a last one without its ``;``."""
        entries = list(_entries(pieces))
        said = [
            Said(self.names.label(pieces[first:colon]), tuple(map(unescape, pieces[colon + 1 : end])), first, end + 1)
            for first, colon, end in entries
        ]
        legal = sum(end + 1 - first for first, _, end in entries) == len(pieces)
        mentions = [pieces[colon + 1 : end] for _, colon, end in entries]
        error = not legal or not all(is_word(piece, MARKERS) for mention in mentions for piece in mention)
        return placed(said, words=words, format_error=error)

    def grammar(self, words: Sequence[str]) -> Grammar:
        """Four states a word: an entry begins, behind the label, behind ``:``, behind the word before it in a mention.

        A mention may begin at any word from there on, so several edges of a state may write the same piece.
        """
        edges: list[tuple[int, str, int]] = []
        names = [self.names.name(label) for label in self.labels]
        copies = [(escape(word, MARKERS), 4 * i + 7) for i, word in enumerate(words)]
        for i, (piece, behind) in enumerate(copies):
            entry = 4 * i
            edges += [(entry, name, entry + 1) for name in names]
            edges.append((entry + 1, COLON, entry + 2))
            edges += [(entry + 2, *copy) for copy in copies[i:]]
            if i:
                edges.append((entry + 3, piece, behind))
            edges.append((behind, END, behind - 3))
        return Grammar(tuple(edges), frozenset(range(0, 4 * len(words) + 1, 4)), states_per_word=4)


def _entries(pieces: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Where the well-formed entries begin, have their colon, and end."""
    first = 0
    for end, piece in enumerate(pieces):
        if piece != END:
            continue
        colons = [i for i in range(first, end) if pieces[i] == COLON]
        if len(colons) == 1 and first < colons[0] < end - 1:
            yield first, colons[0], end
        first = end + 1
