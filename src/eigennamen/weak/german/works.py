"""Labeling functions for works and events, labelled MISC."""

from collections.abc import Iterator

from eigennamen.types import Sentence, Span
from eigennamen.weak.german.contexts import Words, name_runs
from eigennamen.weak.german.words import is_name_like
from eigennamen.weak.labeling_function import labeling_function

_QUOTES = {'"': '"', "„": "“", "“": "”", "»": "«", "«": "»", "‚": "‘", "''": "''"}
_LONGEST_TITLE = 8
_WORKS = tuple(
    """
    film films filmes album albums albumes roman romans romane song songs single lied lieder buch buchs buches bücher
    serie oper stück stücks titel hit musical komödie drama sendung show reihe erzählung novelle essay projekt gedicht
    ausstellung gemälde kurzgeschichte werk aufsatz bestseller
    """.split()
)
_NO_TITLE = frozenset(
    """
    ist war hat haben sind wird werden wurde kann können muss soll will bleibt ich wir sie es er du sich nicht uns man
    """.split()
)
_COMPETITIONS = frozenset("League Cup Prix Award Awards Open Festival Trophy Championship Games Bowl Masters".split())
_GAMES = ("spiele", "spielen", "Spiele", "Spielen")


def _quoted(words: Words) -> Iterator[tuple[int, int]]:
    """Start and end of what stands between quotation marks."""
    free = 0
    for i, word in enumerate(words):
        if i < free or word not in _QUOTES:
            continue
        inside = words[i + 1 : i + 2 + _LONGEST_TITLE]
        if _QUOTES[word] in inside[1:]:
            end = i + 1 + inside.index(_QUOTES[word], 1)
            free = end + 1
            yield i + 1, end


@labeling_function(labels=["MISC"])
def quoted_titles(sentence: Sentence) -> Iterator[Span]:
    """Two to eight quoted words that begin with a capital and look neither like speech nor like a gloss in brackets."""
    words = sentence.words
    for start, end in _quoted(words):
        inside = words[start:end]
        speech = inside[-1] in ".,!?" or words[end + 1 : end + 2] == (",",) or not _NO_TITLE.isdisjoint(inside)
        gloss = start == 1 or words[start - 2] == "("
        if len(inside) > 1 and inside[0][0].isupper() and not speech and not gloss:
            yield Span(start, end, "MISC")


@labeling_function(labels=["MISC"])
def quoted_works(sentence: Sentence) -> Iterator[Span]:
    """What is quoted behind ``Film``, ``Album``, ``Roman``."""
    words = sentence.words
    for start, end in _quoted(words):
        if start > 1 and words[start - 2][0].isupper() and words[start - 2].lower().endswith(_WORKS):
            yield Span(start, end, "MISC")


@labeling_function(labels=["MISC"])
def wars(sentence: Sentence) -> Iterator[Span]:
    """``Zweiter Weltkrieg``, ``Dreißigjähriger Krieg``."""
    words = sentence.words
    for i in range(1, len(words)):
        before = words[i - 1]
        world_war = words[i].startswith("Weltkrieg") and before.startswith(("Erste", "Zweite", "I.", "II."))
        war = words[i] in ("Krieg", "Kriegs", "Krieges", "Kriege") and before.endswith(("er", "en", "e"))
        if world_war or (war and i > 1 and is_name_like(before)):
            yield Span(i - 1, i + 1, "MISC")


@labeling_function(labels=["MISC"])
def games(sentence: Sentence) -> Iterator[Span]:
    """``Olympische Spiele 2004``, ``Fußball-WM 2006``, ``DFB-Pokal 2016 / 17``."""
    words = sentence.words
    for i, word in enumerate(words):
        end = _season_end(words, i + 1)
        if i and word.endswith(_GAMES) and words[i - 1].startswith(("Olympisch", "Paralympisch", "Asiatisch")):
            yield Span(i - 1, end, "MISC")
        elif end > i + 1 and word[0].isupper() and word.endswith(("WM", "EM", "meisterschaft", "okal", "-Cup", "liga")):
            yield Span(i, end, "MISC")


@labeling_function(labels=["MISC", "ORG"])
def competitions(sentence: Sentence) -> Iterator[Span]:
    """``US Open 1972``, ``Super Bowl``; a league without a season is an organization."""
    words = sentence.words
    for start, end, _, _ in name_runs(words):
        if end - start > 1 and words[end - 1] in _COMPETITIONS:
            season_end = _season_end(words, end)
            league = words[end - 1] == "League" and season_end == end
            yield Span(start, season_end, "ORG" if league else "MISC")


def _season_end(words: Words, start: int) -> int:
    """Behind ``2004`` or ``2016 / 17``; ``start`` itself where no year stands there."""
    if not (start < len(words) and words[start].isdigit() and len(words[start]) == 4):
        return start
    two_years = start + 2 < len(words) and words[start + 1] == "/" and words[start + 2].isdigit()
    return start + 3 if two_years else start + 1
