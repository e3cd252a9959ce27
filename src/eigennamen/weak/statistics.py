"""Labeling functions from the text itself: how a word is written and what stands beside it elsewhere.

They count over all sentences before they vote, and over files of plain text where some are given. A word that begins a
sentence, or follows a sign, is not counted as capitalized: any word is capitalized there.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from eigennamen.corpora.lines import stream_lines
from eigennamen.files import file_fingerprint
from eigennamen.text import words_with_offsets
from eigennamen.types import Sentence
from eigennamen.weak.gazetteer import Context
from eigennamen.weak.labeling_function import LabelingFunction, Rule, Vote, hash_of, labels_of, needs_text, vote

Words = tuple[str, ...]


def also_lowercase(
    *,
    name: str,
    min_count: int = 1,
    min_share: float = 0.5,
    text: Sequence[str] = (),
    accept: Context | None = None,
) -> LabelingFunction:
    """Votes against capitalized words that the text also has in small letters: common nouns and other
    words of the language.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        min_count: how often a word occurs in small letters, at least.
        min_share: how many of its occurrences that are, those at the beginning of a sentence not counted.
        text: paths of further plain text to count over, as in ``corpus.unlabeled``.
        accept: called with a sentence's words and the start and end of the vote; False rejects it. Unless given, no
            capitalized word may stand before or behind the word.
    """
    accepted = accept or _has_small_neighbors

    def prepare(sentences: Sequence[Sentence]) -> Rule:
        small: Counter[str] = Counter()
        capital: Counter[str] = Counter()
        for words in _all_words(sentences, text, name=name):
            small.update(word for word in words if word[0].islower())
            capital.update(words[i].lower() for i in _inner_capitals(words))
        common = {w for w, n in small.items() if n >= min_count and n >= min_share * (n + capital[w])}
        return _rule_on(lambda word: word.lower() in common, None, accepted)

    data = (min_count, min_share, _hashes(text, name), hash_of(accept) if accept else None)
    return needs_text(name=name, labels=(), prepare=prepare, fingerprint=hash_of(also_lowercase, *data))


def neighbors(
    *,
    name: str,
    label: str | None,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
    unless_before: Sequence[str] = (),
    min_count: int = 2,
    min_share: float = 0.5,
    text: Sequence[str] = (),
    accept: Context | None = None,
) -> LabelingFunction:
    """Capitalized words that usually stand beside given words: behind an article a noun, behind ``in`` a place.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        label: what such words are; None votes against a name there.
        before: words one of which stands before, in small letters.
        after: words one of which stands behind; with ``before``, either counts.
        unless_before: words none of which ever stands before, in small letters.
        min_count: how often a word stands so, at least.
        min_share: how many of its occurrences that are, those at the beginning of a sentence not counted.
        text: paths of further plain text to count over, as in ``corpus.unlabeled``.
        accept: called with a sentence's words and the start and end of the vote; False rejects it. Unless given, no
            capitalized word may stand before or behind the word.

    Raises:
        ValueError: neither ``before`` nor ``after`` has words.
    """
    if not before and not after:
        raise ValueError(f"labeling_functions.{name}: before and after are empty; expected words in one of them")
    left, right, never = frozenset(before), frozenset(after), frozenset(unless_before)
    accepted = accept or _has_small_neighbors

    def prepare(sentences: Sequence[Sentence]) -> Rule:
        seen: Counter[str] = Counter()
        beside: Counter[str] = Counter()
        excluded: set[str] = set()
        for words in _all_words(sentences, text, name=name):
            for i in _inner_capitals(words):
                word, previous, following = words[i], words[i - 1].lower(), (*words[i + 1 : i + 2], "")[0]
                seen[word] += 1
                beside[word] += previous in left or following in right
                if previous in never:
                    excluded.add(word)
        usual = {w for w, n in beside.items() if n >= min_count and n >= min_share * seen[w]} - excluded
        return _rule_on(usual.__contains__, label, accepted)

    settings = (label, sorted(left), sorted(right), sorted(never), min_count, min_share, _hashes(text, name))
    fingerprint = hash_of(neighbors, *settings, hash_of(accept) if accept else None)
    return needs_text(name=name, labels=labels_of(label), prepare=prepare, fingerprint=fingerprint)


def _rule_on(fits: Callable[[str], bool], label: str | None, accept: Context) -> Rule:
    """Votes on single capitalized words."""

    def search(sentence: Sentence) -> Iterator[Vote]:
        for i, word in enumerate(sentence.words):
            if word[0].isupper() and fits(word) and accept(sentence.words, i, i + 1):
                yield vote(i, i + 1, label)

    return search


def _inner_capitals(words: Words) -> Iterator[int]:
    """Where capitalized words are that would not have to be, since a word or a comma stands before them."""
    for i in range(1, len(words)):
        if words[i][0].isupper() and (words[i - 1][-1].isalnum() or words[i - 1] == ","):
            yield i


def _has_small_neighbors(words: Words, start: int, end: int) -> bool:
    """Whether neither neighbor is capitalized; a word that opens the sentence says nothing as a neighbor."""
    before = words[start - 1][0] if start > 1 else "-"
    after = words[end][0] if end < len(words) else "-"
    return not before.isupper() and not after.isupper()


def _hashes(text: Sequence[str], name: str) -> list[str]:
    for path in text:
        if not Path(path).is_file():
            raise FileNotFoundError(
                f"labeling_functions.{name}.text: {path}: no such file; set it, or leave text empty"
            )
    return [file_fingerprint(Path(path)) for path in text]


def _all_words(sentences: Iterable[Sentence], text: Sequence[str], *, name: str) -> Iterator[Words]:
    """The words of all sentences, then those of each line of the files."""
    for sentence in sentences:
        yield sentence.words
    for path in text:
        for line in stream_lines(path, missing=f"set labeling_functions.{name}.text"):
            if words := tuple(word for word, _, _ in words_with_offsets(line)):
                yield words
