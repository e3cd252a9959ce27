"""Tasks and labels as our own JSON Lines, which ``corpus=jsonl`` reads.

A line has ``sentence_id``, ``text``, ``tokens`` with their offsets, ``document`` where there is one, and ``spans`` in
characters: null as long as nobody has labelled the sentence, ``[]`` where it has none. ``suggested`` spans stand beside
them; whoever annotates in an editor moves them to ``spans``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eigennamen.annotation.tasks import SENTENCE_ID, Answer, Task, checked_mark, json_lines, read_json_lines
from eigennamen.types import Span


def write(tasks: Sequence[Task]) -> str:
    return json_lines([_record(task) for task in tasks])


def read(path: Path) -> list[Answer]:
    return read_json_lines(path, _answer)


def _record(task: Task) -> dict[str, Any]:
    sentence = task.sentence
    tokens = [
        {"text": word, "start": start, "end": end}
        for word, (start, end) in zip(sentence.words, sentence.offsets or (), strict=True)
    ]
    record: dict[str, Any] = {SENTENCE_ID: sentence.id, "text": task.text, "tokens": tokens}
    if sentence.document is not None:
        record["document"] = sentence.document
    record["spans"] = None if sentence.spans is None else [_span(task, span) for span in sentence.spans]
    if task.suggested is not None:
        record["suggested"] = [{**_span(task, s), "confidence": round(c, 6)} for s, c in task.suggestions()]
    return record


def _span(task: Task, span: Span) -> dict[str, Any]:
    start, end = task.characters(span)
    return {"start": start, "end": end, "label": span.label, "text": task.text[start:end]}


def _answer(record: dict[str, Any], place: str) -> Answer:
    text, spans = record["text"], record.get("spans")
    marks = None if spans is None else tuple(_mark(span, text) for span in spans)
    return Answer(place, record[SENTENCE_ID], text, marks)


def _mark(span: Any, text: str) -> Any:
    return checked_mark(span["start"], span["end"], span["label"], text=text, mention=span.get("text"))
