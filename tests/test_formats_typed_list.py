"""Lists of mentions: literal outputs, each kind of error, what cannot be said."""

import pytest

from eigennamen.formats.base import Found, Grammar, Piece, Reading
from eigennamen.formats.typed_list import TypedList
from eigennamen.types import Sentence, Span

TYPED_LIST = TypedList(labels=["PER", "LOC"], names={"PER": "person", "LOC": "ort"})
WORDS = ("Angela", "Merkel", "in", "Bonn", ";")
ANGELA, BONN = Span(0, 2, "PER"), Span(3, 4, "LOC")
RIGHT = "person : Angela Merkel ; ort : Bonn ;"


def test_writing() -> None:
    assert TYPED_LIST.write(Sentence("1", WORDS, (ANGELA, BONN))) == [
        *[Piece("person"), Piece(":"), Piece("Angela", 0), Piece("Merkel", 1), Piece(";")],
        *[Piece("ort"), Piece(":"), Piece("Bonn", 3), Piece(";")],
    ]
    assert TYPED_LIST.write(Sentence("1", WORDS, ())) == []
    assert TYPED_LIST.write(Sentence("1", WORDS, (Span(4, 5, "LOC"),)))[2] == Piece(r"\;", 4)


@pytest.mark.parametrize(
    ("output", "spans", "errors"),
    [
        (RIGHT, [ANGELA, BONN], {}),
        ("", [], {}),
        ("Ort : Bo nn ;", [BONN], {}),
        (r"ort : \; ;", [Span(4, 5, "LOC")], {}),
        ("firma : Angela ; ort : Bonn ;", [BONN], {"unknown_labels": 1}),
        ("eine person : Angela ;", [], {"unknown_labels": 1}),
        ("ort : Köln ; ort : Bonn ;", [BONN], {"unaligned_mentions": 1}),
        ("ort : Bonn ; ort : Bonn ;", [BONN], {"unaligned_mentions": 1}),
        ("ort : Bonn ; person : Angela Merkel ;", [BONN], {"unaligned_mentions": 1}),
        ("ort : bonn ; person : Merk ;", [], {"unaligned_mentions": 2}),
        ("person : Angela Merkel ; ort : Bonn", [ANGELA], {"format_error": True}),
        ("person Angela ; ort : Bonn ;", [BONN], {"format_error": True}),
        ("person : ; ort : Bonn ;", [BONN], {"format_error": True}),
        (": Angela ; ort : Bonn ;", [BONN], {"format_error": True}),
        ("person : Angela : Merkel ; ort : Bonn ;", [BONN], {"format_error": True}),
        ("; ort : Bonn ;", [BONN], {"format_error": True}),
        ("ort : :Bonn ;", [], {"format_error": True, "unaligned_mentions": 1}),
        ("Bonn", [], {"format_error": True}),
    ],
)
def test_reading(output: str, spans: list[Span], errors: dict[str, int]) -> None:
    reading = TYPED_LIST.read(output.split(), WORDS)
    assert reading.spans == tuple(spans)
    assert reading == Reading(reading.found, reading.mentions, **errors)  # type: ignore[arg-type]


def test_what_says_a_mention() -> None:
    found = (Found(ANGELA, 0, 5), Found(BONN, 5, 9))
    assert TYPED_LIST.read(RIGHT.split(), WORDS) == Reading(found, (("PER", "Angela Merkel"), ("LOC", "Bonn")))


@pytest.mark.parametrize(
    ("words", "spans", "lost"),
    [
        ("Bonn bei Bonn", [(0, 1)], 0),
        ("Bonn bei Bonn", [(2, 3)], 1),
        ("Bonn bei Bonn", [(0, 1), (2, 3)], 0),
        ("Bonn Bonn bei Bonn Bonn", [(1, 3), (4, 5)], 1),
        ("Bonn bei Bonn bei Bonn", [(2, 3), (4, 5)], 1),  # read as the first and the second
        ("Ulm Bonn Ulm Bonn", [(2, 3), (3, 4)], 2),
        ("Bonn Ulm", [], 0),
    ],
)
def test_what_a_list_cannot_say(words: str, spans: list[tuple[int, int]], lost: int) -> None:
    sentence = Sentence("1", tuple(words.split()), tuple(Span(*span, "LOC") for span in spans))
    assert TYPED_LIST.ambiguous(sentence) == lost


def test_grammar_of_two_words() -> None:
    names = {(0, "person", 1), (0, "ort", 1), (4, "person", 5), (4, "ort", 5)}
    colons = {(1, ":", 2), (5, ":", 6)}
    copies = {(2, "a", 7), (2, "b", 11), (6, "b", 11), (7, "b", 11)}
    grammar = TYPED_LIST.grammar(["a", "b"])
    assert set(grammar.edges) == names | colons | copies | {(7, ";", 4), (11, ";", 8)}
    assert grammar.final == {0, 4, 8}
    assert TYPED_LIST.grammar([]) == Grammar((), frozenset([0]), states_per_word=4)


def test_a_long_grammar_is_quadratic_only_in_edges() -> None:
    grammar = TYPED_LIST.grammar([f"w{i}" for i in range(128)])
    assert len(grammar.edges) == 128 * (2 + 1 + 1) + 128 * 129 // 2 + 127
    assert max(to for _, _, to in grammar.edges) < 4 * 129


def test_names_are_checked() -> None:
    with pytest.raises(ValueError, match=r"'PER' is named ';'; .* not beginning with any of : ;$"):
        TypedList(labels=["PER"], names={"PER": ";"})
