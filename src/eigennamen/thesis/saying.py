"""How numbers, and the lack of them, are written in the thesis's languages; values that templates print."""

from collections.abc import Sequence
from dataclasses import dataclass

from eigennamen.tables.parts import SIGNIFICANT
from eigennamen.tables.table import Comparison, Place
from eigennamen.tables.words import Language

_LEAST = 0.001  # smaller p-values are not told apart
_WORDS = {
    "en": {
        "missing": "not yet run",
        "points": "points",
        "untested": "not tested, since counts by sentence are missing",
        "unpaired": "not tested, since the two have no seed in common",
        "interval": "95\N{NO-BREAK SPACE}% interval {low} to {high}",
        "few": "{n} of {all} seeds",
        "to": "to",
        "never": "not within {end} min",
        "before": "from the start",
    },
    "de": {
        "missing": "noch nicht gelaufen",
        "points": "Punkte",
        "untested": "nicht getestet, da Zählungen je Satz fehlen",
        "unpaired": "nicht getestet, da beide keinen Seed gemeinsam haben",
        "interval": "95-%-Intervall {low} bis {high}",
        "few": "{n} von {all} Seeds",
        "to": "bis",
        "never": "nicht in {end} min",
        "before": "von Anfang an",
    },
}


@dataclass(frozen=True)
class Saying:
    """One language's way of writing what ``facts`` finds."""

    language: Language

    def word(self, key: str) -> str:
        return _WORDS[self.language.code][key]

    def number(self, value: float | None, spec: str = ".1f") -> str:
        return self.word("missing") if value is None else self.minus(self.language.number(value, spec))

    def whole(self, value: float | None) -> str:
        """A count, with its thousands apart.

        >>> from eigennamen.tables.words import ENGLISH, GERMAN
        >>> Saying(ENGLISH).whole(9330), Saying(GERMAN).whole(9330.2)
        ('9,330', '9.330')
        """
        return self.number(value, ",.0f")

    def millions(self, value: float) -> str:
        return self.number(value / 1e6)

    def percent(self, share: float | None) -> str:
        return self.word("missing") if share is None else f"{self.number(100 * share)}\N{NO-BREAK SPACE}%"

    def p(self, value: float) -> str:
        r"""A p-value with what it is.

        >>> from eigennamen.tables.words import GERMAN
        >>> Saying(GERMAN).p(0.00021), Saying(GERMAN).p(0.0412)
        ('p\xa0<\xa00,001', 'p\xa0=\xa00,041')
        """
        shown = f"< {self.number(_LEAST, '.3f')}" if value < _LEAST else f"= {self.number(value, '.3f')}"
        return f"p {shown}".replace(" ", "\N{NO-BREAK SPACE}")

    @staticmethod
    def minus(text: str) -> str:
        """A minus in place of a hyphen, for text."""
        return text.replace("-", "\N{MINUS SIGN}") if text.startswith("-") else text


@dataclass(frozen=True)
class Result:
    """A cell: prints as the mean of strict micro F1 with its deviation, or as missing; ``of`` are the study's seeds."""

    place: Place | None
    of: int
    saying: Saying

    @property
    def there(self) -> bool:
        return self.place is not None

    @property
    def n(self) -> int:
        return len(self.place.f1) if self.place else 0

    @property
    def mean(self) -> float | None:
        return self.place.mean if self.place else None

    def __str__(self) -> str:
        if not self.place:
            return self.saying.word("missing")
        few = self.saying.word("few").format(n=self.n, all=self.of)
        return self.place.written(self.saying.number) + ("" if self.n == self.of else f" ({few})")


@dataclass(frozen=True)
class Difference:
    """A row minus another one in points of micro F1, with the test's adjusted p or an interval.

    ``verdict`` is missing (some side was not run), untested, better, worse or open.
    """

    row: str
    other: str
    saying: Saying
    points: float | None = None
    p: float | None = None
    ends: tuple[float, float] | None = None
    untested: str = ""
    seeds: tuple[int, int] | None = None  # that both rows have, and that the study has

    @classmethod
    def of(cls, found: Comparison, saying: Saying, *, seeds: int) -> "Difference":
        return cls(
            found.best,
            found.runner_up,
            saying,
            found.difference,
            found.p,
            untested=found.untested,
            seeds=(len(found.seeds), seeds),
        )

    @property
    def verdict(self) -> str:
        if self.points is None:
            return "missing"
        if self.p is None and self.ends is None:
            return "untested"
        by_test = self.p is not None and self.p < SIGNIFICANT
        by_interval = self.ends is not None and not self.ends[0] <= 0 <= self.ends[1]
        if not (by_test or by_interval):
            return "open"
        return "better" if self.points > 0 else "worse"

    @property
    def size(self) -> str:
        """The points without their sign."""
        return self.saying.number(None if self.points is None else abs(self.points))

    @property
    def evidence(self) -> str:
        """What the verdict rests on."""
        if self.points is None:
            return self.saying.word("missing")
        if self.ends is not None:
            low, high = (self.saying.number(end, "+.1f") for end in self.ends)
            return self.saying.word("interval").format(low=low, high=high)
        if self.p is None:
            return self.saying.word(self.untested)
        n, of = self.seeds or (0, 0)
        return self.saying.p(self.p) + ("" if n == of else f", {self.saying.word('few').format(n=n, all=of)}")

    def __str__(self) -> str:
        if self.points is None:
            return self.saying.word("missing")
        return f"{self.saying.number(self.points, '+.1f')} {self.saying.word('points')} ({self.evidence})"


@dataclass(frozen=True)
class Crossing:
    """Minutes at which a curve reaches a level: as measured and the 95 % interval; infinite where it does not.

    ``kind`` is at, never or before.
    """

    minutes: float
    ends: tuple[float, float]
    span: Sequence[float]  # where the curve begins and ends
    saying: Saying

    @property
    def kind(self) -> str:
        return "never" if self.minutes == float("inf") else "before" if self.minutes == float("-inf") else "at"

    def _said(self, place: float) -> str:
        if place == float("inf"):
            return f">{self.saying.whole(self.span[1])}"
        return f"<{self.saying.whole(self.span[0])}" if place == float("-inf") else self.saying.whole(place)

    def __str__(self) -> str:
        if self.kind != "at":
            return self.saying.word(self.kind).format(end=self.saying.whole(self.span[1]))
        low, high = map(self._said, self.ends)
        return f"{self.saying.whole(self.minutes)} ({low} {self.saying.word('to')} {high})"
