"""Label Studio: JSON tasks with ``predictions`` (suggestions) and ``annotations`` (labels), exported as JSON again.

A project needs the labeling configuration of ``label_config``; with it Label Studio marks whole words. Completions that
were cancelled, and tasks that have none, are unlabelled. Its offsets have been code points since late 2021 and UTF-16
units before; it also writes the marked text, by which ``matching`` tells the two apart.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from eigennamen.annotation.tasks import SENTENCE_ID, Answer, Mark, Task, checked_id, checked_mark
from eigennamen.corpora.lines import raise_problems
from eigennamen.types import Span

FROM, TO = "label", "text"  # names of the two tags in the labeling configuration


def label_config(labels: Sequence[str]) -> str:
    """The labeling configuration (XML) of a project for these tasks."""
    choices = "".join(f"    <Label value={quoteattr(label)}/>\n" for label in labels)
    return (
        f'<View>\n  <Labels name="{FROM}" toName="{TO}">\n{choices}  </Labels>\n'
        f'  <Text name="{TO}" value="$text" granularity="word"/>\n</View>\n'
    )


def write(tasks: Sequence[Task]) -> str:
    return json.dumps([_record(task) for task in tasks], ensure_ascii=False, indent=1) + "\n"


def _record(task: Task) -> dict[str, Any]:
    record: dict[str, Any] = {"data": {"text": task.text, SENTENCE_ID: task.sentence.id}}
    if task.suggested is not None:
        result = [{**_region(task, span, i), "score": round(c, 6)} for i, (span, c) in enumerate(task.suggestions())]
        record["predictions"] = [{"model_version": "eigennamen", "result": result}]
    if task.sentence.spans is not None:
        record["annotations"] = [{"result": [_region(task, span, i) for i, span in enumerate(task.sentence.spans)]}]
    return record


def _region(task: Task, span: Span, number: int) -> dict[str, Any]:
    start, end = task.characters(span)
    value = {"start": start, "end": end, "text": task.text[start:end], "labels": [span.label]}
    return {"id": f"span{number}", "from_name": FROM, "to_name": TO, "type": "labels", "value": value}


def read(path: Path) -> list[Answer]:
    """One answer for each completion, and one for each task without any."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; expected the project's export as JSON")
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{path}: no JSON ({error}); export the project as JSON") from None
    if not isinstance(tasks, list):
        raise ValueError(f"{path}: expected a list of tasks; export the project as JSON")
    answers: list[Answer] = []
    problems: list[str] = []
    for number, task in enumerate(tasks, start=1):
        place = f"{path.name}: task {task.get('id', number) if isinstance(task, dict) else number}"
        try:
            answers += _answers(task, place)
        except (ValueError, TypeError, KeyError) as error:
            problems.append(f"{place}: {error if isinstance(error, ValueError) else repr(error)}")
    raise_problems(problems)
    return answers


def _answers(task: Any, place: str) -> list[Answer]:
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        raise ValueError("expected an object with 'data' and 'annotations'; export as JSON, not as JSON-MIN")
    id_, text = checked_id(task["data"]), task["data"]["text"]
    if "annotations" not in task and "completions" in task:
        raise ValueError("an export of Label Studio before 1.0; export it with a newer one")
    completions = task.get("annotations") or []
    done = [one for one in completions if not one.get("was_cancelled")]
    notes = []
    if cancelled := len(completions) - len(done):
        notes.append(f"{cancelled} completion(s) cancelled by the annotator")
    if task.get("drafts"):
        notes.append(f"{len(task['drafts'])} draft(s) not submitted")
    if not done:
        return [Answer(place, id_, text, None, notes=tuple(notes))]
    answers = [_completion(one, id_, text, place) for one in done]
    return [Answer(place, id_, text, one.marks, by=one.by, notes=(*notes, *one.notes)) for one in answers]


def _completion(completion: dict[str, Any], id_: str, text: str, place: str) -> Answer:
    results = completion["result"]
    marks = tuple(_mark(one["value"], text) for one in results if one.get("type") == "labels")
    others = sorted({str(one.get("type")) for one in results if one.get("type") != "labels"})
    notes = (f"results of type {', '.join(others)} are left aside",) if others else ()
    return Answer(place, id_, text, marks, by=_annotator(completion.get("completed_by")), notes=notes)


def _mark(value: dict[str, Any], text: str) -> Mark:
    labels = value.get("labels") or []
    if len(labels) != 1:
        raise ValueError(f"span {value.get('start')}:{value.get('end')} has the labels {labels}; expected one")
    return checked_mark(value["start"], value["end"], labels[0], text=text, mention=value.get("text"))


def _annotator(completed_by: Any) -> str:
    if isinstance(completed_by, dict):
        return str(completed_by.get("email") or completed_by.get("id") or "")
    return "" if completed_by is None else str(completed_by)
