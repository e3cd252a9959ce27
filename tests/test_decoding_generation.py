"""Decoding with generate: probabilities, the best of all outputs, outputs without a constraint."""

import math

import pytest
import torch
from writers import ANNA, FORMATS, KIEL, NETWORKS, NOBODY, batch_of, language, text_codec

from eigennamen.codecs.text import TextCodec
from eigennamen.decoding.generation import generate
from eigennamen.decoding.network import TransformersEncoderDecoder
from eigennamen.decoding.written import Written
from eigennamen.types import Sentence

every_network = pytest.mark.parametrize("kind", NETWORKS)


def write(
    codec: TextCodec, kind: str, sentences: list[Sentence], *, beams: int = 1, constrained: bool = True, seed: int = 0
) -> list[Written]:
    network, batch = NETWORKS[kind](codec, seed=seed), batch_of(codec, sentences)
    decoder = TransformersEncoderDecoder(network)
    automata = [codec.automaton(window.sentence.words) for window in batch.windows] if constrained else None
    with torch.inference_mode():
        memory = decoder.encode(batch.inputs)
    prefix = [network.config.decoder_start_token_id, *codec.speller.target_prefix]
    ends = {"end": codec.speller.end, "padding": codec.speller.padding}
    return generate(network, decoder, memory, automata, prefix=prefix, beams=beams, max_length=12, **ends)


def log_prob_of(codec: TextCodec, kind: str, sentence: Sentence, written: list[int], *, seed: int = 0) -> float:
    """Sub-word by sub-word with the model's own forward pass, among what the automaton allows."""
    network, batch = NETWORKS[kind](codec, seed=seed), batch_of(codec, [sentence])
    read = torch.tensor([[network.config.decoder_start_token_id, *codec.speller.target_prefix, *written[:-1]]])
    with torch.inference_mode():
        logits = network(**batch.inputs, decoder_input_ids=read).logits[0, -len(written) :]
    total = 0.0
    for place, choices in enumerate(codec.automaton(sentence.words).choices(written)):
        total += float(logits[place, written[place]] - logits[place, choices].logsumexp(dim=0))
    return total


@every_network
@pytest.mark.parametrize("form", FORMATS)
def test_probabilities_are_among_what_is_allowed(kind: str, form: str) -> None:
    codec = text_codec(form)
    for sentence, output in zip([ANNA, NOBODY], write(codec, kind, [ANNA, NOBODY]), strict=True):
        assert sum(output.log_probs) == pytest.approx(log_prob_of(codec, kind, sentence, output.subwords), abs=1e-3)
        forced = [len(one) == 1 for one in codec.automaton(sentence.words).choices(output.subwords)]
        assert any(forced)
        assert all(p == 0.0 for p, is_forced in zip(output.log_probs, forced, strict=True) if is_forced)


@pytest.mark.slow
@every_network
@pytest.mark.parametrize("form", FORMATS)
def test_with_enough_beams_the_best_of_all_outputs_is_written(kind: str, form: str) -> None:
    codec = text_codec(form)
    sentence = Sentence("s", ("Kiel",))
    for seed in range(3):
        outputs = {
            one: log_prob_of(codec, kind, sentence, list(one), seed=seed)
            for one in language(codec.automaton(sentence.words))
        }
        assert sum(map(math.exp, outputs.values())) == pytest.approx(1.0, abs=1e-3)
        [greedy] = write(codec, kind, [sentence], seed=seed)
        [best] = write(codec, kind, [sentence], beams=4, seed=seed)
        assert sum(best.log_probs) == pytest.approx(max(outputs.values()), abs=1e-3)
        assert sum(best.log_probs) >= sum(greedy.log_probs) - 1e-4


@pytest.mark.slow
@every_network
def test_beams_of_several_texts_are_those_of_each(kind: str) -> None:
    codec = text_codec("word_tags")
    together = write(codec, kind, [ANNA, KIEL, NOBODY], beams=3)
    for sentence, output in zip([ANNA, KIEL, NOBODY], together, strict=True):
        [alone] = write(codec, kind, [sentence], beams=3)
        assert alone.subwords == output.subwords
        assert alone.log_probs == pytest.approx(output.log_probs, abs=1e-4)


@every_network
def test_without_automata_anything_is_written_up_to_a_length(kind: str) -> None:
    codec = text_codec()
    for beams in (1, 2):
        for output in write(codec, kind, [ANNA, NOBODY], beams=beams, constrained=False):
            assert len(output.subwords) == len(output.log_probs) <= 12
            assert output.subwords[-1] == codec.speller.end or len(output.subwords) == 12
            assert all(-20 < log_prob <= 0 for log_prob in output.log_probs)
