r"""What the output formats share: pieces, escaping, the names of labels, what reading gives, and grammars.

A text is *pieces* joined by single spaces; no piece holds whitespace. A word is one piece, markers and labels are
pieces of their own. ``escape`` keeps the two apart: no word's piece begins as a marker does.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from eigennamen.types import Sentence, Span

_SPECIAL = re.compile(r"[\\\s]")
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|(.))", re.DOTALL)


def escape(word: str, markers: Sequence[str]) -> str:
    r"""The piece that stands for a word. Markers must not begin with a letter or a backslash.

    >>> print(escape("[New York", ["["]), escape("a\\b", ["["]))
    \[New\u{20}York a\\b
    """
    piece = _SPECIAL.sub(_escaped_character, word)
    return f"\\{piece}" if any(piece[:1] == marker[0] for marker in markers) else piece


def unescape(piece: str) -> str:
    r"""The word that a piece stands for: ``unescape(escape(word, markers)) == word``. Never raises.

    >>> unescape(r"\[New\u{20}York")
    '[New York'
    """
    return _ESCAPED.sub(_unescaped_character, piece) if "\\" in piece else piece


def is_word(piece: str, markers: Sequence[str]) -> bool:
    """Whether a piece is just what ``escape`` makes of some word."""
    return bool(piece) and escape(unescape(piece), markers) == piece


def _escaped_character(match: re.Match[str]) -> str:
    return r"\\" if match[0] == "\\" else f"\\u{{{ord(match[0]):x}}}"


def _unescaped_character(match: re.Match[str]) -> str:
    code, character = match.groups()
    if code is None:
        return str(character)
    return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else match[0]


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a text; ``word`` is the index of the word that it copies, None for markers and labels."""

    text: str
    word: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A placed mention; the pieces ``first`` to ``last - 1`` of the output say it."""

    span: Span
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What an output says about a sentence, and what is wrong with it.

    ``found`` is sorted and flat. ``mentions`` are the pairs of label and mention as written, placed or not; the label
    is empty where the output names none of the format's. ``format_error``: the output does not follow the format;
    what is malformed is left out. ``reconstruction_error``: the words written are not the words read (always False
    for a format that does not write them). ``unaligned_mentions`` are said and have a label, but no place.
    """

    found: tuple[Found, ...] = ()
    mentions: tuple[tuple[str, str], ...] = ()
    format_error: bool = False
    unknown_labels: int = 0
    reconstruction_error: bool = False
    unaligned_mentions: int = 0

    @property
    def spans(self) -> tuple[Span, ...]:
        return tuple(found.span for found in self.found)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The outputs that are legal for one sentence, as an automaton over pieces.

    States are numbers from 0, the start (some numbers may be unused); an edge ``(from, piece, to)`` writes its piece;
    an output may end in a ``final`` state. From every state that 0 reaches, a final state can be reached. Each place
    between words, before the first and behind the last among them, has ``states_per_word`` successive numbers; what the
    n-th of them has in common with that of other places stands in the same order.
    """

    edges: tuple[tuple[int, str, int], ...]
    final: frozenset[int]
    states_per_word: int


class OutputFormat(Protocol):
    """Both directions between spans and text."""

    name: str
    labels: tuple[str, ...]
    markers: tuple[str, ...]
    names: "LabelNames"

    def write(self, sentence: Sentence) -> list[Piece]:
        """Raises ValueError where spans are unknown or have labels that the format has not."""
        ...

    def read(self, pieces: Sequence[str], words: Sequence[str]) -> Reading:
        """Total: any strings give a reading."""
        ...

    def grammar(self, words: Sequence[str]) -> Grammar: ...


class LabelNames:
    """The words that stand for labels, one piece each; read whatever their case and Unicode composition.

    Args:
        labels: all labels of the corpus.
        names: label to name (other labels may be among them); a label without an entry is written in lower case.
        markers: the pieces of the format with a meaning of their own.

    Raises:
        ValueError: for all names that cannot be told apart or are no pieces, at once.

    >>> names = LabelNames(["PER", "LOC"], {"PER": "person"}, markers=["["])
    >>> names.name("LOC"), names.label(["Person"]), names.label(["ort"])
    ('loc', 'PER', None)
    """

    def __init__(self, labels: Sequence[str], names: Mapping[str, str] | None, *, markers: Sequence[str]) -> None:
        self.by_label = {label: (names or {}).get(label, label.lower()) for label in labels}
        if problems := [*_no_pieces(self.by_label, markers), *_same_names(self.by_label)]:
            raise ValueError(
                f"labels cannot be written as text: {'; '.join(problems)}; give each label a name of its own "
                f"(names={{label: name}}): one word, no backslash, not beginning with any of {' '.join(markers)}"
            )
        self._labels = {_folded(name): label for label, name in self.by_label.items()}

    def name(self, label: str) -> str:
        return self.by_label[label]

    def label(self, pieces: Sequence[str]) -> str | None:
        """The label that some pieces name, None where they name none."""
        return self._labels.get(_folded(pieces[0])) if len(pieces) == 1 else None

    def checked(self, sentence: Sentence) -> tuple[Span, ...]:
        """The sentence's spans; raises ValueError where they are unknown or one has a label without a name."""
        if sentence.spans is None:
            raise ValueError(f"sentence {sentence.id!r} has no labels (spans is None) and cannot be written")
        if unknown := {span.label for span in sentence.spans} - self.by_label.keys():
            raise ValueError(
                f"sentence {sentence.id!r} has the label(s) {sorted(unknown)}; the format knows {list(self.by_label)}"
            )
        return sentence.spans


def _no_pieces(names: Mapping[str, str], markers: Sequence[str]) -> Iterator[str]:
    for label, name in names.items():
        if not name or _SPECIAL.search(name) or name.startswith(tuple(markers)):
            yield f"{label!r} is named {name!r}"


def _same_names(names: Mapping[str, str]) -> Iterator[str]:
    labels = defaultdict(list)
    for label, name in names.items():
        labels[_folded(name)].append(label)
    for name, same in labels.items():
        if len(same) > 1:
            yield f"{' and '.join(map(repr, same))} are both named {name!r}"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
