"""JSON Lines with character offsets, as annotation tools such as doccano and Prodigy export them.

One object a line: ``text`` and the spans under ``spans``, ``entities``, ``labels`` or ``label``. A span is
``[start, end, label]`` or ``{"start": 0, "end": 4, "label": "PER"}`` (also ``start_offset`` and ``end_offset``),
half-open in characters of the text. A record without any of these keys, or with null there, is unlabeled, and so is
one that Prodigy's ``answer`` rejects or ignores (counted); an empty list says that there are no spans. An optional
``id`` is unique in its file; a ``sentence_id`` (text) is unique in the corpus and the sentence has it as it is:
``python -m eigennamen.annotation import`` writes it, so that labels find back to their corpus. ``document`` (text)
names the document.

Words come from ``eigennamen.text``, as they do at prediction time, or from ``tokens`` (strings, or objects with
``text`` and perhaps ``start``), which must occur in the text in this order. A span that begins or ends inside a word is
widened to the whole word, and counted: cutting the word there would give training text other words than running text
has. Spans that overlap, also by being widened, are errors; ``tokens`` with finer words resolve the latter.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from eigennamen.corpora.assembly import LabelMap, Split, assemble, check_renames
from eigennamen.corpora.lines import raise_problems, read_lines
from eigennamen.corpora.plain_text import text_sentence
from eigennamen.types import Corpus, Sentence, Span

SPAN_KEYS = ("spans", "entities", "labels", "label")


def load(
    *,
    train: str | None = None,
    dev: str | None = None,
    test: str | None = None,
    unlabeled: str | None = None,
    labels: Sequence[str] | None = None,
    label_map: Mapping[str, str | None] | None = None,
    lf_label_map: Mapping[str, str | None] | None = None,
    name: str = "jsonl",
) -> Corpus:
    """Read the splits that are given; raises FileNotFoundError or ValueError, naming file and line."""
    mapping = LabelMap(dict(label_map or {}), None if labels is None else tuple(labels))
    paths = {"train": train, "dev": dev, "test": test}
    splits = {
        split: _read(path, split=split, label_map=mapping, missing=f"set corpus.{split}")
        for split, path in paths.items()
        if path is not None
    }
    check_renames(mapping, splits.values())
    return assemble(
        splits,
        name=name,
        labels=labels,
        lf_label_map=lf_label_map,
        unlabeled=unlabeled,
        protocol="spans of the JSON Lines files, widened to whole words" + (", labels mapped" if label_map else ""),
    )


def read_sentences(path: str | Path, *, missing: str) -> tuple[Sentence, ...]:
    """The sentences of one file with any labels; raises FileNotFoundError, with the remedy ``missing``, or ValueError,
    naming file and line.
    """
    return _read(str(path), split="train", label_map=LabelMap(), missing=missing).sentences


def _read(path: str, *, split: str, label_map: LabelMap, missing: str) -> Split:
    counters: Counter[str] = Counter()
    sentences: dict[str, Sentence] = {}
    places: dict[str, int] = {}
    problems: list[str] = []
    for number, line in enumerate(read_lines(path, missing=missing), start=1):
        if line.strip():
            try:
                sentence = _sentence(json.loads(line), f"{split}-", f"{number:05d}", label_map, counters)
                if (first := places.setdefault(sentence.id, number)) != number:
                    raise ValueError(f"sentence id {sentence.id!r} is that of line {first} too; ids must be unique")
                sentences[sentence.id] = sentence
            except ValueError as error:
                problems.append(f"{path}:{number}: {error}")
    raise_problems(problems)
    return Split(tuple(sentences.values()), counters)


def _sentence(record: Any, prefix: str, number: str, label_map: LabelMap, counters: Counter[str]) -> Sentence:
    """One record; its id is its own, or else its line number, behind the prefix."""
    text = record.get("text") if isinstance(record, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise ValueError("expected an object with a text that is not empty under 'text'")
    own, document = (record.get(key) for key in ("sentence_id", "document"))
    id_ = own if isinstance(own, str) else prefix + str(number if record.get("id") is None else record["id"])
    sentence = replace(text_sentence(id_, text), document=document if isinstance(document, str) else None)
    if record.get("tokens") is not None:
        sentence = _with_tokens(sentence, record["tokens"])
    if (answer := record.get("answer")) in ("reject", "ignore"):
        counters[f"answered {answer!r}, unlabeled"] += 1
        return sentence
    entries = _entries(record)
    if entries is None:
        return sentence
    characters = sorted(label_map.apply((_character_span(entry, text) for entry in entries), counters))
    for left, right in pairwise(characters):
        if left.overlaps(right):
            raise ValueError(f"{_quote(left, text)} and {_quote(right, text)} overlap; spans must be flat")
    spans = [_word_span(span, sentence, counters) for span in characters]
    for left, right in pairwise(spans):
        if left.overlaps(right):
            word = sentence.words[right.start]
            raise ValueError(f"two spans share the word {word!r}; give finer words under 'tokens'")
    return sentence.with_spans(spans)


def _with_tokens(sentence: Sentence, tokens: Any) -> Sentence:
    """The sentence with given words instead of our own; raises ValueError where the text lacks one."""
    if not isinstance(tokens, list):
        raise ValueError(f"expected a list of words under 'tokens', found {tokens!r}")
    text = sentence.text or ""
    words: list[str] = []
    offsets: list[tuple[int, int]] = []
    position = 0
    for token in tokens:
        word, start = _found(token, text, position)
        position = start + len(word)
        words.append(word)
        offsets.append((start, position))
    return replace(sentence, words=tuple(words), offsets=tuple(offsets))


def _found(token: Any, text: str, position: int) -> tuple[str, int]:
    """A token and where it starts: as it says itself, else where the text first has it from ``position`` on."""
    word: Any = token.get("text") if isinstance(token, dict) else token
    given = token.get("start") if isinstance(token, dict) else None
    start = -1
    if isinstance(word, str) and word:
        if given is None:
            start = text.find(word, position) if word.strip() else -1
        elif isinstance(given, int) and given >= position and text.startswith(word, given):
            start = given
    if start < 0:
        where = f"from character {position} on" if given is None else f"at character {given}"
        raise ValueError(f"token {word!r} is not found in the text {where}")
    return word, start


def _entries(record: dict[str, Any]) -> list[Any] | None:
    """The annotations as they are in the file, None if there are none to know of."""
    present = [key for key in SPAN_KEYS if record.get(key) is not None]
    if not present:
        return None
    if len(present) > 1 or not isinstance(record[present[0]], list):
        raise ValueError(f"expected one list of spans under one of {SPAN_KEYS}, found {', '.join(present)}")
    return list(record[present[0]])


def _character_span(entry: Any, text: str) -> Span:
    """A span over characters; raises ValueError where the entry is none or leaves the text."""
    if isinstance(entry, dict):
        start, end = (entry.get(key, entry.get(f"{key}_offset")) for key in ("start", "end"))
        label = entry.get("label", entry.get("labels"))
        label = label[0] if isinstance(label, list) and len(label) == 1 else label
    elif isinstance(entry, list) and len(entry) == 3:
        start, end, label = entry
    else:
        raise ValueError(f'span {entry!r} is neither [start, end, label] nor {{"start": .., "end": .., "label": ..}}')
    if not (isinstance(start, int) and isinstance(end, int) and isinstance(label, str)):
        raise ValueError(f"span {entry!r} needs two whole numbers and a label")
    if not 0 <= start < end <= len(text):
        raise ValueError(f"span {entry!r} lies outside the text of {len(text)} characters, or is empty")
    return Span(start, end, label)


def _word_span(span: Span, sentence: Sentence, counters: Counter[str]) -> Span:
    """The words that a span over characters touches; counts it where they are more than the characters."""
    touched = words_touched(sentence, span.start, span.end)
    if not touched:
        raise ValueError(f"span {_quote(span, sentence.text or '')} covers no word")
    first, last = touched[0], touched[-1]
    offsets = sentence.offsets or ()
    if offsets[first][0] < span.start or span.end < offsets[last][1]:
        counters["spans widened to whole words"] += 1
    return Span(first, last + 1, span.label)


def words_touched(sentence: Sentence, start: int, end: int) -> list[int]:
    """The words that have a character of a range in them."""
    return [i for i, (first, last) in enumerate(sentence.offsets or ()) if first < end and start < last]


def _quote(span: Span, text: str) -> str:
    return f"{text[span.start : span.end]!r} ({span.label}, {span.start}:{span.end})"
