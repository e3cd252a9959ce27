"""Recorded predictions scored again, by any metric and without training: ``python evaluate.py RUN_DIR``.

Predictions are stored as spans, and the record says which corpus they are of. Their strict scores must be those of the
record, exactly: otherwise corpus, predictions or scorer are not those of the run, and no other number would mean
anything.
"""

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from eigennamen.formats.base import Reading
from eigennamen.formats.string_f1 import lenient_string_counts
from eigennamen.records import RunRecord
from eigennamen.run_files import corpus_and_predictions
from eigennamen.scoring import Counts, score
from eigennamen.types import Sentence, Span

# gold and predicted sentences, the same words in the same order, to one number or to several by name
Metric = Callable[[Sequence[Sentence], Sequence[Sentence]], float | Mapping[str, float]]


def strict(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> Mapping[str, float]:
    """Start, end and label must be those of gold: the headline."""
    return score(gold, predicted).micro.ratios()


def boundaries(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> Mapping[str, float]:
    """Start and end must be those of gold, the label may be any."""
    return score(*([_unlabeled(one) for one in side] for side in (gold, predicted))).micro.ratios()


def words(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> Mapping[str, float]:
    """Every word inside a span counts, where it has the label of gold; boundaries do not matter."""
    return score(*([_word_by_word(one) for one in side] for side in (gold, predicted))).micro.ratios()


def strings(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> Mapping[str, float]:
    """Pairs of label and lower-cased mention, each once a sentence, wherever they stand in it."""
    readings = [Reading(mentions=tuple((s.label, one.mention(s)) for s in one.spans or ())) for one in predicted]
    return lenient_string_counts(gold, readings).ratios()


METRICS: dict[str, Metric] = {one.__name__: one for one in (strict, boundaries, words, strings)}


def metric_of(name: str) -> Metric:
    """One of ours by name, or any function by its dotted path; raises ValueError where it leads nowhere."""
    if name in METRICS:
        return METRICS[name]
    module_name, _, attribute = name.rpartition(".")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    try:
        found: Metric | None = getattr(importlib.import_module(module_name), attribute) if module_name else None
    except (ModuleNotFoundError, AttributeError) as error:
        raise ValueError(f"metric {name}: {error}; modules are looked for in {here} and the environment") from error
    if not callable(found):
        raise ValueError(f"metric {name}: not there; expected {', '.join(METRICS)} or MODULE.FUNCTION of your own")
    return found


def rescore(run_dir: Path, metrics: Iterable[str]) -> dict[str, float]:
    """The numbers of a finished run's predictions on test, by name of the metric (and of its part: ``words/f1``).

    Raises:
        FileNotFoundError, ValueError: there is no finished run, no prediction, no gold or no such metric, or the strict
            scores are not those of the record.
    """
    record = RunRecord.read(run_dir)
    corpus, predictions = corpus_and_predictions(run_dir, record)
    gold, predicted = corpus.test or (), [one.sentence for one in predictions]
    _check_strict(run_dir, record, score(gold, predicted).micro)
    numbers: dict[str, float] = {}
    for name in metrics:
        result = metric_of(name)(gold, predicted)
        numbers |= (
            {f"{name}/{part}": v for part, v in result.items()} if isinstance(result, Mapping) else {name: result}
        )
    return numbers


def _check_strict(run_dir: Path, record: RunRecord, found: Counts) -> None:
    recorded = {name: record.scores["test"]["micro"][name] for name in found.ratios()}
    if recorded != found.ratios():
        raise ValueError(
            f"{run_dir}: predictions.jsonl has {_percent(found.ratios())}, the record says {_percent(recorded)}; one "
            f"of them is not the run's own: do it again with python train.py +from={run_dir} force=true"
        )


def _percent(ratios: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100 * value:.2f}" for name, value in ratios.items())


def _unlabeled(sentence: Sentence) -> Sentence:
    return sentence.with_spans(Span(span.start, span.end, "any") for span in sentence.spans or ())


def _word_by_word(sentence: Sentence) -> Sentence:
    return sentence.with_spans(
        Span(word, word + 1, span.label) for span in sentence.spans or () for word in range(span.start, span.end)
    )
