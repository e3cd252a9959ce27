"""What all formats share: a task that goes to an annotator, and the answer that comes back.

Every task carries the id of its sentence, and its answer is matched by that. Offsets are half-open characters (Unicode
code points, as Python counts) of the task's text: the sentence's own, or its words joined by single spaces.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eigennamen.corpora.lines import complaint, raise_problems, read_lines
from eigennamen.types import Prediction, Sentence, Span

SENTENCE_ID = "sentence_id"


@dataclass(frozen=True)
class Task:
    """A sentence for an annotator, with its exact text.

    ``sentence.spans`` are its labels, None where they are asked for. ``suggested`` is what a model or rules say: shown
    to the annotator, never taken for labels.
    """

    sentence: Sentence
    suggested: Prediction | None = None

    @property
    def text(self) -> str:
        return self.sentence.text or ""

    def characters(self, span: Span) -> tuple[int, int]:
        """Where a span of this sentence's words is in its text."""
        offsets = self.sentence.offsets or ()
        return offsets[span.start][0], offsets[span.end - 1][1]

    def suggestions(self) -> list[tuple[Span, float]]:
        """Suggested spans with their confidences."""
        return (
            [] if self.suggested is None else list(zip(self.suggested.spans, self.suggested.confidences, strict=True))
        )


@dataclass(frozen=True, order=True)
class Mark:
    """A labelled range of characters, half-open; ``text`` is what the tool says stands there, where it does."""

    start: int
    end: int
    label: str
    text: str | None = None

    @property
    def described(self) -> str:
        return f"({self.label}, {self.start}:{self.end})"


@dataclass(frozen=True)
class Answer:
    """What came back for one sentence.

    ``marks`` is None where nobody has labelled it yet. ``words`` are there where the format has words and no text: then
    ``text`` is the words joined by single spaces. ``unchanged``: the format cannot tell whether anybody has looked at
    this task, and its marks are the suggested ones. ``notes`` say what was left aside while reading.
    """

    place: str
    sentence_id: str
    text: str
    marks: tuple[Mark, ...] | None
    words: tuple[str, ...] | None = None
    by: str = ""
    unchanged: bool = False
    notes: tuple[str, ...] = ()


def make_tasks(
    sentences: Sequence[Sentence], *, suggested: Sequence[Prediction] = (), hide_labels: bool = False
) -> list[Task]:
    """A task for each sentence; suggestions are matched by id, and their words must agree.

    Raises:
        ValueError: a suggestion has other words or its sentence is not there, or an offset does not lead to its word.
    """
    by_id = {prediction.sentence.id: prediction for prediction in suggested}
    tasks = []
    for sentence in sentences:
        prediction = by_id.pop(sentence.id, None)
        if prediction is not None and prediction.sentence.words != sentence.words:
            raise ValueError(
                f"sentence {sentence.id!r}: the suggestion has the words {prediction.sentence.words[:6]}, the corpus "
                f"{sentence.words[:6]}; expected suggestions made on this corpus"
            )
        tasks.append(Task(located(sentence.with_spans(None) if hide_labels else sentence), prediction))
    if suggested and len(by_id) == len(suggested):
        raise ValueError(f"none of the {len(suggested)} suggestions is of these sentences ({next(iter(by_id))!r}, ...)")
    return tasks


def located(sentence: Sentence) -> Sentence:
    """The sentence with text and offsets: its own, else its words joined by single spaces.

    Raises:
        ValueError: an offset of its own does not lead to its word.
    """
    if sentence.text is None or sentence.offsets is None:
        return joined(sentence)
    for word, (start, end) in zip(sentence.words, sentence.offsets, strict=True):
        if sentence.text[start:end] != word:
            raise ValueError(
                f"sentence {sentence.id!r}: word {word!r} should be at {start}:{end} of its text, where "
                f"{sentence.text[start:end]!r} is; the corpus's offsets are wrong"
            )
    return sentence


def joined(sentence: Sentence) -> Sentence:
    """The sentence with its words joined by single spaces as its text."""
    offsets = []
    position = 0
    for word in sentence.words:
        offsets.append((position, position + len(word)))
        position += len(word) + 1
    return replace(sentence, text=" ".join(sentence.words), offsets=tuple(offsets))


def json_lines(records: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def tab_separated(rows: Iterable[Sequence[str]]) -> str:
    """Lines with a tab between cells; whitespace inside a cell becomes single spaces."""
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)


def described(sentence: Sentence, spans: Sequence[Span]) -> str:
    """Spans for people to read."""
    return "; ".join(f"{span.label} {span.start}:{span.end} {sentence.mention(span)}" for span in spans) or "-"


def read_json_lines(path: Path, answer: Callable[[dict[str, Any], str], Answer]) -> list[Answer]:
    """One answer for each line that is not blank; raises one ValueError for all bad lines."""
    answers = []
    problems = []
    for number, line in enumerate(read_lines(path, missing="expected the file that the tool exported"), start=1):
        if not line.strip():
            continue
        place = f"{path.name}:{number}"
        try:
            record = json.loads(line)
            checked_id(record)
            answers.append(answer(record, place))
        except (ValueError, TypeError, KeyError) as error:
            problems.append(f"{place}: {complaint(error)}")
    raise_problems(problems)
    return answers


def checked_id(record: Any) -> str:
    """The sentence's id; raises ValueError where the record is no task of ours."""
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise ValueError("expected an object with the task's text under 'text'")
    if not isinstance(record.get(SENTENCE_ID), str):
        raise ValueError(
            f"no {SENTENCE_ID!r}, so it is none of our tasks; expected an export of tasks that "
            "`python -m eigennamen.annotation export` wrote"
        )
    return str(record[SENTENCE_ID])


def checked_mark(start: Any, end: Any, label: Any, *, text: str, mention: str | None = None) -> Mark:
    """A mark from what a tool wrote; raises ValueError where it is none or leaves the text."""
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        raise ValueError(f"a span has start {start!r}, end {end!r}, label {label!r}; expected two numbers and a label")
    if not 0 <= start < end:
        raise ValueError(f"span {start}:{end} ({label}) is empty or negative; the text has {len(text)} characters")
    return Mark(start, end, label, mention)
