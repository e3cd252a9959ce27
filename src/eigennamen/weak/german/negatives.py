"""Labeling functions that vote against an entity.

They decide between candidates, and where a model is trained on covered words only they are what it learns ``O`` from.
"""

from collections.abc import Iterator, Sequence

from eigennamen.types import Sentence
from eigennamen.weak.gazetteer import read_names
from eigennamen.weak.german.contexts import follows_determiner
from eigennamen.weak.german.words import CALENDAR, FUNCTION_WORDS, is_noun
from eigennamen.weak.labeling_function import NegativeVote, labeling_function

_JOINING = frozenset("am an der im ob von vom zu zum zur & -".split())
_DEMONYMS = frozenset(city + ending for city in read_names("builtin:cities") for ending in ("er", "ern", "erin"))


@labeling_function(labels=[])
def common_nouns(sentence: Sentence) -> Iterator[NegativeVote]:
    """A noun with an article, unless a capitalized word follows (``die Universität Leipzig``)."""
    words = (*sentence.words, "")
    for i, word in enumerate(sentence.words):
        if word[0].isupper() and not words[i + 1][:1].isupper() and is_noun(word) and follows_determiner(words, i):
            yield NegativeVote(i, i + 1)


@labeling_function(labels=[])
def calendar(sentence: Sentence) -> Iterator[NegativeVote]:
    """Weekdays, months and feasts."""
    for i, word in enumerate(sentence.words):
        if word in CALENDAR:
            yield NegativeVote(i, i + 1)


@labeling_function(labels=[])
def sentence_starts(sentence: Sentence) -> Iterator[NegativeVote]:
    """A function word that opens the sentence, unless a capitalized word follows (``Der Spiegel``)."""
    first, second = (*sentence.words[:2], "")[:2]
    if first[0].isupper() and first.lower() in FUNCTION_WORDS and not second[:1].isupper():
        yield NegativeVote(0, 1)


@labeling_function(labels=[])
def quantities(sentence: Sentence) -> Iterator[NegativeVote]:
    """A number and its unit or noun: ``120 Millionen``."""
    words = sentence.words
    for i in range(len(words) - 1):
        if words[i][0].isdigit() and words[i][-1].isdigit() and words[i + 1][0].isupper() and is_noun(words[i + 1]):
            yield NegativeVote(i, i + 2)


@labeling_function(labels=[])
def demonyms(sentence: Sentence) -> Iterator[NegativeVote]:
    """``Berliner`` before a noun or alone: derived from a name, but none (except in ``Berliner Zeitung``)."""
    words = sentence.words
    for i, word in enumerate(words):
        if word in _DEMONYMS and not (i + 1 < len(words) and words[i + 1][0].isupper()):
            yield NegativeVote(i, i + 1)


@labeling_function(labels=[])
def lowercase_runs(sentence: Sentence) -> Iterator[NegativeVote]:
    """Four or more words in a row that begin with a small letter."""
    if all(word == word.lower() for word in sentence.words):
        return  # a search query, which says nothing by small letters
    start = 0
    for end, word in enumerate((*sentence.words, ".")):
        if not word[0].islower():
            if end - start >= 4:
                yield NegativeVote(start, end)
            start = end + 1


@labeling_function(labels=[])
def background(sentence: Sentence) -> Iterator[NegativeVote]:
    """Words at which hardly ever a name is: signs, numbers, function words, the calendar, small letters, known nouns.

    Made for ``background`` of the weak label source, not as a column of the label matrix: it would vote against
    "Universität" in "Universität Kiel". What can join the parts of a name ("Frankfurt am Main") is left open between
    capital letters, and small letters say nothing in a sentence that has no others.
    """
    says_something = any(word != word.lower() for word in sentence.words)
    for i, word in enumerate(sentence.words):
        small = word[0].islower() and says_something
        listed = word.lower() in FUNCTION_WORDS or word in CALENDAR or is_noun(word)
        if (small or listed or not any(map(str.isalpha, word))) and not _joins(sentence.words, i):
            yield NegativeVote(i, i + 1)


def _joins(words: Sequence[str], i: int) -> bool:
    """Whether a word can be in the middle of a name: ``am`` in ``Frankfurt am Main``, ``&`` in ``Roth & Graf``."""
    if words[i] not in _JOINING:
        return False
    before = next((word for word in reversed(words[:i]) if word not in _JOINING), "")
    after = next((word for word in words[i + 1 :] if word not in _JOINING), "")
    return before[:1].isupper() and after[:1].isupper()
