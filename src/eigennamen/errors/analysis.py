"""What kinds of errors were made: counts by label, by length and by whether a mention was seen in training, confusions
of labels, errors of boundaries, and whether confidences can be believed.

Only counts and sums are kept, so that runs can be added up; ratios are derived. In each group every gold and every
predicted span is in one class, so that the classes add up to the strict micro counts.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from nervaluate import Evaluator

from eigennamen.scoring import Counts, score
from eigennamen.types import Prediction, Sentence, Span

Mention = tuple[str, str]  # text and label
N_BINS = 10
SCHEMES = ("strict", "exact", "partial", "ent_type")  # nervaluate's names of the four of SemEval-2013 task 9
SENTENCE_LENGTHS = {10: "1-10", 20: "11-20", 30: "21-30"}
CLASSES = {
    "seen": ("seen", "unseen"),
    "mention_length": ("1", "2", "3", "4+"),
    "sentence_length": (*SENTENCE_LENGTHS.values(), "31+"),
}


@dataclass(frozen=True)
class Outcome:
    """What became of spans in a scheme of MUC and SemEval: each, gold or predicted, has one partner or none."""

    correct: int = 0
    incorrect: int = 0
    partial: int = 0
    missed: int = 0
    spurious: int = 0

    @property
    def f1(self) -> float:
        """Half a point for what is partly right; 0 without spans.

        >>> Outcome(correct=1, partial=1, spurious=1).f1
        0.6
        """
        paired = self.correct + self.incorrect + self.partial
        n_spans = 2 * paired + self.missed + self.spurious
        return (2 * self.correct + self.partial) / n_spans if n_spans else 0.0


@dataclass(frozen=True)
class Bin:
    """Predicted spans of about the same confidence: their number, the sum of it, and how many are right."""

    spans: int = 0
    confidence: float = 0.0
    right: int = 0

    def __add__(self, other: "Bin") -> "Bin":
        return Bin(self.spans + other.spans, self.confidence + other.confidence, self.right + other.right)


@dataclass(frozen=True)
class Analysis:
    """``counts`` is by group (``label`` and those of ``CLASSES``) and class.

    ``confusion`` counts spans with the same bounds, gold label by predicted label, shape
    ``(n_labels + 1, n_labels + 1)``: its last column are gold spans whose bounds were not predicted, its last row
    predicted spans whose bounds are not gold. ``boundaries`` is by scheme, ``reliability`` one of ``N_BINS`` equal
    parts of the confidences from 0 to 1 each.
    """

    n_sentences: int
    labels: tuple[str, ...]
    counts: Mapping[str, Mapping[str, Counts]]
    confusion: tuple[tuple[int, ...], ...]
    boundaries: Mapping[str, Outcome]
    reliability: tuple[Bin, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, small."""
        counts = {
            group: {name: [one.true_positives, one.predicted, one.gold] for name, one in of.items()}
            for group, of in self.counts.items()
        }
        boundaries = {scheme: [*vars(one).values()] for scheme, one in self.boundaries.items()}
        bins = [[one.spans, round(one.confidence, 4), one.right] for one in self.reliability]
        return {**vars(self), "counts": counts, "boundaries": boundaries, "reliability": bins}

    @classmethod
    def of_dict(cls, state: Mapping[str, Any]) -> Self:
        """The opposite of ``as_dict``; raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            int(state["n_sentences"]),
            tuple(state["labels"]),
            {group: {name: Counts(*one) for name, one in of.items()} for group, of in state["counts"].items()},
            tuple(map(tuple, state["confusion"])),
            {scheme: Outcome(*state["boundaries"][scheme]) for scheme in SCHEMES},
            tuple(Bin(*one) for one in state["reliability"]),
        )


def analyze(
    gold: Sequence[Sentence], predicted: Sequence[Prediction], *, seen: Collection[Mention], labels: Sequence[str]
) -> Analysis:
    """Compare predictions with gold; ``seen`` are the mentions that the model could learn, ``labels`` all there are.

    Raises:
        ValueError: there are no sentences, or they are not the same on both sides, as ``scoring.score`` says.
    """
    if not gold:
        raise ValueError("no sentences to analyze: expected a test split with gold labels and predictions on it")
    found = [prediction.sentence for prediction in predicted]
    counts = {"label": score(gold, found, labels=labels).by_label}
    for group, class_of in _classes_of(frozenset(seen)).items():
        counts[group] = _counted(gold, found, class_of, names=CLASSES[group])
    return Analysis(
        len(gold),
        tuple(labels),
        counts,
        _confusion(gold, found, labels),
        _boundaries(gold, found, labels),
        _reliability(gold, predicted),
    )


def mentions(sentences: Iterable[Sentence]) -> frozenset[Mention]:
    """Text and label of every span."""
    return frozenset((sentence.mention(span), span.label) for sentence in sentences for span in sentence.spans or ())


def calibration_error(bins: Iterable[Bin]) -> float:
    """Expected calibration error (Naeini et al. 2015): how far confidence is from precision, in the mean over spans.

    >>> calibration_error([Bin(2, 1.5, 1), Bin(2, 0.5, 1)])
    0.25
    """
    bins = list(bins)
    n_spans = sum(one.spans for one in bins)
    return sum(abs(one.right - one.confidence) for one in bins) / n_spans if n_spans else 0.0


def _classes_of(seen: Collection[Mention]) -> dict[str, Callable[[Sentence, Span], str]]:
    """The class of a span, by group."""
    return {
        "seen": lambda sentence, span: "seen" if (sentence.mention(span), span.label) in seen else "unseen",
        "mention_length": lambda _, span: str(span.length) if span.length < 4 else "4+",
        "sentence_length": lambda sentence, _: _sentence_length(len(sentence.words)),
    }


def _sentence_length(n_words: int) -> str:
    return next((name for most, name in SENTENCE_LENGTHS.items() if n_words <= most), "31+")


def _counted(
    gold: Sequence[Sentence],
    found: Sequence[Sentence],
    class_of: Callable[[Sentence, Span], str],
    *,
    names: Sequence[str],
) -> dict[str, Counts]:
    totals = {name: [0, 0, 0] for name in names}
    for sentence, other in zip(gold, found, strict=True):
        wanted, got = set(sentence.spans or ()), set(other.spans or ())
        for place, spans in enumerate((wanted & got, got, wanted)):
            for span in spans:
                totals[class_of(sentence, span)][place] += 1
    return {name: Counts(*total) for name, total in totals.items()}


def _confusion(
    gold: Sequence[Sentence], found: Sequence[Sentence], labels: Sequence[str]
) -> tuple[tuple[int, ...], ...]:
    place = {label: number for number, label in enumerate(labels)}
    none = len(labels)
    table = [[0] * (none + 1) for _ in range(none + 1)]
    for sentence, other in zip(gold, found, strict=True):
        wanted, got = (
            {(span.start, span.end): place[span.label] for span in one.spans or ()} for one in (sentence, other)
        )
        for bounds in wanted.keys() | got.keys():
            table[wanted.get(bounds, none)][got.get(bounds, none)] += 1
    return tuple(map(tuple, table))


def _boundaries(gold: Sequence[Sentence], found: Sequence[Sentence], labels: Sequence[str]) -> dict[str, Outcome]:
    """By nervaluate, over all labels at once: its counts by label pair spans otherwise and do not add up to these."""
    sides = [
        [[{"label": s.label, "start": s.start, "end": s.end - 1} for s in sentence.spans or ()] for sentence in side]
        for side in (gold, found)
    ]
    overall = Evaluator(*sides, tags=list(labels), loader="dict").evaluate()["overall"]
    return {scheme: Outcome(**{name: getattr(overall[scheme], name) for name in vars(Outcome())}) for scheme in SCHEMES}


def _reliability(gold: Sequence[Sentence], predicted: Sequence[Prediction]) -> tuple[Bin, ...]:
    bins = [Bin()] * N_BINS
    for sentence, prediction in zip(gold, predicted, strict=True):
        for span, confidence in zip(prediction.spans, prediction.confidences, strict=True):
            number = min(int(confidence * N_BINS), N_BINS - 1)
            bins[number] += Bin(1, confidence, int(span in (sentence.spans or ())))
    return tuple(bins)
