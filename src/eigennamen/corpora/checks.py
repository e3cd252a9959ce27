"""What a corpus holds and what is odd about it: sizes, duplicates, leaks, labels that training never shows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from eigennamen.types import Corpus, Sentence


@dataclass(frozen=True)
class SplitReport:
    """Counts over one split; ``without_labels`` have ``spans is None``, ``duplicates`` repeat an earlier sentence."""

    sentences: int
    without_labels: int
    words: int
    spans: Mapping[str, int]
    duplicates: int


@dataclass(frozen=True)
class CorpusReport:
    """The splits' counts, leaks between them, labels that train lacks, and what was changed while reading.

    ``leaks["train, test"]`` counts the sentences of test that train has too. Sentences are the same where they have
    the same characters, blanks aside, however they are cut into words.
    """

    name: str
    labels: tuple[str, ...]
    splits: Mapping[str, SplitReport]
    leaks: Mapping[str, int]
    labels_not_in_train: Mapping[str, Mapping[str, int]]
    counters: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a record."""
        return asdict(self)

    def warnings(self) -> list[str]:
        """What a reader of numbers on this corpus should know, one line each."""
        duplicates = {split: one.duplicates for split, one in self.splits.items() if one.duplicates}
        lines = [f"{split}: {n} sentences repeat an earlier one" for split, n in duplicates.items()]
        lines += [f"{pair}: {n} sentences of the latter are in the former too" for pair, n in self.leaks.items() if n]
        for split, spans in self.labels_not_in_train.items():
            counts = ", ".join(f"{label} ({n})" for label, n in spans.items())
            lines.append(f"{split}: spans of labels that train lacks: {counts}")
        return lines

    def __str__(self) -> str:
        splits = self.splits
        changes = dict.fromkeys(what.partition(": ")[2] for what in self.counters)
        rows: list[tuple[str, Iterable[object]]] = [
            (self.name, splits),
            ("sentences", (one.sentences for one in splits.values())),
            ("words", (one.words for one in splits.values())),
            ("spans", (sum(one.spans.values()) for one in splits.values())),
            *((f"  {label}", [one.spans.get(label, 0) for one in splits.values()]) for label in self.labels),
            *((what, [self.counters.get(f"{split}: {what}", 0) for split in splits]) for what in changes),
        ]
        return "\n".join([*_aligned(rows), *self.warnings()])


def report(corpus: Corpus) -> CorpusReport:
    """Count everything; a pass over all sentences."""
    splits = corpus.splits()
    keys = {split: [_key(sentence) for sentence in sentences] for split, sentences in splits}
    seen = {split: set(its_keys) for split, its_keys in keys.items()}
    reports = {split: _split_report(sentences, keys[split]) for split, sentences in splits}
    return CorpusReport(
        name=corpus.name,
        labels=corpus.labels,
        splits=reports,
        leaks={f"{a}, {b}": sum(key in seen[a] for key in keys[b]) for a, b in combinations(keys, 2)},
        labels_not_in_train=_labels_not_in_train(reports),
        counters=dict(corpus.counters),
    )


def _key(sentence: Sentence) -> int:
    """Hash of a sentence's characters without blanks."""
    return hash("".join("".join(sentence.words).split()))


def _split_report(sentences: Sequence[Sentence], keys: Sequence[int]) -> SplitReport:
    spans = Counter(span.label for sentence in sentences for span in sentence.spans or ())
    return SplitReport(
        sentences=len(sentences),
        without_labels=sum(sentence.spans is None for sentence in sentences),
        words=sum(len(sentence.words) for sentence in sentences),
        spans=dict(sorted(spans.items())),
        duplicates=len(keys) - len(set(keys)),
    )


def _labels_not_in_train(reports: Mapping[str, SplitReport]) -> dict[str, dict[str, int]]:
    """Spans of dev and test whose label no span of train has; nothing where train has no spans at all."""
    seen = reports["train"].spans if "train" in reports else {}
    missing = {
        split: {label: n for label, n in reports[split].spans.items() if label not in seen}
        for split in ("dev", "test")
        if seen and split in reports
    }
    return {split: spans for split, spans in missing.items() if spans}


def _aligned(rows: Iterable[tuple[str, Iterable[object]]]) -> list[str]:
    """Rows as lines, their names flush left, their numbers flush right."""
    cells = [[name, *map(str, values)] for name, values in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in cells
    ]
