"""Labeling functions from spans that are there already: of a run of ours, a language model, another tool."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eigennamen import load
from eigennamen.corpora.lines import raise_problems, read_lines
from eigennamen.files import file_fingerprint
from eigennamen.records import RunRecord
from eigennamen.types import Sentence, Span
from eigennamen.weak.labeling_function import LabelingFunction, Rule, Vote, hash_of, needs_text


def recorded(
    *, name: str, labels: Iterable[str], spans_by_id: Mapping[str, Iterable[Vote]], fingerprint: str
) -> LabelingFunction:
    """Give every sentence the votes stored under its id; a sentence that is not there is abstained from.

    Votes are spans (with one of ``labels``) or negative votes. ``fingerprint`` names the stored data.

    >>> lf = recorded(name="tool", labels=["PER"], spans_by_id={"s1": [Span(0, 1, "PER")]}, fingerprint="v1")
    >>> lf(Sentence("s1", ("Kahl", "kommt"))), lf(Sentence("s2", ("Es", "regnet")))
    ((Span(start=0, end=1, label='PER'),), ())
    """
    votes = {id_: tuple(of_sentence) for id_, of_sentence in spans_by_id.items()}
    return LabelingFunction(
        name, tuple(labels), lambda sentence: votes.get(sentence.id, ()), hash_of(recorded, fingerprint)
    )


def predictions(*, name: str, path: str, min_confidence: float | None = None) -> LabelingFunction:
    """The spans of a ``predictions.jsonl``, matched by sentence id; sentences that are not in it are abstained from.

    Each line is an object with ``id``, ``words`` and ``spans``, a list of objects with ``start`` and ``end`` (words,
    half-open), ``label`` and, where ``min_confidence`` is given, ``confidence``: less confident spans are left out.

    Raises:
        ValueError: the file is missing, a line is not like that, or an id occurs twice; all places are named. When the
            function is called: the words of a sentence are not those of its line.
    """
    key = f"labeling_functions.{name}.path"
    lines, text = _read(path, key=key, min_confidence=min_confidence)

    def look_up(sentence: Sentence) -> Iterable[Span]:
        number, words, spans = lines.get(sentence.id, (0, sentence.words, ()))
        if words != sentence.words:
            raise ValueError(
                f"{path}:{number} has the words {_start(words)}, the corpus {_start(sentence.words)}; expected the "
                f"same words, so predict on this corpus, or drop the function: ~labeling_functions.{name}"
            )
        return spans

    labels = tuple(sorted({span.label for _, _, spans in lines.values() for span in spans}))
    return LabelingFunction(name, labels, look_up, hash_of(predictions, text, min_confidence))


def trained_run(*, name: str, run_dir: str, min_confidence: float = 0.0) -> LabelingFunction:
    """The predictions of a finished run of ours, whose model is loaded when it is needed; no sentence is read twice.

    Raises:
        FileNotFoundError: the folder holds no finished run, or one without a model.
    """
    folder = Path(run_dir)
    record = RunRecord.read(folder)
    config = folder / "model" / "config.json"
    if not config.exists():
        raise FileNotFoundError(
            f"labeling_functions.{name}: {config} is not there: the run {record.run_id} trained no model; expected a "
            "run of +experiment=weak_labels or hand_labels"
        )
    tags = json.loads(config.read_text(encoding="utf-8"))["id2label"].values()
    spans_by_words: dict[tuple[str, ...], tuple[Span, ...]] = {}

    def prepare(sentences: Sequence[Sentence]) -> Rule:
        new = {one.words: one for one in sentences if one.words not in spans_by_words}
        for prediction in load(run_dir).predict(list(new.values())) if new else ():
            pairs = zip(prediction.spans, prediction.confidences, strict=True)
            spans_by_words[prediction.sentence.words] = tuple(s for s, c in pairs if c >= min_confidence)
        return lambda sentence: spans_by_words[sentence.words]

    weights = [file_fingerprint(file) for file in sorted((folder / "model").iterdir()) if file.is_file()]
    return needs_text(
        name=name,
        labels=tuple(tag.removeprefix("B-") for tag in tags if tag.startswith("B-")),
        prepare=prepare,
        fingerprint=hash_of(trained_run, weights, min_confidence),
    )


_Line = tuple[int, tuple[str, ...], tuple[Span, ...]]  # its number in the file, words, spans


def _read(path: str, *, key: str, min_confidence: float | None) -> tuple[dict[str, _Line], str]:
    """The lines by sentence id, and the whole text."""
    found: dict[str, _Line] = {}
    problems: list[str] = []
    lines = read_lines(path, missing=f"set {key}")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            id_, words, spans = _prediction(json.loads(line), min_confidence)
            if id_ in found:
                raise ValueError(f"sentence id {id_!r} is also in line {found[id_][0]}; expected one line for each")
            found[id_] = (number, words, spans)
        except ValueError as error:
            problems.append(f"{path}:{number}: {error}")
    raise_problems(problems)
    return found, "\n".join(lines)


def _prediction(record: Any, min_confidence: float | None) -> tuple[str, tuple[str, ...], tuple[Span, ...]]:
    """Id, words and spans of one line."""
    if not isinstance(record, dict) or not {"id", "words", "spans"} <= set(record):
        raise ValueError("expected an object with id, words and spans, as predictions.jsonl of a run folder has")
    words = tuple(record["words"])
    try:
        entries = [e for e in record["spans"] if min_confidence is None or e["confidence"] >= min_confidence]
        spans = tuple(Span(entry["start"], entry["end"], entry["label"]) for entry in entries)
    except (KeyError, TypeError) as error:
        wanted = "start, end, label" + ("" if min_confidence is None else " and confidence, as min_confidence is given")
        raise ValueError(f"a span lacks {error} or has the wrong type; expected {wanted}") from error
    if outside := [span for span in spans if span.end > len(words)]:
        raise ValueError(f"{outside[0]} ends behind the last word ({len(words)} words)")
    return str(record["id"]), words, spans


def _start(words: tuple[str, ...]) -> str:
    return repr(" ".join(words[:6]) + (" ..." if len(words) > 6 else ""))
