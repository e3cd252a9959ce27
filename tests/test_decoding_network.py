"""What decoding asks of an encoder-decoder of transformers is what the model itself would say."""

import numpy as np
import pytest
import torch
from writers import ANNA, KIEL, NETWORKS, NOBODY, batch_of, text_codec

from eigennamen.decoding.network import Memory, TransformersEncoderDecoder

CODEC = text_codec()
every_network = pytest.mark.parametrize("kind", NETWORKS)


@every_network
def test_states_and_scores_are_the_logits_of_the_model(kind: str) -> None:
    network = NETWORKS[kind](CODEC)
    decoder = TransformersEncoderDecoder(network)
    batch = batch_of(CODEC, [ANNA, NOBODY])
    written = torch.tensor([[2, 9, 5, 4], [2, 7, 7, 1]])
    logits = network(**batch.inputs, decoder_input_ids=written).logits
    states = decoder.states(decoder.encode(batch.inputs), written)
    assert states.shape == (2, 4, 16)
    of_all = decoder.scores(states.flatten(0, 1))
    torch.testing.assert_close(of_all, logits.flatten(0, 1))
    few = torch.tensor([[3, 8, 3], [1, 0, 5], [9, 9, 9], [4, 2, 7]] * 2)
    torch.testing.assert_close(decoder.scores(states.flatten(0, 1), few), logits.flatten(0, 1).gather(1, few))


@every_network
def test_the_model_answers_as_before(kind: str) -> None:
    """Nothing of what reads its states stays in the model, not even after an error."""
    network = NETWORKS[kind](CODEC)
    decoder = TransformersEncoderDecoder(network)
    inputs = batch_of(CODEC, [KIEL]).inputs
    written = torch.tensor([[2, 9, 5]])
    before = network(**inputs, decoder_input_ids=written).logits
    decoder.states(decoder.encode(inputs), written)
    with pytest.raises(IndexError):
        decoder.states(decoder.encode(inputs), torch.tensor([[10**6]]))
    after = network(**inputs, decoder_input_ids=written).logits
    assert after.shape == (1, 3, CODEC.speller.vocab_size)
    assert torch.equal(before, after)


@every_network
def test_gradients_flow_through_states_and_scores(kind: str) -> None:
    network = NETWORKS[kind](CODEC)
    decoder = TransformersEncoderDecoder(network)
    inputs = batch_of(CODEC, [KIEL]).inputs
    states = decoder.states(decoder.encode(inputs), torch.tensor([[2, 9, 5]]))[0]
    decoder.scores(states, torch.tensor([[4, 5]] * 3)).log_softmax(dim=1)[:, 0].sum().backward()
    without = [name for name, one in network.named_parameters() if one.grad is None or not one.grad.any()]
    unused = ("k_proj.bias",)  # the softmax of attention is the same whatever is added to all keys
    assert [name for name in without if not name.endswith(unused)] == []


def test_memory_of_some_rows_is_as_long_as_they_are() -> None:
    hidden = torch.arange(24.0).reshape(3, 4, 2)
    mask = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0]])
    some = Memory(hidden, mask).of(np.array([2, 1]))
    assert some.hidden.tolist() == [[[16.0, 17.0], [18.0, 19.0]], [[8.0, 9.0], [10.0, 11.0]]]
    assert some.mask.tolist() == [[1, 1], [1, 0]]
