"""The only scorer: strict span scores as seqeval defines them (``mode="strict"``, ``scheme=IOB2``), and their counts.

A predicted span counts where its start, end and label are all those of a gold span. Micro F1 is the headline; macro
averages over the labels that occur in gold or in the prediction. A ratio without a denominator is 0: precision
without predictions, recall without gold, F1 without either, macro without labels, everything on an empty corpus.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from seqeval.scheme import IOB2, Entities, Entity

from eigennamen.files import renamed_to
from eigennamen.schemes import spans_to_tags
from eigennamen.significance import bootstrap_interval
from eigennamen.types import Sentence

_METADATA = b"eigennamen.counts"
_SCHEMA = pa.schema(
    [("id", pa.string()), ("label", pa.string())]
    + [(name, pa.int32()) for name in ("true_positives", "predicted", "gold")]
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of spans; the ratios are derived, 0 where they are undefined.

    >>> (Counts(1, 2, 1) + Counts(0, 0, 1)).f1
    0.5
    """

    true_positives: int = 0
    predicted: int = 0
    gold: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.true_positives <= min(self.predicted, self.gold):
            raise ValueError(f"{self}: true positives must be from 0 to the smaller of predicted and gold")

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.true_positives + other.true_positives, self.predicted + other.predicted, self.gold + other.gold
        )

    @property
    def precision(self) -> float:
        return self.true_positives / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.true_positives / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.true_positives / (self.predicted + self.gold) if self.predicted + self.gold else 0.0

    def ratios(self) -> dict[str, float]:
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass(frozen=True, eq=False)
class Scores:
    """Counts for each sentence and label; everything else is derived.

    ``counts`` has shape ``(n_sentences, n_labels, 3)``: true positives, predicted, gold. ``seed`` is that of the
    bootstrap.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    counts: NDArray[np.int64]
    seed: int = 0

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.ids), len(self.labels), 3):
            raise ValueError(
                f"counts have the shape {self.counts.shape}, expected {len(self.ids), len(self.labels), 3}"
            )
        if len(set(self.ids)) < len(self.ids):
            repeated = next(id_ for i, id_ in enumerate(self.ids) if id_ in self.ids[:i])
            raise ValueError(f"sentence id {repeated!r} occurs twice; every sentence is scored once")

    @cached_property
    def by_label(self) -> dict[str, Counts]:
        totals = self.counts.sum(axis=0).tolist()
        return {label: Counts(*row) for label, row in zip(self.labels, totals, strict=True)}

    @cached_property
    def micro(self) -> Counts:
        return sum(self.by_label.values(), Counts())

    @cached_property
    def macro(self) -> dict[str, float]:
        """Precision, recall and F1, each the plain mean over the labels that occur in gold or prediction."""
        occurring = [counts.ratios() for counts in self.by_label.values() if counts.predicted + counts.gold]
        return {name: sum(ratios[name] for ratios in occurring) / max(1, len(occurring)) for name in Counts().ratios()}

    @cached_property
    def micro_interval(self) -> tuple[float, float]:
        """95 % bootstrap interval of micro F1 over sentences (1,000 resamples)."""
        return bootstrap_interval(self.counts.sum(axis=1), seed=self.seed)

    def as_dict(self) -> dict[str, Any]:
        """All numbers as plain values for JSON."""
        labels = {label: {**counts.ratios(), **asdict(counts)} for label, counts in self.by_label.items()}
        micro = {**self.micro.ratios(), "interval": list(self.micro_interval)}
        return {"micro": micro, "macro": self.macro, "labels": labels, "n_sentences": len(self.ids)}


def score(
    gold: Sequence[Sentence], predicted: Sequence[Sentence], *, labels: Sequence[str] | None = None, seed: int = 0
) -> Scores:
    """Compare predicted with gold spans, sentence by sentence.

    ``labels`` gives the labels to report and their order, by default those that occur, sorted. Raises ValueError
    where ids, words, order or number of the sentences differ, where spans are unknown (``None``) on either side, and
    where a label occurs that is not among ``labels``.
    """
    _check_comparable(gold, predicted)
    labels = _checked_labels([*gold, *predicted], labels=labels)
    index = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(gold), len(labels), 3), dtype=np.int64)
    for row, (wanted, found) in enumerate(zip(_entities(gold), _entities(predicted), strict=True)):
        for column, entities in enumerate((set(wanted) & set(found), found, wanted)):
            for entity in entities:
                counts[row, index[entity.tag], column] += 1
    return Scores(tuple(sentence.id for sentence in gold), labels, counts, seed)


def write_counts(path: Path, scores: Scores) -> None:
    """Write the counts as parquet: a row for each sentence and label with any, and one for each sentence without."""
    rows: list[tuple[str, str | None, int, int, int]] = []
    for id_, sentence_counts in zip(scores.ids, scores.counts.tolist(), strict=True):
        nonzero = [(id_, label, *c) for label, c in zip(scores.labels, sentence_counts, strict=True) if any(c)]
        rows.extend(nonzero or [(id_, None, 0, 0, 0)])
    metadata = {_METADATA: json.dumps({"labels": scores.labels, "seed": scores.seed})}
    table = pa.table(
        [list(column) for column in zip(*rows, strict=True)] or [[]] * len(_SCHEMA), _SCHEMA.with_metadata(metadata)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with renamed_to(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_counts(path: Path) -> Scores:
    """The scores that ``write_counts`` wrote; raises ValueError for any other parquet file."""
    table = pq.read_table(path)
    if _METADATA not in (table.schema.metadata or {}):
        raise ValueError(
            f"{path}: parquet, but not sentence counts; expected a file that a run wrote beside its record"
        )
    stored = json.loads(table.schema.metadata[_METADATA])
    columns = table.to_pydict()
    ids = tuple(dict.fromkeys(columns["id"]))
    rows, labels = ({name: i for i, name in enumerate(names)} for names in (ids, stored["labels"]))
    counts = np.zeros((len(ids), len(labels), 3), dtype=np.int64)
    for id_, label, *values in zip(*columns.values(), strict=True):
        if label is not None:
            counts[rows[id_], labels[label]] = values
    return Scores(ids, tuple(labels), counts, stored["seed"])


def _entities(sentences: Sequence[Sentence]) -> list[list[Entity]]:
    """Seqeval's entities of each sentence."""
    tags = [spans_to_tags(sentence.spans or (), len(sentence.words)) for sentence in sentences]
    return Entities(tags, IOB2).entities


