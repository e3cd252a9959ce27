"""What holds for every output format: what is written is read, grammars are exact, anything can be read."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.formats.base import Grammar, OutputFormat, Reading
from eigennamen.formats.brackets import Brackets
from eigennamen.formats.typed_list import TypedList
from eigennamen.formats.word_tags import WordTags
from eigennamen.types import Sentence, Span

NAMES = {"PER": "person", "LOC": "ort"}
BRACKETS = Brackets(labels=["PER", "LOC"], names=NAMES)
TYPED_LIST = TypedList(labels=["PER", "LOC"], names=NAMES)
WORD_TAGS = WordTags(labels=["PER", "LOC"], names=NAMES)
FORMATS = (BRACKETS, TYPED_LIST, WORD_TAGS)

# markers and labels as words, escapes as words, whitespace, combining and invisible characters, lone surrogates
ODD = "\\ \\[ \\u{20} \\\\u{20} \u00ad \u200d e\u0301 é \ud800 🧑🏽\u200d🚒 \0".split()
TRICKY = st.sampled_from(
    [*"[ ] | : ; - + -x person Ort ORT a aa aaa".split(), *ODD, " ", "\n", "a b", "\u00a0", "\x1c"]
)
WORDS = st.one_of(TRICKY, st.text(st.characters(), min_size=1, max_size=4))
TEXTS = st.lists(WORDS, min_size=1, max_size=6)
PIECES = st.lists(st.one_of(TRICKY, st.text(max_size=3)), max_size=12)
every_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


@st.composite
def sentences(draw: st.DrawFn, words: st.SearchStrategy[Sequence[str]] = TEXTS) -> Sentence:
    chosen = tuple(draw(words))
    cuts = sorted(draw(st.sets(st.integers(0, len(chosen)))))
    labels = draw(st.lists(st.sampled_from(["PER", "LOC", None]), min_size=len(cuts), max_size=len(cuts)))
    return Sentence("s", chosen, tuple(Span(*c) for c in zip(cuts, cuts[1:], labels, strict=False) if c[2]))


def _written(form: OutputFormat, sentence: Sentence) -> list[str]:
    return [piece.text for piece in form.write(sentence)]


def _errors(reading: Reading) -> tuple[bool, int, bool, int]:
    return reading.format_error, reading.unknown_labels, reading.reconstruction_error, reading.unaligned_mentions


def _accepts(grammar: Grammar, pieces: list[str]) -> bool:
    states = {0}
    for piece in pieces:
        states = {to for start, written, to in grammar.edges if start in states and written == piece}
    return bool(states & grammar.final)


@every_format
@pytest.mark.parametrize("n_words", [0, 1, 3])
def test_states_belong_to_places_between_words(form: OutputFormat, n_words: int) -> None:
    grammar = form.grammar(["x"] * n_words)
    states = {state for start, _, to in grammar.edges for state in (start, to)} | grammar.final
    assert max(states) < grammar.states_per_word * (n_words + 1)


def _by_state(grammar: Grammar) -> dict[int, list[tuple[str, int]]]:
    edges = defaultdict(list)
    for start, piece, to in grammar.edges:
        edges[start].append((piece, to))
    return edges


@pytest.mark.parametrize("form", [BRACKETS, WORD_TAGS], ids=lambda form: form.name)
@given(sentence=sentences())
def test_what_is_written_is_read(form: OutputFormat, sentence: Sentence) -> None:
    reading = form.read(_written(form, sentence), sentence.words)
    assert reading.spans == sentence.spans
    assert _errors(reading) == (False, 0, False, 0)
    assert reading.mentions == tuple((span.label, sentence.mention(span)) for span in sentence.spans or ())


@given(sentence=sentences())
def test_a_list_is_read_where_it_is_not_ambiguous(sentence: Sentence) -> None:
    reading = TYPED_LIST.read(_written(TYPED_LIST, sentence), sentence.words)
    assert _errors(reading) == (False, 0, False, 0)
    assert reading.mentions == tuple((span.label, sentence.mention(span)) for span in sentence.spans or ())
    lost = set(sentence.spans or ()) - set(reading.spans)
    assert TYPED_LIST.ambiguous(sentence) == len(lost)
    # only what occurs before it can take a mention's place: with words that share no character nothing is lost
    texts = [word.casefold() for word in sentence.words]
    if all(word.isalnum() and word.isascii() for word in texts) and len(set("".join(texts))) == len("".join(texts)):
        assert reading.spans == sentence.spans


@every_format
@given(sentence=sentences())
def test_what_is_written_is_legal(form: OutputFormat, sentence: Sentence) -> None:
    assert _accepts(form.grammar(sentence.words), _written(form, sentence))


@every_format
@given(sentence=sentences(), data=st.data())
def test_every_legal_output_is_read_without_errors(form: OutputFormat, sentence: Sentence, data: st.DataObject) -> None:
    grammar = form.grammar(sentence.words)
    edges, state, pieces = _by_state(grammar), 0, []
    while edges[state] and not (state in grammar.final and data.draw(st.booleans())):
        piece, state = data.draw(st.sampled_from(edges[state]))
        pieces.append(piece)
    assert state in grammar.final
    reading = form.read(pieces, sentence.words)
    assert _errors(reading) == (False, 0, False, 0)
    assert len(reading.found) == len(reading.mentions)


@every_format
@given(words=st.lists(WORDS, max_size=6), pieces=PIECES)
def test_anything_can_be_read(form: OutputFormat, words: list[str], pieces: list[str]) -> None:
    """And what is read is flat, within the sentence, and said by pieces that follow each other."""
    reading = form.read(pieces, words)
    edges = [0, *(edge for found in reading.found for edge in (found.span.start, found.span.end)), len(words)]
    assert edges == sorted(edges)
    places = [0, *(place for found in reading.found for place in (found.first, found.last)), len(pieces)]
    assert places == sorted(places)
    assert len(reading.mentions) == len(reading.found) + reading.unknown_labels + reading.unaligned_mentions


SHORT = ("a", "[", "-", "c")  # words of one character, of which none is like another: nothing to be tolerant of
EDITED = [*SHORT, r"\[", r"\-", "|", "]", ":", ";", "+", "person", "ort", "firma"]


@every_format
@given(data=st.data())
def test_an_output_has_an_error_just_where_it_is_not_legal(form: OutputFormat, data: st.DataObject) -> None:
    sentence = data.draw(sentences(words=st.just(SHORT)))
    pieces = _written(form, sentence)
    for _ in range(data.draw(st.integers(0, 2))):
        i, j = (data.draw(st.integers(0, len(pieces))) for _ in range(2))
        pieces[i:j] = data.draw(st.lists(st.sampled_from(EDITED), max_size=2))
    assert any(_errors(form.read(pieces, SHORT))) != _accepts(form.grammar(SHORT), pieces)


@every_format
def test_the_grammar_is_exact(form: OutputFormat) -> None:
    """Three words, two labels: by what the first word is or begins, 11 + 2 * 11 + 2 * 3 + 2 * 1 outputs."""
    words = ("a", "[", "-")
    cuts = [(0, 1), (1, 2), (2, 3), (0, 2), (1, 3), (0, 3)]
    legal = set()
    for labels in product([None, "PER", "LOC"], repeat=len(cuts)):
        spans = [Span(*cut, label) for cut, label in zip(cuts, labels, strict=True) if label]
        if sum(span.length for span in spans) == len({i for span in spans for i in range(span.start, span.end)}):
            legal.add(tuple(_written(form, Sentence("s", words, tuple(spans)))))
    assert len(legal) == 41
    assert sorted(_language(form.grammar(words))) == sorted(legal)


def _language(grammar: Grammar) -> list[tuple[str, ...]]:
    edges, legal = _by_state(grammar), []
    open_: list[tuple[tuple[str, ...], int]] = [((), 0)]
    while open_:
        pieces, state = open_.pop()
        legal += [pieces] if state in grammar.final else []
        open_ += [((*pieces, piece), to) for piece, to in edges[state]]
    return legal
