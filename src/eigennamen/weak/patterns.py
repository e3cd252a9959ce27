"""Labeling functions from patterns: regular expressions over words, affixes, cue words nearby.

All three give ``label`` to what they find or, where it is None, vote against a name there.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any, Literal, NamedTuple

from eigennamen.types import Sentence
from eigennamen.weak.gazetteer import Context
from eigennamen.weak.labeling_function import LabelingFunction, Vote, hash_of, labels_of, vote

CAPITALIZED = r"[A-ZÀ-ÖØ-Þ]\w[\w'’.-]*"
_CACHED_WORDS = 1 << 16
_LONGEST = 6
_REPEATS = {"+": (1, 0), "*": (0, 0), "?": (0, 1)}


class Step(NamedTuple):
    """One place in a sequence: what fits there, and how often it may be repeated (``most``: 0 for without end)."""

    fits: Callable[[Any], object]
    least: int
    most: int


def sequence_of(
    patterns: Sequence[str], *, key: str, compile_one: Callable[..., Callable[[Any], object]] | None = None
) -> tuple[Step, ...]:
    """Steps from regular expressions, each for a whole word; behind a blank ``+``, ``*`` or ``?`` repeats it.

    Raises:
        ValueError: a pattern is no regular expression, or there is none; ``key`` says which setting is wrong.
    """
    if not patterns:
        raise ValueError(f"{key}: no patterns; expected a regular expression for each word")
    make = compile_one or compiled
    steps = []
    for i, pattern in enumerate(patterns):
        bare, blank, sign = pattern.rpartition(" ")
        least, most = _REPEATS.get(sign, (1, 1)) if blank else (1, 1)
        steps.append(Step(make(bare if blank and sign in _REPEATS else pattern, key=f"{key}[{i}]"), least, most))
    return tuple(steps)


def compiled(pattern: str, *, key: str) -> Callable[[str], object]:
    """Whether the regular expression matches a whole word, as a function; ``key`` says in errors where it is from."""
    try:
        return lru_cache(_CACHED_WORDS)(re.compile(pattern).fullmatch)
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos + 1}"
        raise ValueError(
            f"{key}: {pattern!r} is no regular expression{place} ({error.msg}); expected one for a single word, "
            "such as '[A-Z].*'"
        ) from error


def find(
    steps: Sequence[Step], items: Sequence[Any], *, part: tuple[int, int], boundary: object = ""
) -> Iterator[tuple[int, int]]:
    """Start and end (half-open) of a part of the steps, at every place where all of them fit: left to right, the
    longest repetition first, no two parts overlapping. ``boundary`` is the item before the first and behind the last.
    """
    padded = (boundary, *items, boundary)
    free = 0
    for start in _starts(steps, padded):
        if bounds := _bounds(steps, padded, start):
            found = max(bounds[part[0]] - 1, 0), min(bounds[part[1]] - 1, len(items))
            if free <= found[0] < found[1]:
                free = found[1]
                yield found


def _starts(steps: Sequence[Step], items: Sequence[Any]) -> Sequence[int]:
    """Where the steps up to the first that may be repeated or left out fit, so that the others are worth trying."""
    if not steps[0].least:
        return range(len(items))
    starts = list(compress(range(len(items)), map(steps[0].fits, items)))  # nearly all places are out here
    for i in range(1, len(steps)):
        if steps[i - 1].most != 1 or not steps[i].least:
            break
        starts = [start for start in starts if start + i < len(items) and steps[i].fits(items[start + i])]
    return starts


def _bounds(steps: Sequence[Step], items: Sequence[Any], start: int) -> tuple[int, ...] | None:
    """Where each step begins, and the end; None where they do not fit."""
    if not steps:
        return (start,)
    step = steps[0]
    end = start
    while end < len(items) and (step.most == 0 or end - start < step.most) and step.fits(items[end]):
        end += 1
    for next_start in range(end, start + step.least - 1, -1):
        if (rest := _bounds(steps[1:], items, next_start)) is not None:
            return (start, *rest)
    return None


def part_of(steps: Sequence[Step], span: Sequence[int] | None, *, key: str) -> tuple[int, int]:
    """The part of the steps that is the span, half-open; all where nothing is said."""
    start, end = (0, len(steps)) if span is None else span
    if not 0 <= start < end <= len(steps):
        raise ValueError(f"{key}: got {list(span or ())}; expected [start, end), 0 <= start < end <= {len(steps)}")
    return start, end


def pattern(
    *,
    name: str,
    label: str | None,
    words: Sequence[str],
    span: Sequence[int] | None = None,
    accept: Context | None = None,
) -> LabelingFunction:
    """Wherever words in a row fit regular expressions, one for each word.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        label: what is found; None votes against a name there.
        words: regular expressions for whole words; behind a blank ``+`` (once or more), ``*`` (any number) or ``?``
            (once or not) repeats one: ``["Herr|Frau", "[A-Z].+ +"]``. Before the first word and behind the last
            stands an empty one.
        span: which of them are the span, half-open (``[1, 2]``: the second); all where it is not given.
        accept: called with a sentence's words and the start and end of the span; False rejects it.

    Raises:
        ValueError: a regular expression is none, or ``span`` leaves the words.
    """
    key = f"labeling_functions.{name}"
    steps = sequence_of(words, key=f"{key}.words")
    part = part_of(steps, span, key=f"{key}.span")

    def search(sentence: Sentence) -> Iterator[Vote]:
        for start, end in find(steps, sentence.words, part=part):
            if accept is None or accept(sentence.words, start, end):
                yield vote(start, end, label)

    return LabelingFunction(name, labels_of(label), search, _hash(pattern, accept, label, list(words), part))


def affix(
    *,
    name: str,
    label: str | None,
    prefixes: Sequence[str] = (),
    suffixes: Sequence[str] = (),
    min_length: int = 1,
    capitalized: bool = True,
    stop: Sequence[str] = (),
    accept: Context | None = None,
) -> LabelingFunction:
    """Single words with a prefix and a suffix from the lists; a list that is empty allows anything.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        label: what the words are; None votes against a name there.
        prefixes: beginnings, compared as written; a word must go on behind one.
        suffixes: endings, likewise.
        min_length: shortest word, in characters.
        capitalized: only words that begin with a capital letter.
        stop: words that never match.
        accept: called with a sentence's words and the start and end of a match; False rejects it.

    Raises:
        ValueError: both lists are empty.
    """
    if not prefixes and not suffixes:
        raise ValueError(f"labeling_functions.{name}: no prefixes and no suffixes; expected at least one of them")
    begins, ends, stopped = tuple(prefixes) or ("",), tuple(suffixes) or ("",), frozenset(stop)

    @lru_cache(_CACHED_WORDS)
    def fits(word: str) -> bool:
        allowed = len(word) >= min_length and word not in stopped and (word[0].isupper() or not capitalized)
        more = word not in begins and word not in ends
        return allowed and more and word.startswith(begins) and word.endswith(ends)

    def search(sentence: Sentence) -> Iterator[Vote]:
        for i, word in enumerate(sentence.words):
            if fits(word) and (accept is None or accept(sentence.words, i, i + 1)):
                yield vote(i, i + 1, label)

    data = (label, begins, ends, min_length, capitalized, sorted(stopped))
    return LabelingFunction(name, labels_of(label), search, _hash(affix, accept, *data))


def context(
    *,
    name: str,
    label: str | None,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
    need: Literal["any", "both"] = "any",
    window: int = 1,
    shape: str = CAPITALIZED,
    max_length: int = _LONGEST,
    accept: Context | None = None,
) -> LabelingFunction:
    """Runs of words of a shape that have a cue word nearby.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        label: what the runs are; None votes against a name there.
        before: cue words, one of which stands before the run; compared as written, and never in a run themselves.
        after: cue words behind it.
        need: whether with cue words on both sides one of them is enough.
        window: how many words before and behind a run are looked at.
        shape: regular expression that each word of a run fits; capitalized words unless given.
        max_length: longest run, in words.
        accept: called with a sentence's words and the start and end of a run; False rejects it.

    Raises:
        ValueError: no cue words, the window is empty, or the shape is no regular expression.
    """
    key = f"labeling_functions.{name}"
    if not (before or after) or window < 1 or (need == "both" and not (before and after)):
        raise ValueError(
            f"{key}: before={list(before)}, after={list(after)}, need={need}, window={window}; expected cue words "
            "(on both sides with need=both) and window >= 1"
        )
    fits = compiled(shape, key=f"{key}.shape")
    left, right = frozenset(before), frozenset(after)

    def search(sentence: Sentence) -> Iterator[Vote]:
        words = sentence.words
        for start, end in _runs(words, lambda word: fits(word) and word not in left and word not in right):
            follows = not left.isdisjoint(words[max(start - window, 0) : start])
            precedes = not right.isdisjoint(words[end : end + window])
            near = follows and precedes if need == "both" else follows or precedes
            if near and end - start <= max_length and (accept is None or accept(words, start, end)):
                yield vote(start, end, label)

    data = (label, sorted(left), sorted(right), need, window, shape, max_length)
    return LabelingFunction(name, labels_of(label), search, _hash(context, accept, *data))


def _runs(words: Sequence[str], fits: Callable[[str], object]) -> Iterator[tuple[int, int]]:
    """Start and end of the longest runs of words that fit."""
    start = 0
    for end, word in enumerate((*words, None)):
        if word is None or not fits(word):
            if start < end:
                yield start, end
            start = end + 1


def _hash(factory: Callable[..., object], accept: Context | None, *data: object) -> str:
    return hash_of(factory, *data, hash_of(accept) if accept else None)
