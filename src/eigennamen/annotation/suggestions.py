"""Spans to begin with, and lists of sentences, from files that this project writes."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from eigennamen.corpora.lines import raise_problems, read_lines
from eigennamen.types import Prediction, Sentence, Span

Value = TypeVar("Value")


def read_suggestions(path: Path, sentences: Sequence[Sentence]) -> list[Prediction]:
    """What a run's model predicts, or what is in its predictions.jsonl or another file like it, for some sentences.

    A line has ``id``, ``words`` and ``spans`` with ``start``, ``end`` (words), ``label`` and perhaps ``confidence``.

    Raises:
        ValueError: a line is not like that; all places are named.
    """
    if path.is_dir():
        from eigennamen import load

        return load(path).predict(sentences)
    wanted = {sentence.id for sentence in sentences}
    return [found for found in _values(path, _prediction) if found.sentence.id in wanted]


def read_ids(path: Path) -> list[str]:
    """The ids in a file of JSON lines, in order."""
    return _values(path, lambda record: str(record["id"]))


def _values(path: Path, value: Callable[[Any], Value]) -> list[Value]:
    found = []
    problems = []
    for number, line in enumerate(read_lines(path, missing="expected a file such as predictions.jsonl"), start=1):
        try:
            if line.strip():
                found.append(value(json.loads(line)))
        except KeyError as error:
            problems.append(f"{path}:{number}: {error} is missing; expected id, words and spans")
        except (TypeError, ValueError) as error:
            problems.append(f"{path}:{number}: {error}")
    raise_problems(problems)
    return found


def _prediction(record: Any) -> Prediction:
    spans = {Span(one["start"], one["end"], one["label"]): one.get("confidence", 1.0) for one in record["spans"]}
    sentence = Sentence(str(record["id"]), tuple(record["words"]), tuple(spans))
    return Prediction(sentence, tuple(float(spans[span]) for span in sentence.spans or ()))
