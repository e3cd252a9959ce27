"""The constraint in generate: whatever a model prefers, it writes what the format can read."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from writers import FORMATS, NETWORKS, SPELLER, TEXTS, batch_of, text_codec, without_bytes

from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.constraint import Constraint
from eigennamen.decoding.generation import generate
from eigennamen.decoding.network import TransformersEncoderDecoder
from eigennamen.formats.base import Grammar
from eigennamen.types import Sentence

PAD, END = 0, 9
CPU = torch.device("cpu")
WITHOUT_BYTES = without_bytes()


def automaton_of(*edges: tuple[int, str, int], final: tuple[int, ...]) -> Automaton:
    return Automaton.of(
        Grammar(edges, frozenset(final), states_per_word=1),
        lambda piece: [ord(letter) - 96 for letter in piece],
        end=END,
    )


ONE = automaton_of((0, "a", 1), (1, "b", 2), (1, "c", 1 + 1), final=(2,))  # a, then b or c
UNCLEAR = automaton_of((0, "a", 1), (0, "ab", 3), (1, "c", 3), (3, "d", 4), final=(3, 4))  # ac or ab, or with d


def allowed(constraint: Constraint, *rows: list[int]) -> list[list[int]]:
    scores = constraint(torch.tensor([[7, *row] for row in rows]), torch.zeros(len(rows), 10))
    assert set(scores.unique().tolist()) <= {0.0, -float("inf")}
    return [row.nonzero().flatten().tolist() for row in scores == 0]


def test_each_row_follows_its_own_automaton() -> None:
    constraint = Constraint([ONE, UNCLEAR], prefix=1, padding=PAD, device=CPU)
    assert allowed(constraint, [], []) == [[1], [1]]
    assert allowed(constraint, [1], [1]) == [[2, 3], [2, 3]]
    assert allowed(constraint, [1, 3], [1, 2]) == [[END], [4, END]]
    assert allowed(constraint, [1, 3, END], [1, 2, 4]) == [[PAD], [END]]
    assert allowed(constraint, [1, 3, END, PAD], [1, 2, 4, END]) == [[PAD], [PAD]]


def test_what_is_allowed_keeps_its_score() -> None:
    scores = torch.arange(10.0).unsqueeze(0)
    masked = Constraint([ONE], prefix=1, padding=PAD, device=CPU)(torch.tensor([[7]]), scores)
    assert masked[0, 1] == 1.0
    assert masked.isinf().sum() == 9


def test_beams_are_followed_where_they_go() -> None:
    """Two beams a text: both continue the first, then they change places."""
    constraint = Constraint([ONE, UNCLEAR], prefix=1, padding=PAD, beams=2, device=CPU)
    assert allowed(constraint, [], [], [], []) == [[1]] * 4
    assert allowed(constraint, [1], [2], [1], [5])[::2] == [[2, 3], [2, 3]]
    assert allowed(constraint, [1, 2], [1, 3], [1, 2], [1, 3]) == [[END], [END], [4, END], [4, END]]
    assert allowed(constraint, [1, 3, END], [1, 2, END], [1, 3, 4], [1, 2, END]) == [[PAD], [PAD], [END], [PAD]]


def test_a_beam_that_wrote_what_is_not_allowed_only_pads() -> None:
    constraint = Constraint([ONE], prefix=1, padding=PAD, beams=2, device=CPU)
    allowed(constraint, [], [])
    assert allowed(constraint, [1], [4]) == [[2, 3], [PAD]]


@pytest.mark.slow
@pytest.mark.parametrize("beams", [1, 2, 4])
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", NETWORKS)
@settings(max_examples=4, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=2), seed=st.integers(0, 9), bytes_=st.booleans())
def test_every_output_is_read_without_errors(
    kind: str, form: str, beams: int, texts: list[list[str]], seed: int, bytes_: bool
) -> None:
    codec = text_codec(form, speller=SPELLER if bytes_ else WITHOUT_BYTES)
    network = NETWORKS[kind](codec, seed=seed)
    batch = batch_of(codec, [Sentence(str(i), tuple(words)) for i, words in enumerate(texts)])
    automata = [codec.automaton(window.sentence.words) for window in batch.windows]
    decoder = TransformersEncoderDecoder(network)
    prefix = [network.config.decoder_start_token_id, *codec.speller.target_prefix]
    ends = {"end": codec.speller.end, "padding": codec.speller.padding}
    with torch.inference_mode():
        memory = decoder.encode(batch.inputs)
    written = generate(network, decoder, memory, automata, prefix=prefix, beams=beams, max_length=0, **ends)
    for window, output, automaton in zip(batch.windows, written, automata, strict=True):
        assert max(output.log_probs) <= 0
        read = codec.read(window, output, automaton)
        reading = read.reading
        assert (reading.format_error, reading.reconstruction_error) == (False, False)
        assert reading.unknown_labels == reading.unaligned_mentions == 0
        assert len(read.of_mentions) == len(reading.found) == len(reading.mentions)
        assert all(log_prob <= 0 for log_prob in read.of_mentions)
        if form != "typed_list":  # which does not write all words
            said = iter(piece.text for piece in automaton.read(output.subwords) or ())
            words = [piece.text for piece in codec.format.write(window.sentence) if piece.word is not None]
            assert all(word in said for word in words)  # one after the other
