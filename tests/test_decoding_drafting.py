"""Drafted decoding: the output of greedy decoding in fewer passes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedModel
from writers import ANNA, KIEL, NETWORKS, NOBODY, TEXTS, batch_of, text_codec

from eigennamen.codecs.text import TextCodec
from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.drafting import TIE, Passes, Tables, write_drafted
from eigennamen.decoding.generation import generate
from eigennamen.decoding.guesses import Guesses
from eigennamen.decoding.network import EncoderDecoder, Memory, TransformersEncoderDecoder
from eigennamen.decoding.written import Written
from eigennamen.formats.base import Grammar
from eigennamen.types import Sentence

END = 0
Prefers = Callable[[list[int]], Mapping[int, float]]


@dataclass
class Preferring:
    """A network that has logits of its own for what it may write, after all that it has written."""

    prefers: Prefers
    n_passes: int = 0
    rows: list[int] = field(default_factory=list)

    def encode(self, inputs: Mapping[str, torch.Tensor]) -> Memory:
        raise NotImplementedError

    def states(self, memory: Memory, written: torch.Tensor) -> torch.Tensor:
        self.n_passes += 1
        self.rows.append(len(written))
        logits = torch.zeros(*written.shape, 30)
        for i, row in enumerate(written.tolist()):
            for j in range(len(row)):
                for subword, logit in self.prefers(row[1 : j + 1]).items():
                    logits[i, j, subword] = logit
        return logits

    def scores(self, states: torch.Tensor, subwords: torch.Tensor | None = None) -> torch.Tensor:
        return states if subwords is None else states.gather(1, subwords)


def memory_of(n: int) -> Memory:
    return Memory(torch.zeros(n, 1, 1), torch.ones(n, 1, dtype=torch.long))


def automaton_of(*edges: tuple[int, str, int], final: tuple[int, ...]) -> Automaton:
    return Automaton.of(
        Grammar(edges, frozenset(final), states_per_word=5),
        lambda piece: [ord(letter) - 96 for letter in piece],
        end=END,
    )


# copy abc; or a mark (x) before a word, then y or z behind it
MARKED = automaton_of(
    *[(0, "a", 5), (0, "x", 1), (1, "a", 2), (2, "y", 5), (2, "z", 5)],
    *[(5, "b", 10), (5, "x", 6), (6, "b", 7), (7, "y", 10), (7, "z", 10)],
    *[(10, "c", 15)],
    final=(15,),
)
A, B, C, X, Y, Z = 1, 2, 3, 24, 25, 26


def write(
    prefers: Prefers, automata: Sequence[Automaton], *, guesses: Guesses | None = None
) -> tuple[list[Written], Preferring, Passes]:
    network, count = Preferring(prefers), Passes()
    memory, begins = memory_of(len(automata)), [[0, 0, 0]] * len(automata)
    guesses = guesses or Guesses()
    written = write_drafted(network, memory, automata, begins=begins, prefix=[9], guesses=guesses, count=count)
    return written, network, count


def test_a_network_that_copies_is_asked_once() -> None:
    written, network, count = write(lambda _: {X: -2.0}, [MARKED, MARKED])
    assert [one.subwords for one in written] == [[A, B, C, END]] * 2
    assert network.n_passes == 1
    assert count == Passes(texts=2, passes=2, ties=0)
    copied = -float(np.log1p(np.exp(-2.0)))
    assert written[0].log_probs == pytest.approx([copied, copied, 0.0, 0.0])  # where there is a choice, 1 / (1 + e^-2)


def test_all_marks_are_found_at_once() -> None:
    """A pass hears of both marks, one of what is behind them, one of nothing new."""
    written, network, count = write(lambda _: {X: 3.0, Z: 1.0}, [MARKED])
    assert written[0].subwords == [X, A, Z, X, B, Z, C, END]
    assert network.n_passes == 3
    assert count == Passes(texts=1, passes=3, ties=0)
    mark, kind = -np.log1p(np.exp(-3.0)), -np.log1p(np.exp(-1.0))
    assert written[0].log_probs == pytest.approx([mark, 0, kind, mark, 0, kind, 0, 0])


def test_what_was_written_before_is_guessed() -> None:
    guesses = Guesses()
    first, _, slow = write(lambda _: {X: 3.0, Z: 1.0}, [MARKED], guesses=guesses)
    second, _, fast = write(lambda _: {X: 3.0, Z: 1.0}, [MARKED, MARKED], guesses=guesses)
    assert second == first * 2
    assert (slow.passes, fast.passes) == (3, 2)  # one for each of two texts
    third, _, _ = write(lambda _: {X: -3.0, Z: 1.0}, [MARKED], guesses=guesses)  # a guess that is wrong changes nothing
    assert third[0].subwords == [A, B, C, END]


def test_finished_rows_are_not_asked_again() -> None:
    def prefers(written: list[int]) -> Mapping[int, float]:
        return {X: 1.0} if len(written) == 1 and written[0] == B else {X: -1.0}

    other = automaton_of((0, "b", 1), (1, "c", 2), (1, "x", 3), (3, "c", 2), final=(2,))
    written, network, count = write(prefers, [MARKED, other, MARKED])
    assert [one.subwords for one in written] == [[A, B, C, END], [B, X, C, END], [A, B, C, END]]
    assert network.rows == [3, 1]
    assert count == Passes(texts=3, passes=4)


def test_an_answer_to_what_will_not_be_written_is_asked_again() -> None:
    """After a mark before the first word there is none before the second, though the draft without it has one."""

    def prefers(written: list[int]) -> Mapping[int, float]:
        return {X: 1.0} if X not in written else {X: -1.0, Y: 1.0}

    written, _, _ = write(prefers, [MARKED])
    assert written[0].subwords == [X, A, Y, B, C, END]


def test_ties_are_counted() -> None:
    assert write(lambda _: {X: -TIE / 2}, [MARKED])[2].ties == 2
    assert write(lambda _: {X: -TIE * 2}, [MARKED])[2].ties == 0


def test_tables_have_room_for_all_rows() -> None:
    small = automaton_of((0, "a", 1), final=(1,))
    tables = Tables.of([small, MARKED])
    assert tables.subwords.shape == (2, 17, 2)
    assert tables.ends.tolist() == [2, 16]
    draft = tables.draft(np.array([0, 1]), np.zeros((2, 17), dtype=np.int64))
    assert draft.subwords[0, :2].tolist() == [A, END]
    assert draft.subwords[1].tolist() == [A, B, C, END]
    assert draft.lengths.tolist() == [2, 4]


# --- against generate of transformers ---


def both(
    codec: TextCodec, network: PreTrainedModel, sentences: Sequence[Sentence]
) -> tuple[list[Written], list[Written], Passes, EncoderDecoder, Memory]:
    batch, count, decoder = batch_of(codec, sentences), Passes(), TransformersEncoderDecoder(network)
    automata = [codec.automaton(window.sentence.words) for window in batch.windows]
    prefix = [network.config.decoder_start_token_id, *codec.speller.target_prefix]
    with torch.inference_mode():
        memory = decoder.encode(batch.inputs)
    begins = [codec.begins(window.sentence.words) for window in batch.windows]
    guesses = Guesses()
    settings = {"begins": begins, "prefix": prefix, "guesses": guesses}
    drafted = write_drafted(decoder, memory, automata, **settings, count=count)
    again = write_drafted(decoder, memory, automata, **settings, count=Passes())
    assert [one.subwords for one in again] == [one.subwords for one in drafted] or count.ties
    settings = {"prefix": prefix, "end": codec.speller.end, "padding": codec.speller.padding}
    greedy = generate(network, decoder, memory, automata, beams=1, max_length=0, **settings)
    return drafted, greedy, count, decoder, memory


def check_same(codec: TextCodec, network: PreTrainedModel, sentences: Sequence[Sentence]) -> tuple[int, Passes]:
    """How many outputs are equal, with equal probabilities; the others must differ first at a tie."""
    drafted, greedy, count, decoder, memory = both(codec, network, sentences)
    equal = 0
    for row, (one, other) in enumerate(zip(drafted, greedy, strict=True)):
        if one.subwords == other.subwords:
            equal += 1
            assert one.log_probs == pytest.approx(other.log_probs, abs=1e-3)
        else:
            place = next(
                i for i, pair in enumerate(zip(one.subwords, other.subwords, strict=False)) if len({*pair}) > 1
            )
            read = [network.config.decoder_start_token_id, *codec.speller.target_prefix, *one.subwords[:place]]
            states = decoder.states(memory.of(np.array([row])), torch.tensor([read]))[:, -1]
            two = decoder.scores(states, torch.tensor([[one.subwords[place], other.subwords[place]]]))[0]
            assert abs(float(two[0] - two[1])) < TIE
            assert count.ties
    return equal, count


@pytest.mark.slow
@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("form", ["brackets", "word_tags"])
@settings(max_examples=8, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3), seed=st.integers(0, 9))
def test_it_is_greedy_decoding(kind: str, form: str, texts: list[list[str]], seed: int) -> None:
    codec = text_codec(form)
    sentences = [Sentence(str(i), tuple(words)) for i, words in enumerate(texts)]
    _, count = check_same(codec, NETWORKS[kind](codec, seed=seed), sentences)
    assert count.texts == len(sentences)
    assert count.texts <= count.passes


@pytest.mark.slow
@pytest.mark.parametrize("kind", NETWORKS)
def test_it_is_greedy_decoding_of_long_sentences(kind: str) -> None:
    codec = text_codec()
    long = Sentence("long", (ANNA.words + NOBODY.words + KIEL.words) * 14)
    assert len(long.words) > 200
    equal, count = check_same(codec, NETWORKS[kind](codec), [long, KIEL])
    assert equal > 0
    assert count.texts == len(batch_of(codec, [long, KIEL]).windows) > 4
