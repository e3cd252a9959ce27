"""Escaping, and the names of labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.formats.base import LabelNames, escape, is_word, unescape
from eigennamen.types import Sentence, Span

MARKERS = ("[", "|", "]")


@pytest.mark.parametrize(
    ("word", "piece"),
    [
        ("Berlin", "Berlin"),
        ("[", r"\["),
        ("|x", r"\|x"),
        ("a[", "a["),
        ("a b\n", r"a\u{20}b\u{a}"),
        ("\u2003", r"\u{2003}"),
        ("\\", r"\\"),
        (r"\[", r"\\["),
        (r"\u{20}", r"\\u{20}"),
        ("\u00ad\0\ud800", "\u00ad\0\ud800"),
    ],
)
def test_escape(word: str, piece: str) -> None:
    assert escape(word, MARKERS) == piece
    assert unescape(piece) == word
    assert is_word(piece, MARKERS)


@given(st.text(st.one_of(st.sampled_from("\\u{}20[|] \n"), st.characters()), min_size=1))
def test_a_piece_is_its_word_and_no_marker(word: str) -> None:
    piece = escape(word, MARKERS)
    assert unescape(piece) == word
    assert piece.split() == [piece]
    assert not piece.startswith(MARKERS)


@given(st.text(st.one_of(st.sampled_from("\\u{}20[ "), st.characters())))
def test_pieces_that_a_model_invents_are_unescaped_too(piece: str) -> None:
    """And escaped again they are the piece of a word."""
    assert is_word(escape(unescape(piece), MARKERS), MARKERS) == (piece != "")


@pytest.mark.parametrize(
    ("piece", "word"),
    [
        ("\\", "\\"),
        (r"\x", "x"),
        (r"\u", "u"),
        (r"\u{", "u{"),
        (r"\u{110000}", r"\u{110000}"),
        (r"\u{10ffff}", "\U0010ffff"),
        (r"\u{1234567}", "u{1234567}"),
        (r"\u{zz}", "u{zz}"),
        (r"\u{41}", "A"),
        ("[x", "[x"),
        ("a b", "a b"),
        ("", ""),
    ],
)
def test_no_words_piece(piece: str, word: str) -> None:
    assert unescape(piece) == word
    assert not is_word(piece, MARKERS)


def test_names_are_read_whatever_their_case_and_composition() -> None:
    names = LabelNames(["PER", "LOC", "ORG"], {"PER": "Künstler", "LOC": "Straße", "MISC": "-"}, markers=MARKERS)
    assert [names.name(label) for label in ("PER", "LOC", "ORG")] == ["Künstler", "Straße", "org"]
    assert names.label(["KU\u0308NSTLER"]) == names.label(["künstler"]) == "PER"
    assert names.label(["STRASSE"]) == "LOC"
    assert names.label(["Org"]) == "ORG"
    assert names.label(["MISC"]) is names.label([""]) is names.label([]) is names.label(["künstler", "org"]) is None


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ({"PER": "ort", "LOC": "ort"}, "'PER' and 'LOC' are both named 'ort'"),
        ({"PER": "Ort", "LOC": "ort"}, "'PER' and 'LOC' are both named 'ort'"),
        ({"PER": "LOC"}, "'PER' and 'LOC' are both named 'loc'"),
        ({"PER": "é", "LOC": "e\u0301"}, "'PER' and 'LOC' are both named 'é'"),
        ({"PER": ""}, "'PER' is named ''"),
        ({"PER": "eine person"}, "'PER' is named 'eine person'"),
        ({"PER": "per\u00a0son"}, r"'PER' is named 'per\xa0son'"),
        ({"PER": "per\\son"}, r"'PER' is named 'per\\son'"),
        ({"PER": "["}, "'PER' is named '['"),
        ({"PER": "|person"}, "'PER' is named '|person'"),
    ],
)
def test_names_that_are_none(names: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=r"^labels cannot be written as text: ") as caught:
        LabelNames(["PER", "LOC"], names, markers=MARKERS)
    assert str(caught.value) == (
        f"labels cannot be written as text: {problem}; give each label a name of its own (names={{label: name}}): "
        "one word, no backslash, not beginning with any of [ | ]"
    )


def test_labels_that_differ_only_in_case_and_all_problems_at_once() -> None:
    with pytest.raises(ValueError, match=r"text: 'A B' is named 'a b'; 'Per' and 'PER' are both named 'per'; give"):
        LabelNames(["Per", "PER", "A B"], None, markers=MARKERS)


def test_only_known_labels_are_written() -> None:
    names = LabelNames(["PER"], None, markers=MARKERS)
    assert names.checked(Sentence("s", ("a",), ())) == ()
    with pytest.raises(ValueError, match=r"^sentence 's' has no labels \(spans is None\) and cannot be written$"):
        names.checked(Sentence("s", ("a",)))
    with pytest.raises(ValueError, match=r"^sentence 's' has the label\(s\) \['LOC'\]; the format knows \['PER'\]$"):
        names.checked(Sentence("s", ("a",), (Span(0, 1, "LOC"),)))
