"""Labeling functions from parts of speech, tagged by HanTa (the Hanover Tagger) with the tags of STTS.

Tagging is slow, so each sentence is tagged once on a machine: tags are kept in a file of SQLite by words and version.
"""

import hashlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from eigennamen.types import Sentence
from eigennamen.weak.gazetteer import Context
from eigennamen.weak.labeling_function import LabelingFunction, Rule, Vote, hash_of, labels_of, needs_text, vote
from eigennamen.weak.loading import load_labeling_functions
from eigennamen.weak.patterns import compiled, find, part_of, sequence_of

Words = tuple[str, ...]
Tags = tuple[str, ...]

_MODEL = "morphmodel_ger.pgz"
_FILE = "tags.sqlite"
_MANY = 1000  # sentences; from here on there is a progress bar, and tags are stored bit by bit


def part_of_speech(
    *,
    name: str,
    label: str | None,
    tags: Sequence[str],
    span: Sequence[int] | None = None,
    accept: Context | None = None,
    cache_dir: str | None = None,
) -> LabelingFunction:
    """Wherever the tags of words in a row fit regular expressions, one for each word.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        label: what is found; None votes against a name there.
        tags: regular expressions for whole tags of STTS, repeated as in ``patterns.pattern``: ``["NE", "NE +"]``.
            With a slash one for the word stands before: ``["in|aus/APPR", "NE +"]``.
        span: which of them are the span, half-open; all where it is not given.
        accept: called with a sentence's words and the start and end of the span; False rejects it.
        cache_dir: where tags are kept; ``~/.cache/eigennamen`` unless given.

    Raises:
        ValueError: HanTa is not installed, a regular expression is none, or ``span`` leaves the tags.
    """
    key = f"labeling_functions.{name}"
    steps = sequence_of(tags, key=f"{key}.tags", compile_one=_word_and_tag)
    part = part_of(steps, span, key=f"{key}.span")
    tagger = _tagger_version(key)

    def prepare(sentences: Sequence[Sentence]) -> Rule:
        tags_of = tagged([one.words for one in sentences], tagger=tagger, cache_dir=cache_dir)

        def search(sentence: Sentence) -> Iterator[Vote]:
            items = list(zip(sentence.words, tags_of[sentence.words], strict=True))
            for start, end in find(steps, items, part=part, boundary=("", "")):
                if accept is None or accept(sentence.words, start, end):
                    yield vote(start, end, label)

        return search

    data = (label, list(tags), part, tagger, hash_of(accept) if accept else None)
    return needs_text(name=name, labels=labels_of(label), prepare=prepare, fingerprint=hash_of(part_of_speech, *data))


def _word_and_tag(pattern: str, *, key: str) -> Callable[[tuple[str, str]], object]:
    """Whether a word and its tag fit."""
    word, slash, tag = pattern.rpartition("/")
    tag_fits = compiled(tag, key=key)
    if not slash:
        return lambda item: tag_fits(item[1])
    word_fits = compiled(word, key=key)
    return lambda item: tag_fits(item[1]) and word_fits(item[0])


def tagged_as(
    *, name: str, function: str | LabelingFunction, tags: Sequence[str], alone: str = "", cache_dir: str | None = None
) -> LabelingFunction:
    """The votes of another function on words with certain tags: names from a list only where they are proper nouns.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        function: the other, or its dotted path.
        tags: regular expressions that the tags of its span fit in a row, as in ``part_of_speech``.
        alone: regular expression of tags that must not stand before or behind the span.
        cache_dir: where tags are kept; ``~/.cache/eigennamen`` unless given.

    Raises:
        ValueError: HanTa is not installed, a regular expression is none, or ``function`` is no labeling function.
    """
    key = f"labeling_functions.{name}"
    steps = sequence_of(tags, key=f"{key}.tags", compile_one=_word_and_tag)
    beside = compiled(alone, key=f"{key}.alone")
    (other,) = load_labeling_functions({name: function})
    tagger = _tagger_version(key)

    def prepare(sentences: Sequence[Sentence]) -> Rule:
        ready = other.prepared(sentences)
        tags_of = tagged([one.words for one in sentences], tagger=tagger, cache_dir=cache_dir)

        def search(sentence: Sentence) -> Iterator[Vote]:
            padded = ("-", *tags_of[sentence.words], "-")
            items = list(zip(sentence.words, padded[1:-1], strict=True))
            for one in ready(sentence):
                inside = items[one.start : one.end]
                fits = (0, len(inside)) in find(steps, inside, part=(0, len(steps)), boundary=("", ""))
                if fits and not (alone and (beside(padded[one.start]) or beside(padded[one.end + 1]))):
                    yield one

        return search

    fingerprint = hash_of(tagged_as, other.fingerprint, list(tags), alone, tagger)
    return needs_text(name=name, labels=other.labels, prepare=prepare, fingerprint=fingerprint)


def tagged(sentences: Sequence[Words], *, tagger: str, cache_dir: str | None = None) -> Mapping[Words, Tags]:
    """The tags of each sentence, from the cache or, where they are not there yet, from the tagger."""
    return _tagged(tuple(sentences), tagger, Path(cache_dir) if cache_dir else _default_folder())


@lru_cache(maxsize=2)  # functions are prepared one after the other, on the same text
def _tagged(sentences: tuple[Words, ...], tagger: str, folder: Path) -> Mapping[Words, Tags]:
    folder.mkdir(parents=True, exist_ok=True)
    keys = {words: _key(words, tagger) for words in sentences}
    with closing(sqlite3.connect(folder / _FILE, timeout=60)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS tags (key BLOB PRIMARY KEY, tags TEXT) WITHOUT ROWID")
        known = {words: tags for words, key in keys.items() if (tags := _stored(connection, key)) is not None}
        missing = [words for words in keys if words not in known]
        for words in _tracked(missing):
            known[words] = tuple(_tagger().tag_sent(list(words), taglevel=0))
            connection.execute("INSERT OR REPLACE INTO tags VALUES (?, ?)", (keys[words], " ".join(known[words])))
            if len(known) % _MANY == 0:
                connection.commit()
        connection.commit()
    return known


def _stored(connection: sqlite3.Connection, key: bytes) -> Tags | None:
    row = connection.execute("SELECT tags FROM tags WHERE key = ?", (key,)).fetchone()
    return None if row is None else tuple(row[0].split(" "))


def _key(words: Words, tagger: str) -> bytes:
    return hashlib.sha256("\0".join((tagger, *words)).encode("utf-8", "surrogatepass")).digest()


def _tracked(missing: Sequence[Words]) -> Iterator[Words]:
    show = len(missing) > _MANY and sys.stderr.isatty()
    yield from track(missing, "parts of speech", console=Console(stderr=True), transient=True, disable=not show)


def _default_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "eigennamen"


def _tagger_version(key: str) -> str:
    """Version and model of the tagger."""
    try:
        return f"HanTa {version('HanTa')} {_MODEL}"
    except ImportError as error:
        raise ValueError(
            f"{key}: parts of speech need HanTa, which is not installed; pip install -e '.[pos]', or drop the "
            f"function: ~{key}"
        ) from error


@cache
def _tagger() -> Any:
    from HanTa.HanoverTagger import HanoverTagger  # here, because it is an optional extra

    return HanoverTagger(_MODEL)
