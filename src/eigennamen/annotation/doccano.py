"""doccano JSONL: sequence labelling, imported with column ``text`` and label column ``label``, exported as JSONL.

doccano keeps what else a line has (``sentence_id``, ``suggested``, ``labeled``) and exports it again. It has no place
for suggestions: they are imported as labels, and its export does not say which tasks a person confirmed. An answer
whose labels are just the suggested ones (or none, where none were suggested) is therefore ``unchanged``; exporting only
approved documents makes sure that unchanged means confirmed. Both of its exports are read: ``label`` as triples, and
``entities`` as objects (JSONL with relations).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eigennamen.annotation.tasks import SENTENCE_ID, Answer, Mark, Task, checked_mark, json_lines, read_json_lines
from eigennamen.types import Span


def write(tasks: Sequence[Task]) -> str:
    return json_lines([_record(task) for task in tasks])


def read(path: Path) -> list[Answer]:
    return read_json_lines(path, _answer)


def _record(task: Task) -> dict[str, Any]:
    suggested = [_triple(task, span) for span, _ in task.suggestions()]
    spans = task.sentence.spans
    return {
        "text": task.text,
        "label": suggested if spans is None else [_triple(task, span) for span in spans],
        SENTENCE_ID: task.sentence.id,
        "labeled": spans is not None,
        "suggested": suggested,
    }


def _triple(task: Task, span: Span) -> list[Any]:
    return [*task.characters(span), span.label]


def _answer(record: dict[str, Any], place: str) -> Answer:
    text = record["text"]
    found = record.get("label", record.get("labels", record.get("entities")))
    if not isinstance(found, list):
        raise ValueError(f"expected a list of labels under 'label' or 'entities', found {found!r}")
    marks = tuple(_mark(one, text) for one in found)
    suggested = [_mark(one, text) for one in record.get("suggested") or ()]
    unchanged = not record.get("labeled") and sorted(marks) == sorted(suggested)
    notes = ("relations are left aside",) if record.get("relations") else ()
    return Answer(place, record[SENTENCE_ID], text, marks, unchanged=unchanged, notes=notes)


def _mark(one: Any, text: str) -> Mark:
    if isinstance(one, dict):
        return checked_mark(one["start_offset"], one["end_offset"], one["label"], text=text)
    if not isinstance(one, list) or len(one) != 3:
        raise ValueError(f"{one!r} is no label; expected [start, end, label]")
    return checked_mark(*one, text=text)
