"""The lenient string score, worked out by hand."""

import pytest

from eigennamen.formats.base import Reading
from eigennamen.formats.string_f1 import lenient_string_counts, lenient_string_f1
from eigennamen.scoring import Counts
from eigennamen.types import Sentence, Span

# (PER, anna kahl), (LOC, kiel), said twice
GOLD = Sentence(
    "1",
    ("Anna", "Kahl", "Kiel", "und", "Kiel"),
    (Span(0, 2, "PER"), Span(2, 3, "LOC"), Span(4, 5, "LOC")),
)
NONE = Sentence("2", ("Ulm",), ())


@pytest.mark.parametrize(
    ("mentions", "counts"),
    [
        ([("PER", "anna KAHL"), ("LOC", "Kiel")], Counts(2, 2, 2)),
        ([("LOC", "kiel"), ("LOC", "Kiel"), ("LOC", "KIEL")], Counts(1, 1, 2)),
        ([("LOC", "Anna Kahl"), ("PER", "Kiel"), ("", "Kiel")], Counts(0, 3, 2)),
        ([("per", "Anna Kahl")], Counts(0, 1, 2)),
        ([], Counts(0, 0, 2)),
    ],
)
def test_counts(mentions: list[tuple[str, str]], counts: Counts) -> None:
    assert lenient_string_counts([GOLD], [Reading(mentions=tuple(mentions))]) == counts


def test_micro_over_sentences_whatever_the_places() -> None:
    readings = [Reading(mentions=(("LOC", "Kiel"),), unaligned_mentions=1), Reading(mentions=(("LOC", "Ulm"),))]
    assert lenient_string_f1([GOLD, NONE], readings) == 2 * 1 / (2 + 2)
    assert lenient_string_f1([NONE], [Reading()]) == lenient_string_f1([], []) == 0


def test_one_reading_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^2 gold sentences, but 1 readings; give one reading a sentence$"):
        lenient_string_counts([GOLD, NONE], [Reading()])
