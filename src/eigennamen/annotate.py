"""Running text through a model: from the bytes of a file to spans with exact character offsets into it.

Offsets count the characters of the input decoded as UTF-8 with its line breaks as they are (``open(path, newline="")``
in Python), a byte order mark included. Input is read line by line and annotated in chunks, so it may be of any size.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, Protocol

from eigennamen.text import sentences_with_offsets, words_with_offsets
from eigennamen.types import Prediction, Sentence

_BYTE_ORDER_MARK = "\ufeff"
_AROUND_LINE_BREAK = re.compile(r"\s*\n\s*")


class Model(Protocol):
    """What ``eigennamen.load(run_dir)`` returns, as far as it is needed here."""

    def predict(self, sentences: Sequence[Sentence], /) -> list[Prediction]:
        """One prediction for each sentence, in order."""


class InputError(ValueError):
    """The input cannot be read; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence with its exact text, and the character of the input where that text starts."""

    sentence: Sentence
    start: int

    @property
    def text(self) -> str:
        return self.sentence.text or ""


def text_passages(lines: Iterable[tuple[int, str]]) -> Iterator[Passage]:
    """Running text, cut into sentences and words. A line break ends a sentence."""
    number = 0
    for line_start, line in lines:
        for start, end in sentences_with_offsets(line):
            number += 1
            yield _passage(number, line[start:end], line_start + start, words_with_offsets(line[start:end]))


def word_passages(lines: Iterable[tuple[int, str]]) -> Iterator[Passage]:
    """One word a line (without the whitespace around it), a blank line between sentences.

    Raises InputError for a line with columns.
    """
    number = 0
    block: list[tuple[int, str]] = []
    for line_number, (line_start, line) in enumerate(lines, start=1):
        if {"\t", "\r"} & set(line.strip()):
            raise InputError(
                f"input line {line_number}: {line.strip()!r} has a tab or carriage return inside; "
                "expected one word a line (cut -f1 keeps the first column)"
            )
        if line.strip():
            block.append((line_start, line))
        elif block:
            number += 1
            yield _block_passage(number, block)
            block = []
    if block:
        yield _block_passage(number + 1, block)


INPUT_FORMATS = {"text": text_passages, "words": word_passages}


def decoded_lines(stream: BinaryIO, *, name: str) -> Iterator[tuple[int, str]]:
    """Lines with their line breaks, and the character of the input where each starts; a byte order mark is skipped.

    Raises InputError with the line's number where the bytes are not UTF-8.
    """
    start = 0
    for number, raw in enumerate(stream, start=1):
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name}:{number}: byte {raw[error.start]:#04x} at byte {error.start + 1} of the line is not UTF-8; "
                "convert the file, for example with iconv -f ISO-8859-1 -t UTF-8"
            ) from error
        mark = number == 1 and line.startswith(_BYTE_ORDER_MARK)
        yield (1, line[1:]) if mark else (start, line)
        start += len(line)


def annotate(
    model: Model, passages: Iterable[Passage], *, chunk_size: int = 256
) -> Iterator[tuple[Passage, Prediction]]:
    """Each passage with its prediction; no more than ``chunk_size`` of them are held in memory."""
    passages = iter(passages)
    while chunk := list(islice(passages, chunk_size)):
        yield from zip(chunk, model.predict([passage.sentence for passage in chunk]), strict=True)


def as_text(passage: Passage, prediction: Prediction) -> str:
    """A line for each span: start, end, label, confidence and mention, separated by tabs.

    The mention comes last because it may hold tabs; the line breaks between words of the words format become spaces.
    """
    lines = []
    for span in _located_spans(passage, prediction):
        mention = _AROUND_LINE_BREAK.sub(" ", span["text"])
        lines.append(f"{span['start']}\t{span['end']}\t{span['label']}\t{span['confidence']:.4f}\t{mention}\n")
    return "".join(lines)


def as_jsonl(passage: Passage, prediction: Prediction) -> str:
    """A JSON object for the sentence: its text, its range and its spans, all offsets into the whole input."""
    found = {
        "start": passage.start,
        "end": passage.start + len(passage.text),
        "text": passage.text,
        "spans": _located_spans(passage, prediction),
    }
    return json.dumps(found, ensure_ascii=False) + "\n"


OUTPUT_FORMATS = {"text": as_text, "jsonl": as_jsonl}


def _located_spans(passage: Passage, prediction: Prediction) -> list[dict[str, Any]]:
    offsets = passage.sentence.offsets or ()
    spans = []
    for span, confidence in zip(prediction.spans, prediction.confidences, strict=True):
        start, end = offsets[span.start][0], offsets[span.end - 1][1]
        spans.append(
            {
                "start": passage.start + start,
                "end": passage.start + end,
                "label": span.label,
                "confidence": round(float(confidence), 4),
                "text": passage.text[start:end],
            }
        )
    return spans


def _block_passage(number: int, lines: list[tuple[int, str]]) -> Passage:
    """A sentence of one word a line; its text runs from the first word to the end of the last, line breaks included."""
    first = lines[0][0] + len(lines[0][1]) - len(lines[0][1].lstrip())
    words = []
    for line_start, line in lines:
        start = line_start + len(line) - len(line.lstrip()) - first
        words.append((line.strip(), start, start + len(line.strip())))
    text = "".join(line for _, line in lines)[first - lines[0][0] :].rstrip()
    return _passage(number, text, first, words)


def _passage(number: int, text: str, start: int, words: list[tuple[str, int, int]]) -> Passage:
    offsets = tuple((first, end) for _, first, end in words)
    return Passage(Sentence(str(number), tuple(word for word, _, _ in words), text=text, offsets=offsets), start)
