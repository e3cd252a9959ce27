"""Where in a German sentence names stand, and where they end."""

import re
from functools import lru_cache
from typing import NamedTuple

from eigennamen.weak.german.words import (
    CLUBS,
    DETERMINERS,
    FUNCTION_WORDS,
    NAMED_HEADS,
    is_initial,
    is_name_like,
)

Words = tuple[str, ...]

_OPENINGS = NAMED_HEADS | CLUBS | {"St.", "St", "&"}
# Adjectives, adverbs and participles, which only the beginning of a sentence capitalizes.
_CAPITALIZED_OPENING = re.compile(
    r"\w{3,}(liche?[nr]?|ische?[nrs]?|weise|ierte?|wärts|ende?)"
    r"|(Ge|Ver|Be|Er|Ent|Vor|Ab|An|Auf|Aus|Ein|Über)[a-zäöüß]+(t|en)"
)
_PARTICLES = frozenset("von van de da del della di du dos la le ter al el bin ibn y".split())
_JOINED_PARTICLE = re.compile(r"(al|el|as|ad|an|ben|d|l)[-'’][A-ZÀ-Þ]")
_ORDINALS = frozenset(
    "I. II. III. IV. V. VI. VII. VIII. IX. X. XI. XII. XIII. XIV. XV. XVI. II III Jr. Sr. jr.".split()
)
_FREQUENT_ADJECTIVES = frozenset(
    """
    neue neuen neuer erste ersten erster letzte letzten letzter andere anderen anderer weitere weiteren weiterer
    """.split()
)
_NO_PERSON_BEHIND = DETERMINERS | frozenset("in aus nach bei zu als".split())


class NameRun(NamedTuple):
    """Name-like words in a row, half-open, with the words around them (empty at the sentence's ends)."""

    start: int
    end: int
    before: str
    after: str


@lru_cache(maxsize=1 << 12)
def name_runs(words: Words) -> tuple[NameRun, ...]:
    """The longest runs of name-like words; an adjective, adverb or participle that opens the sentence is in none."""
    padded = ("", *words, "")
    runs = []
    start = int(_CAPITALIZED_OPENING.fullmatch(words[0]) is not None)
    for end in range(start, len(words) + 1):
        if end == len(words) or not is_name_like(words[end]):
            if start < end:
                runs.append(NameRun(start, end, padded[start], padded[end + 1]))
            start = end + 1
    return tuple(runs)


def person_end(words: Words, start: int) -> int:
    """Where a person's name that begins at ``start`` ends; ``start`` itself where none begins there.

    ``J. R. R. Tolkien``, ``Ludwig van Beethoven``, ``Heinrich VIII.``: five words or a few more.
    """
    end = start
    while end < min(len(words), start + 5):
        word = words[end]
        if is_name_like(word) or is_initial(word) or (end > start and word in _ORDINALS):
            end += 1
        elif end > start and (behind := _behind_particles(words, end)):
            end = behind
        else:
            break
    while end > start and is_initial(words[end - 1]):
        end -= 1
    return end


def _behind_particles(words: Words, start: int) -> int:
    """Behind ``von der Leyen`` or ``al-Hariri``; 0 where neither stands at ``start``."""
    if _JOINED_PARTICLE.match(words[start]):
        return start + 1
    if words[start] not in _PARTICLES:
        return 0
    end = start + 1
    while end < len(words) and words[end] in ("der", "den", "dem", "la", "las", "los"):
        end += 1
    return end + 1 if end < len(words) and is_name_like(words[end]) else 0


def follows_determiner(words: Words, start: int) -> bool:
    """Whether an article or the like stands before a word, possibly with adjectives between."""
    before = start - 1
    while before >= 0 and start - before < 3 and is_adjective(words[before]):
        before -= 1
    return before >= 0 and words[before].lower() in DETERMINERS


def is_adjective(word: str) -> bool:
    """Whether a word is inflected like an adjective, and frequent or written small."""
    if word in _FREQUENT_ADJECTIVES:
        return True
    inflected = word.endswith(("e", "er", "es", "en", "em"))
    return inflected and word[0].islower() and len(word) > 4 and word not in FUNCTION_WORDS


def stands_alone(words: Words, start: int, end: int) -> bool:
    """Whether no neighbor looks like a part of the same name (``Inter Mailand``, ``Paris Hilton``)."""
    if end < len(words) and (words[end][0].isupper() or _behind_particles(words, end)):
        return False
    if start == 0:
        return True
    before = words[start - 1]
    if before in _PARTICLES and start > 1:
        before = words[start - 2]
    return not (is_name_like(before) or is_initial(before) or before in _OPENINGS)


def is_lone_name(words: Words, start: int, end: int) -> bool:
    """``stands_alone``, and one of the words is neither a noun nor a function word."""
    return stands_alone(words, start, end) and any(is_name_like(word) for word in words[start:end])


def is_bare_name(words: Words, start: int, end: int) -> bool:
    """``is_lone_name`` without article, adjective or preposition of place before it: where persons stand."""
    before = words[start - 1] if start else "-"
    adjective = is_adjective(before) and not before.endswith(("te", "ten"))  # those are mostly verbs
    return before.lower() not in _NO_PERSON_BEHIND and not adjective and is_lone_name(words, start, end)
