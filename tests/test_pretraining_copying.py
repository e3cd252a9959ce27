"""The start for copying: the attention of an untrained T5 is where copying needs it."""

import pytest
import torch
from transformers import T5Config, T5ForConditionalGeneration

from eigennamen.pretraining.copying import start_copying

TEXT = torch.tensor([[11, 7, 19, 5, 13, 17, 3, 8]])
SIZES = {"d_model": 64, "d_kv": 32, "d_ff": 64, "num_heads": 3, "num_layers": 2, "num_decoder_layers": 2}


def _attentions(*, copying: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the decoder to the text in its first layer, of the text to itself in its first; (heads, from, to)."""
    torch.manual_seed(0)
    config = T5Config(vocab_size=20, dropout_rate=0.0, decoder_start_token_id=0, **SIZES)
    network = T5ForConditionalGeneration._from_config(config, attn_implementation="eager").eval()
    if copying:
        start_copying(network)
    with torch.inference_mode():
        output = network(input_ids=TEXT, decoder_input_ids=TEXT, output_attentions=True)
    return output.cross_attentions[0][0], output.encoder_attentions[0][0]


def test_each_sub_word_finds_itself_in_the_text() -> None:
    cross, _ = _attentions(copying=True)
    found = cross.argmax(dim=-1)
    assert (found == torch.arange(TEXT.shape[1])).float().mean() > 0.9
    random, _ = _attentions(copying=False)
    assert (random.argmax(dim=-1) == torch.arange(TEXT.shape[1])).float().mean() < 0.5


def test_one_head_looks_ahead_and_one_back() -> None:
    _, own = _attentions(copying=True)
    last = TEXT.shape[1] - 1
    assert own[0].argmax(dim=-1)[:last].tolist() == list(range(1, last + 1))
    assert own[1].argmax(dim=-1)[1:].tolist() == list(range(last))
    assert own[2].argmax(dim=-1)[:last].tolist() != list(range(1, last + 1))


@pytest.mark.parametrize("n_heads", [1, 2])
def test_with_few_heads_as_many_look_aside(n_heads: int) -> None:
    network = T5ForConditionalGeneration(T5Config(vocab_size=20, **{**SIZES, "num_heads": n_heads}))
    start_copying(network)
    bias = network.encoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight
    assert (bias == 6.0).sum() == n_heads
