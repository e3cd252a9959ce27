"""Mentions on words: by occurrence, by counting; tolerant, but guessing nothing."""

import pytest

from eigennamen.formats.alignment import Said, Source, placed
from eigennamen.formats.base import Found, Reading
from eigennamen.types import Span


@pytest.mark.parametrize(
    ("words", "mention", "start", "place"),
    [
        ("Karl und Karl", "Karl", 0, (0, 1)),
        ("Karl und Karl", "Karl", 1, (2, 3)),
        ("Karl und Karl", "Karl", 3, None),
        ("Karl und Karl", "karl", 0, None),
        ("Müller-Lüdenscheidt kam", "Müller - Lüdenscheidt", 0, (0, 1)),
        ("Müller - Lüdenscheidt kam", "Müller-Lüdenscheidt", 0, (0, 3)),
        ("Mu\u0308ller kam", "Müller", 0, (0, 1)),
        ("e \u0301a", "éa", 0, (0, 2)),
        ("Ber\u00adlin", "Berlin", 0, (0, 1)),
        ("Berlin", "Ber\u200blin", 0, (0, 1)),
        ("ﬁx Ⅳ", "fix IV", 0, (0, 2)),
        ("🧑🏽\u200d🚒", "🧑🏽🚒", 0, (0, 1)),
        ("Berliner in Berlin", "Berlin", 0, (2, 3)),
        ("OstBerlin", "Berlin", 0, None),
        ("ab c", "bc", 0, None),
        ("ab c", "a", 0, None),
        ("aab ab", "a b", 0, (1, 2)),
        ("aa a", "aa", 0, (0, 1)),
        ("a aa", "aa", 0, (1, 2)),
        ("a a aa", "aa", 0, (0, 2)),
        ("a \u00ad b", "b", 1, (2, 3)),
        ("a \u00ad b", "a b", 0, (0, 3)),
        ("a \u00ad b", "a \u00ad", 0, (0, 2)),
        ("a \u00ad b", "\u00ad", 0, (1, 2)),
        ("a b", "\u00ad", 0, None),
        ("a b", "", 0, None),
    ],
)
def test_find(words: str, mention: str, start: int, place: tuple[int, int] | None) -> None:
    assert Source(words.split(" ")).find(mention.split(), start=start) == place


def test_words_are_counted_where_they_are_all_there() -> None:
    source = Source(["Kiel", "bei", "Kiel-Ost", "."])
    same = {i: i for i in range(5)}
    assert source.counted(["Kiel", "bei", "Kiel-\u00adOst", "."]) == (same, same)
    assert source.counted(["Kiel", "bei", "Kiel", "-Ost", "."]) == ({0: 0, 1: 1, 2: 2, 4: 3}, {1: 1, 2: 2, 4: 3, 5: 4})
    assert source.counted(["Kiel", "bei", "Kiel-Ost"]) is None
    assert source.counted(["kiel", "bei", "Kiel-Ost", "."]) is None


def test_mentions_are_placed_by_counting() -> None:
    words = ["Kiel", "bei", "Kiel"]
    second = Said("LOC", ("Kiel",), 5, 6, start=2)
    found = (Found(Span(2, 3, "LOC"), 5, 6),)
    assert placed([second], words=words, written=words) == Reading(found, (("LOC", "Kiel"),))
    assert placed([Said("LOC", ("iel",), 0, 1, start=1)], words=words, written=["K", "iel", "bei", "Kiel"]) == Reading(
        (), (("LOC", "iel"),), unaligned_mentions=1
    )


def test_counted_places_are_flat_and_not_empty() -> None:
    words, mentions = ["Karl", "Kahl"], (("PER", "Karl Kahl"), ("LOC", "Kahl"))
    both = [Said("PER", ("Karl", "Kahl"), 0, 2, start=0), Said("LOC", ("Kahl",), 2, 3, start=1)]
    found = (Found(Span(0, 2, "PER"), 0, 2),)
    assert placed(both, words=words, written=words) == Reading(found, mentions, unaligned_mentions=1)
    invisible = Said("PER", ("\u00ad",), 1, 2, start=1)
    reading = placed([invisible], words=words, written=["Karl", "\u00ad", "Kahl"])
    assert reading == Reading((), (("PER", "\u00ad"),), unaligned_mentions=1)


def test_otherwise_by_occurrence_behind_the_one_before() -> None:
    words = ["Kiel", "bei", "Ulm", "Kiel"]
    said = [Said("LOC", (word,), i, i + 1, start=0) for i, word in enumerate(["Ulm", "Kiel", "Kiel"])]
    found = (Found(Span(2, 3, "LOC"), 0, 1), Found(Span(3, 4, "LOC"), 1, 2))
    mentions = (("LOC", "Ulm"), ("LOC", "Kiel"), ("LOC", "Kiel"))
    assert placed(said, words=words) == Reading(found, mentions, unaligned_mentions=1)
    assert placed(said, words=words, written=["Ulm"]) == Reading(
        found, mentions, reconstruction_error=True, unaligned_mentions=1
    )


def test_an_unknown_label_takes_its_place() -> None:
    said = [Said(None, ("Kiel",), 0, 1), Said(None, ("Bonn",), 1, 2), Said("LOC", ("Kiel",), 2, 3)]
    assert placed(said, words=["Kiel", "Kiel"]) == Reading(
        (Found(Span(1, 2, "LOC"), 2, 3),), (("", "Kiel"), ("", "Bonn"), ("LOC", "Kiel")), unknown_labels=2
    )


def test_a_long_sentence_whose_words_are_all_alike() -> None:
    words = ["a"] * 2000
    missing = [Said("X", ("a",) * 900 + ("ab",), 0, 1)] * 50
    reading = placed([*missing, *[Said("X", ("a", "a"), 0, 1)] * 1001], words=words, written=["b"])
    assert (len(reading.found), reading.unaligned_mentions) == (1000, 51)
