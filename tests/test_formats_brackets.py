"""Marks around mentions: literal outputs, and each kind of error."""

import pytest

from eigennamen.formats.base import Found, Grammar, Piece, Reading
from eigennamen.formats.brackets import Brackets
from eigennamen.types import Sentence, Span

BRACKETS = Brackets(labels=["PER", "LOC"], names={"PER": "person", "LOC": "ort"})
WORDS = ("Angela", "Merkel", "in", "Bonn")
ANGELA, BONN = Span(0, 2, "PER"), Span(3, 4, "LOC")
MENTIONS = (("PER", "Angela Merkel"), ("LOC", "Bonn"))
RIGHT = "[ Angela Merkel | person ] in [ Bonn | ort ]"


def test_writing() -> None:
    assert BRACKETS.write(Sentence("1", WORDS, (ANGELA, BONN))) == [
        *[Piece("["), Piece("Angela", 0), Piece("Merkel", 1), Piece("|"), Piece("person"), Piece("]"), Piece("in", 2)],
        *[Piece("["), Piece("Bonn", 3), Piece("|"), Piece("ort"), Piece("]")],
    ]
    assert BRACKETS.write(Sentence("1", ("[", "a b"), ())) == [Piece(r"\[", 0), Piece(r"a\u{20}b", 1)]


@pytest.mark.parametrize(
    ("output", "spans", "errors"),
    [
        (RIGHT, [ANGELA, BONN], {}),
        ("[ Angela Merkel | PERSON ] in [ Bonn | Ort ]", [ANGELA, BONN], {}),
        ("Angela Merkel in [ Bo nn | ort ]", [BONN], {}),
        ("[ Angela Merkel | firma ] in [ Bonn | ort ]", [BONN], {"unknown_labels": 1}),
        ("[ Angela Merkel | eine person ] in [ Bonn | PER ]", [], {"unknown_labels": 2}),
        ("Angela Merkel in [ Bonn | ort", [], {"format_error": True, "reconstruction_error": True}),
        ("Angela Merkel in [ Bonn ]", [], {"format_error": True}),
        ("Angela Merkel in [ Bonn | ]", [], {"format_error": True}),
        ("Angela Merkel in Bonn [ | ort ]", [], {"format_error": True, "reconstruction_error": True}),
        ("] Angela Merkel in [ Bonn | ort ]", [BONN], {"format_error": True}),
        ("[ Angela [ Merkel | person ] in Bonn", [Span(1, 2, "PER")], {"format_error": True}),
        ("Angela [Merkel in [ Bonn | ort ]", [BONN], {"format_error": True, "reconstruction_error": True}),
        ("Angela in [ Bonn | ort ]", [BONN], {"reconstruction_error": True}),
        ("angela Merkel in [ Bonn | ort ]", [BONN], {"reconstruction_error": True}),
        ("Angela in [ Köln | ort ]", [], {"reconstruction_error": True, "unaligned_mentions": 1}),
        ("[ Bonn | ort ] [ Angela | person ]", [BONN], {"reconstruction_error": True, "unaligned_mentions": 1}),
        ("Angela Merkel in B [ onn | ort ]", [], {"unaligned_mentions": 1}),
        ("", [], {"reconstruction_error": True}),
    ],
)
def test_reading(output: str, spans: list[Span], errors: dict[str, int]) -> None:
    reading = BRACKETS.read(output.split(), WORDS)
    assert reading.spans == tuple(spans)
    assert reading == Reading(reading.found, reading.mentions, **errors)  # type: ignore[arg-type]


def test_what_says_a_mention() -> None:
    found = (Found(ANGELA, 0, 6), Found(BONN, 7, 12))
    assert BRACKETS.read(RIGHT.split(), WORDS) == Reading(found, MENTIONS)


def test_equal_mentions_are_told_apart() -> None:
    words = ("Bonn", "bei", "Bonn")
    assert BRACKETS.read("Bonn bei [ Bonn | ort ]".split(), words).spans == (Span(2, 3, "LOC"),)
    assert BRACKETS.read("Bonn [ Bonn | ort ]".split(), words).spans == (Span(0, 1, "LOC"),)  # words are missing


def test_grammar_of_one_word() -> None:
    edges = {(0, r"\[", 5), (0, "[", 1), (1, r"\[", 7), (7, "|", 8), (8, "person", 9), (8, "ort", 9), (9, "]", 5)}
    grammar = BRACKETS.grammar(["["])
    assert set(grammar.edges) == edges
    assert grammar.final == {5}
    assert BRACKETS.grammar([]) == Grammar((), frozenset([0]), states_per_word=5)


def test_a_long_sentence() -> None:
    words = tuple(f"w{i % 7}" for i in range(2000))
    sentence = Sentence("1", words, tuple(Span(i, i + 3, "PER") for i in range(0, 1998, 3)))
    assert len(BRACKETS.grammar(words).edges) == 2000 * 8 - 1
    assert BRACKETS.read([piece.text for piece in BRACKETS.write(sentence)], words).spans == sentence.spans


def test_names_are_checked() -> None:
    with pytest.raises(ValueError, match=r"'PER' is named '\[x'; .* not beginning with any of \[ \| \]$"):
        Brackets(labels=["PER"], names={"PER": "[x"})
