"""What was wrong with the outputs of a generator, as rates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eigennamen.formats.base import Reading
from eigennamen.formats.string_f1 import lenient_string_f1
from eigennamen.types import Sentence


@dataclass
class Report:
    """Readings of outputs, each with the place of the sentence that it is about (or of which it has a part).

    >>> report = Report()
    >>> report.add([(0, Reading(mentions=(("LOC", "Kiel"), ("", "Ems")), unknown_labels=1))])
    >>> report.add([(1, Reading(format_error=True))])
    >>> report.rates["format_error_rate"], report.rates["unknown_label_rate"]
    (0.5, 0.5)
    """

    readings: list[tuple[int, Reading]] = field(default_factory=list)

    def add(self, readings: Iterable[tuple[int, Reading]]) -> None:
        self.readings.extend(readings)

    @property
    def rates(self) -> dict[str, float]:
        """Outputs with errors among all, mentions without a known label or a place among all mentions said."""
        readings = [reading for _, reading in self.readings]
        mentions = sum(len(reading.mentions) for reading in readings)
        return {
            "outputs": len(readings),
            "mentions": mentions,
            "format_error_rate": _share(sum(reading.format_error for reading in readings), len(readings)),
            "unknown_label_rate": _share(sum(reading.unknown_labels for reading in readings), mentions),
            "reconstruction_error_rate": _share(sum(r.reconstruction_error for r in readings), len(readings)),
            "unaligned_mention_rate": _share(sum(reading.unaligned_mentions for reading in readings), mentions),
        }

    def as_dict(self, gold: Sequence[Sentence] | None = None) -> dict[str, Any]:
        """The rates and, where the sentences' gold spans are known, the lenient string F1 of the literature."""
        if gold is None:
            return dict(self.rates)
        mentions: list[tuple[tuple[str, str], ...]] = [()] * len(gold)
        for place, reading in self.readings:
            mentions[place] += reading.mentions
        whole = [Reading(mentions=own) for own in mentions]
        return {**self.rates, "lenient_string_f1": round(lenient_string_f1(gold, whole), 6)}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
