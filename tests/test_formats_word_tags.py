"""Words and tags in turn: literal outputs, and each kind of error."""

import pytest

from eigennamen.formats.base import Found, Grammar, Piece, Reading
from eigennamen.formats.word_tags import WordTags
from eigennamen.types import Sentence, Span

WORD_TAGS = WordTags(labels=["PER", "LOC"], names={"PER": "person", "LOC": "ort"})
WORDS = ("Angela", "Merkel", "in", "Bonn")
ANGELA, BONN = Span(0, 2, "PER"), Span(3, 4, "LOC")
WRONG_WORD = {"format_error": True, "reconstruction_error": True, "unaligned_mentions": 1}
RIGHT = "Angela person Merkel + in - Bonn ort"


def test_writing() -> None:
    assert WORD_TAGS.write(Sentence("1", WORDS, (ANGELA, BONN))) == [
        *[Piece("Angela", 0), Piece("person"), Piece("Merkel", 1), Piece("+")],
        *[Piece("in", 2), Piece("-"), Piece("Bonn", 3), Piece("ort")],
    ]
    written = WORD_TAGS.write(Sentence("1", ("-", "Ort"), (Span(0, 1, "PER"), Span(1, 2, "PER"))))
    assert [piece.text for piece in written] == [r"\-", "person", "Ort", "person"]


@pytest.mark.parametrize(
    ("output", "spans", "errors"),
    [
        (RIGHT, [ANGELA, BONN], {}),
        ("Angela Person Merkel + in - Bo ORT nn +", [ANGELA, BONN], {}),
        ("Angela person Merkel person in - Bonn -", [Span(0, 1, "PER"), Span(1, 2, "PER")], {}),
        ("Angela firma Merkel + in - Bonn ort", [BONN], {"unknown_labels": 1}),
        ("Angela - Merkel - in - Bonn PER", [], {"unknown_labels": 1}),
        ("Angela Merkel person in - Bonn ort", [Span(1, 2, "PER"), BONN], {"format_error": True}),
        ("Angela person Merkel in - Bonn ort", [Span(0, 1, "PER"), BONN], {"format_error": True}),
        ("Angela - Merkel + in - Bonn ort", [BONN], {"format_error": True}),
        ("Angela person Merkel - in + Bonn ort", [Span(0, 1, "PER"), BONN], {"format_error": True}),
        ("Angela + Merkel + in - Bonn ort", [BONN], {"format_error": True}),
        ("Angela person + Merkel - in - Bonn ort", [Span(0, 1, "PER"), BONN], {"format_error": True}),
        ("Angela person Merkel + in - Bonn", [ANGELA], {"format_error": True}),
        ("Angela person Merkel + in -", [ANGELA], {"reconstruction_error": True}),
        ("Angela person in - Bonn ort", [Span(0, 1, "PER"), BONN], {"reconstruction_error": True}),
        ("angela person in - Bonn ort", [BONN], {"reconstruction_error": True, "unaligned_mentions": 1}),
        ("Bonn ort Angela person", [BONN], {"reconstruction_error": True, "unaligned_mentions": 1}),
        ("Angela - Merkel - in - B - onn ort", [], {"unaligned_mentions": 1}),
        ("Angela person Merkel + in - -Bonn ort", [ANGELA], WRONG_WORD),
        ("", [], {"reconstruction_error": True}),
    ],
)
def test_reading(output: str, spans: list[Span], errors: dict[str, int]) -> None:
    reading = WORD_TAGS.read(output.split(), WORDS)
    assert reading.spans == tuple(spans)
    assert reading == Reading(reading.found, reading.mentions, **errors)  # type: ignore[arg-type]


def test_what_says_a_mention() -> None:
    found = (Found(ANGELA, 0, 4), Found(BONN, 6, 8))
    assert WORD_TAGS.read(RIGHT.split(), WORDS) == Reading(found, (("PER", "Angela Merkel"), ("LOC", "Bonn")))


def test_words_that_look_like_tags() -> None:
    words = ("Ort", "person", "-", "+")
    spans = (Span(0, 2, "LOC"), Span(3, 4, "PER"))
    written = [piece.text for piece in WORD_TAGS.write(Sentence("1", words, spans))]
    assert " ".join(written) == r"Ort ort person + \- - \+ person"
    assert WORD_TAGS.read(written, words).spans == spans


def test_grammar_of_two_words() -> None:
    first = {(0, "a", 2), (2, "-", 4), (2, "person", 5), (2, "ort", 5)}
    outside = {(4, r"\+", 6), (6, "-", 8), (6, "person", 9), (6, "ort", 9)}
    inside = {(5, r"\+", 7), (7, "-", 8), (7, "person", 9), (7, "ort", 9), (7, "+", 9)}
    grammar = WORD_TAGS.grammar(["a", "+"])
    assert set(grammar.edges) == first | outside | inside
    assert grammar.final == {8, 9}
    assert WORD_TAGS.grammar([]) == Grammar((), frozenset([0]), states_per_word=4)


def test_a_long_sentence() -> None:
    words = tuple(f"w{i % 7}" for i in range(2000))
    sentence = Sentence("1", words, tuple(Span(i, i + 3, "PER") for i in range(0, 1998, 3)))
    assert len(WORD_TAGS.grammar(words).edges) == 2000 * 9 - 5
    assert WORD_TAGS.read([piece.text for piece in WORD_TAGS.write(sentence)], words).spans == sentence.spans


@pytest.mark.parametrize("name", ["-", "+", "+person"])
def test_names_that_are_tags(name: str) -> None:
    with pytest.raises(ValueError, match=r"^labels .*'PER' is named '[-+](person)?'; .* any of - \+$"):
        WordTags(labels=["PER"], names={"PER": name})
