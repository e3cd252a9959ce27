"""Prodigy JSONL: tasks for ``ner.manual`` and ``ner.correct``, answers as ``db-out`` writes them.

Words are its tokens, so that its spans are whole words. Suggestions are the spans of a task without an ``answer``; what
a person accepted counts as labelled, what was rejected or ignored (or never answered) stays unlabelled.
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
    spans = task.sentence.spans
    shown = [span for span, _ in task.suggestions()] if spans is None else spans
    record = {
        "text": task.text,
        "tokens": _tokens(task),
        "spans": [_span(task, span) for span in shown],
        SENTENCE_ID: task.sentence.id,
    }
    return record if spans is None else {**record, "answer": "accept"}


def _tokens(task: Task) -> list[dict[str, Any]]:
    text, offsets = task.text, task.sentence.offsets or ()
    return [
        {"text": word, "start": start, "end": end, "id": i, "ws": text[end : end + 1] == " "}
        for i, (word, (start, end)) in enumerate(zip(task.sentence.words, offsets, strict=True))
    ]


def _span(task: Task, span: Span) -> dict[str, Any]:
    start, end = task.characters(span)
    last = span.end - 1  # Prodigy counts the last token in
    return {"start": start, "end": end, "token_start": span.start, "token_end": last, "label": span.label}


def _answer(record: dict[str, Any], place: str) -> Answer:
    text, answer = record["text"], record.get("answer")
    if answer not in (None, "accept", "reject", "ignore"):
        raise ValueError(f"answer is {answer!r}; expected accept, reject or ignore")
    by = str(record.get("_annotator_id") or "")
    if answer != "accept":
        notes = () if answer is None else (f"answer {answer!r}: stays unlabelled",)
        return Answer(place, record[SENTENCE_ID], text, None, by=by, notes=notes)
    spans = record.get("spans") or ()
    marks = tuple(checked_mark(span["start"], span["end"], span["label"], text=text) for span in spans)
    return Answer(place, record[SENTENCE_ID], text, marks, by=by)
