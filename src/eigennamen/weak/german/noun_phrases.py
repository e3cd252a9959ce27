"""Noun phrases of German without a parser: a determiner, adjectives, and capitalized words in a row."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from eigennamen.types import Sentence
from eigennamen.weak.gazetteer import Context
from eigennamen.weak.german.contexts import Words, is_adjective
from eigennamen.weak.german.words import DETERMINERS, FUNCTION_WORDS
from eigennamen.weak.labeling_function import LabelingFunction, Vote, hash_of, labels_of, vote


class NounPhrase(NamedTuple):
    """Half-open words: ``start`` with determiner and small adjectives, ``name`` where capital letters begin."""

    start: int
    name: int
    end: int
    determiner: bool
    adjectives: int


@lru_cache(maxsize=1 << 12)
def chunks(words: Words) -> tuple[NounPhrase, ...]:
    """The noun phrases of a sentence; capitalized function words are in none."""
    found = []
    start = 0
    for end in range(len(words) + 1):
        if end == len(words) or not _is_capitalized(words[end]):
            if start < end:
                found.append(_with_start(words, start, end))
            start = end + 1
    return tuple(found)


def _with_start(words: Words, name: int, end: int) -> NounPhrase:
    start = name
    while start and words[start - 1][0].islower() and is_adjective(words[start - 1]):
        start -= 1
    determiner = start > 0 and words[start - 1].lower() in DETERMINERS
    return NounPhrase(start - determiner, name, end, determiner, name - start)


def _is_capitalized(word: str) -> bool:
    return word[0].isupper() and len(word) > 1 and word.lower() not in FUNCTION_WORDS


def noun_phrases(
    *,
    name: str,
    label: str | None,
    heads: Sequence[str] = (),
    determiner: bool | None = None,
    adjectives: bool | None = None,
    min_length: int = 1,
    accept: Context | None = None,
) -> LabelingFunction:
    """The capitalized words of noun phrases, without determiner and small adjectives.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        label: what they are; None votes against a name there.
        heads: endings in small letters, one of which the last word has (``partei``); any word unless given.
        determiner: whether a determiner stands before (``die``, ``im``); either unless given.
        adjectives: whether small adjectives stand before; either unless given.
        min_length: fewest capitalized words.
        accept: called with a sentence's words and the start and end of the span; False rejects it.
    """
    endings = tuple(heads) or ("",)

    def fits(chunk: NounPhrase, words: Words) -> bool:
        return (
            determiner in (None, chunk.determiner)
            and adjectives in (None, chunk.adjectives > 0)
            and chunk.end - chunk.name >= min_length
            and words[chunk.end - 1].lower().endswith(endings)
            and (accept is None or accept(words, chunk.name, chunk.end))
        )

    def find(sentence: Sentence) -> Iterator[Vote]:
        for chunk in chunks(sentence.words):
            if fits(chunk, sentence.words):
                yield vote(chunk.name, chunk.end, label)

    data = (label, endings, determiner, adjectives, min_length, hash_of(accept) if accept else None)
    return LabelingFunction(name, labels_of(label), find, hash_of(noun_phrases, *data))
