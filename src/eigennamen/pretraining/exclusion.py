"""Test sentences that must not occur in the text a model is pretrained on."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence

from eigennamen.types import Sentence

_WORD = re.compile(r"\w+")
_SHINGLE = 5


class Exclusion:
    """Finds the test sentences of some corpora in lines of text, whatever their case, punctuation and spacing.

    A sentence of at least five words is found anywhere in a line; a shorter one ("Danke schön.") says nothing about its
    corpus unless it is the whole line.
    """

    def __init__(self, sentences: Mapping[str, Sequence[Sentence]]) -> None:
        self.corpora = tuple(sentences)
        self._by_start: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
        self._short: dict[tuple[str, ...], str] = {}
        digest = hashlib.sha256()
        for corpus, split in sentences.items():
            for sentence in split:
                words = _bare_words(" ".join(sentence.words))
                digest.update(repr((corpus, words)).encode())
                if len(words) >= _SHINGLE:
                    self._by_start.setdefault(words[:_SHINGLE], []).append((corpus, words))
                elif words:
                    self._short[words] = corpus
        self.fingerprint = digest.hexdigest()

    def found_in(self, line: str) -> str | None:
        """The corpus of a test sentence that stands in a line of text; None where there is none.

        >>> test = Sentence("1", ("Anna", "reiste", "am", "Montag", "nach", "Bonn", "."))
        >>> Exclusion({"mine": [test]}).found_in("Man sagt, Anna reiste am Montag nach Bonn!")
        'mine'
        """
        words = _bare_words(line)
        if len(words) < _SHINGLE:
            return self._short.get(words)
        for start, shingle in enumerate(zip(*(words[i:] for i in range(_SHINGLE)), strict=False)):
            for corpus, sentence in self._by_start.get(shingle, ()):
                if words[start : start + len(sentence)] == sentence:
                    return corpus
        return None


def _bare_words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
