"""Automata over sub-words: exactly what the grammar allows, also where the way through it is not clear."""

import pytest
from hypothesis import given
from writers import FORMATS, SPELLER, TEXTS, language, text_codec

from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.written import WrittenPiece
from eigennamen.formats.base import Grammar

END = 0


def spell(piece: str) -> list[int]:
    """a is 1, b is 2 ..."""
    return [ord(letter) - 96 for letter in piece]


def automaton_of(*edges: tuple[int, str, int], final: tuple[int, ...]) -> Automaton:
    return Automaton.of(Grammar(edges, frozenset(final), states_per_word=1), spell, end=END)


FORKED = automaton_of((0, "abc", 1), (0, "abd", 2), (0, "b", 2), (1, "a", 2), final=(1, 2))
# "ab" is one piece or two, and the second one of each begins alike
UNCLEAR = automaton_of((0, "ab", 2), (0, "a", 1), (1, "b", 2), (1, "b", 3), (2, "c", 4), (3, "ca", 4), final=(4,))


def test_states_and_edges() -> None:
    """States 3 and 4 are those behind a and ab; the end is 5."""
    assert FORKED.edges.tolist() == [
        *[[0, 1, 3, -1], [3, 2, 4, -1], [4, 3, 1, 0]],  # a b c
        *[[4, 4, 2, 1]],  # d
        *[[0, 2, 2, 2]],  # b
        *[[1, 1, 2, 3]],  # a
        *[[1, END, 5, -1], [2, END, 5, -1]],
    ]
    assert FORKED.pieces == ("abc", "abd", "b", "a")
    assert (FORKED.n_states, FORKED.end) == (6, 5)


def test_it_writes_what_the_grammar_allows_and_nothing_else() -> None:
    assert sorted(language(FORKED)) == [(1, 2, 3, 0), (1, 2, 3, 1, 0), (1, 2, 4, 0), (2, 0)]
    assert sorted(language(UNCLEAR)) == [(1, 2, 3, 0), (1, 2, 3, 0), (1, 2, 3, 1, 0)]


def test_determinism() -> None:
    assert FORKED.is_deterministic
    assert not UNCLEAR.is_deterministic
    assert not automaton_of((0, "a", 1), (0, "ab", 1), final=(1,)).is_deterministic
    assert automaton_of((0, "ab", 1), (0, "ac", 1), (1, "a", 2), final=(2,)).is_deterministic


def test_reading() -> None:
    assert FORKED.read([1, 2, 3, 1, END]) == [WrittenPiece("abc", 0, 3), WrittenPiece("a", 3, 4)]
    assert FORKED.read([2, END]) == [WrittenPiece("b", 0, 1)]
    # the only way to write it
    assert UNCLEAR.read([1, 2, 3, 1, END]) == [
        *[WrittenPiece("a", 0, 1), WrittenPiece("b", 1, 2), WrittenPiece("ca", 2, 4)]
    ]
    read = UNCLEAR.read([1, 2, 3, END])
    assert read is not None
    assert "".join(piece.text for piece in read) == "abc"


@pytest.mark.parametrize("written", [[], [END], [1, 2], [1, 2, 3], [1, 2, 5, END], [2, 1, END], [2, END, END], [7]])
def test_what_is_not_accepted_is_not_read(written: list[int]) -> None:
    assert FORKED.read(written) is None


def test_choices() -> None:
    assert FORKED.choices([1, 2, 3, END]) == [[1, 2], [2], [3, 4], [END, 1]]
    assert UNCLEAR.choices([1, 2, 3, 1, END]) == [[1], [2], [3], [END, 1], [END]]


def test_nothing_to_write() -> None:
    empty = automaton_of(final=(0,))
    assert list(language(empty)) == [(END,)]
    assert empty.read([END]) == []


def test_the_first_edges_copy() -> None:
    automaton = text_codec("brackets").automaton(["Kiel", "["])
    state, copied = 0, []
    while state != automaton.end:
        _, subword, state, _ = automaton.edges[automaton.edges[:, 0] == state][0].tolist()
        copied.append(subword)
    assert copied == [*SPELLER("Kiel"), *SPELLER(r"\["), SPELLER.end]


@pytest.mark.parametrize("form", FORMATS)
@given(words=TEXTS)
def test_every_text_has_an_automaton_that_reads_its_words(form: str, words: list[str]) -> None:
    codec = text_codec(form)
    automaton = codec.automaton(words)
    assert SPELLER.end not in automaton.edges[automaton.edges[:, 2] != automaton.end, 1]
    if form != "typed_list":  # where several words begin alike
        assert automaton.is_deterministic
    state, written = 0, []
    while state != automaton.end:  # the last edges: as many marks as there may be
        _, subword, state, _ = automaton.edges[automaton.edges[:, 0] == state][-1].tolist()
        written.append(subword)
    pieces = automaton.read(written)
    assert pieces is not None
    assert [piece.first for piece in pieces] == [0, *(piece.last for piece in pieces[:-1])][: len(pieces)]
    reading = codec.format.read([piece.text for piece in pieces], words)
    assert (reading.format_error, reading.reconstruction_error) == (False, False)
