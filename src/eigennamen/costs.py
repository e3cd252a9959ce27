"""What annotation costs: counted in sentences, words and spans, priced in minutes.

Counts are facts of a run; prices are assumptions, so that a record can be priced again with others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Literal, Self, get_args

from eigennamen.types import Sentence

Unit = Literal["sentences", "words"]


@dataclass(frozen=True, slots=True)
class Amount:
    """How much was annotated.

    >>> Amount(1, 20, 2) + Amount(1, 10, 0)
    Amount(sentences=2, words=30, spans=2)
    """

    sentences: int = 0
    words: int = 0
    spans: int = 0

    @classmethod
    def of(cls, sentences: Iterable[Sentence]) -> Self:
        counted = [(len(sentence.words), len(sentence.spans or ())) for sentence in sentences]
        return cls(len(counted), sum(words for words, _ in counted), sum(spans for _, spans in counted))

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.sentences + other.sentences, self.words + other.words, self.spans + other.spans)

    def in_unit(self, unit: Unit) -> int:
        return self.words if unit == "words" else self.sentences


def counted(annotated: Amount, *, dev: Amount, functions: int) -> dict[str, int]:
    """All that a person did for a run, as records keep it: what was annotated for training and for dev, and how many
    labeling functions were written.

    >>> counted(Amount(8, 90, 5), dev=Amount(2, 30, 1), functions=3)["dev_words"]
    30
    """
    return {**asdict(annotated), "functions": functions, **{f"dev_{name}": n for name, n in asdict(dev).items()}}


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Seconds for each thing that a person does; a sentence without a name costs its words alone.

    Raises:
        ValueError: a price is negative.
    """

    seconds_per_word: float
    seconds_per_span: float
    seconds_per_function: float

    def __post_init__(self) -> None:
        if negative := {name: value for name, value in vars(self).items() if value < 0}:
            raise ValueError(f"prices has {negative}; expected at least 0 seconds each")

    def minutes(self, amount: Amount, *, functions: int = 0) -> float:
        """Estimated minutes to read and mark ``amount``, and to write some labeling functions.

        >>> prices = Prices(seconds_per_word=0.5, seconds_per_span=5, seconds_per_function=600)
        >>> prices.minutes(Amount(sentences=10, words=180, spans=6)), prices.minutes(Amount(), functions=3)
        (2.0, 30.0)
        """
        seconds = self.seconds_per_word * amount.words + self.seconds_per_span * amount.spans
        return (seconds + self.seconds_per_function * functions) / 60

    def priced(self, counts: Mapping[str, float]) -> dict[str, float]:
        """What ``counted`` gave, with the minutes in all, and for dev and labeling functions among them.

        Minutes that are there already, at other prices, are replaced.
        """
        annotated, dev = (
            Amount(*(int(counts[f"{split}{name}"]) for name in ("sentences", "words", "spans")))
            for split in ("", "dev_")
        )
        minutes = {
            "minutes": self.minutes(annotated + dev, functions=int(counts["functions"])),
            "dev_minutes": self.minutes(dev),
            "function_minutes": self.minutes(Amount(), functions=int(counts["functions"])),
        }
        return {**counts, **{name: round(value, 2) for name, value in minutes.items()}}


def affordable(sentences: Iterable[Sentence], budget: int, *, unit: Unit) -> list[Sentence]:
    """The sentences, in their order, up to the first one that a budget no longer pays for."""
    if unit == "sentences":
        return list(islice(sentences, budget))
    chosen: list[Sentence] = []
    left = budget
    for sentence in sentences:
        left -= len(sentence.words)
        if left < 0:
            break
        chosen.append(sentence)
    return chosen


def check_unit(unit: str, *, setting: str) -> None:
    """Raises ValueError for a unit that budgets are not counted in."""
    if unit not in get_args(Unit):
        raise ValueError(f"{setting}={unit}; expected one of {', '.join(get_args(Unit))}")