def _checked_labels(sentences: Sequence[Sentence], *, labels: Sequence[str] | None) -> tuple[str, ...]:
    """The labels to report; raises ValueError for one that is not expected or that seqeval could not tell apart."""
    first = {span.label: sentence.id for sentence in reversed(sentences) for span in sentence.spans or ()}
    labels = sorted(first) if labels is None else labels
    for label, id_ in first.items():
        if label not in labels:
            raise ValueError(f"sentence {id_!r} has the label {label!r}; expected one of {list(labels)}")
        if label != label.strip("-"):
            raise ValueError(f"sentence {id_!r}: seqeval drops hyphens around the label {label!r}; rename the label")
    return tuple(labels)


def _check_comparable(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> None:
    for position, (wanted, found) in enumerate(zip_longest(gold, predicted)):
        if problem := _difference(wanted, found):
            numbers = f"{len(gold)} gold and {len(predicted)} predicted sentences"
            raise ValueError(f"cannot score: sentence {position} ({numbers}): {problem}")


def _difference(gold: Sentence | None, predicted: Sentence | None) -> str | None:
    """What keeps two sentences from being compared, and what to do."""
    if gold is None or predicted is None:
        missing, there = ("gold", predicted) if gold is None else ("predicted", gold)
        return f"{there.id if there else None!r} has no {missing} counterpart; predict each gold sentence exactly once"
    if gold.id != predicted.id:
        return f"gold id {gold.id!r}, predicted id {predicted.id!r}; bring the predictions into the order of gold"
    if gold.words != predicted.words:
        words = next(pair for pair in zip_longest(gold.words, predicted.words) if pair[0] != pair[1])
        return (
            f"{gold.id!r} has the gold word {words[0]!r} where {words[1]!r} was predicted on; keep the words unchanged"
        )
    if gold.spans is None:
        return f"{gold.id!r} has no gold labels (spans is None); score only annotated sentences"
    if predicted.spans is None:
        return f"{gold.id!r} has no prediction (spans is None); use () where nothing was found"
    return None
