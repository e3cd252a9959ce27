"""Bodies of the generator: pretrained ones are checked, random ones fit the codec's vocabulary."""

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, T5Config
from writers import NETWORKS, SPELLER, text_codec

from eigennamen.modules import encoder_decoders

CODEC = text_codec()


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_random_ones_have_the_codecs_vocabulary_and_marks(kind: str) -> None:
    network = NETWORKS[kind](CODEC)
    config = network.config
    assert (config.model_type, config.vocab_size) == (kind, SPELLER.vocab_size)
    assert (config.eos_token_id, config.pad_token_id) == (SPELLER.end, SPELLER.padding)
    assert config.decoder_start_token_id == {"t5": SPELLER.padding, "bart": SPELLER.end}[kind]
    assert network.get_output_embeddings().weight is network.get_input_embeddings().weight


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_pretrained_ones_come_back_in_full_precision_with_settings(kind: str, tmp_path: Path) -> None:
    original = NETWORKS[kind](CODEC)
    original.to(torch.bfloat16).save_pretrained(tmp_path)
    dropout = {"t5": "dropout_rate", "bart": "dropout"}[kind]
    network = encoder_decoders.pretrained(codec=CODEC, pretrained=str(tmp_path), **{dropout: 0.25})
    assert getattr(network.config, dropout) == 0.25
    assert network.dtype == torch.float32
    for one, other in zip(network.parameters(), original.parameters(), strict=True):
        assert torch.equal(one, other.float())
        assert one.requires_grad


def test_embeddings_can_stay_as_they_are(tmp_path: Path) -> None:
    NETWORKS["t5"](CODEC).save_pretrained(tmp_path)
    network = encoder_decoders.pretrained(codec=CODEC, pretrained=str(tmp_path), freeze_embeddings=True)
    frozen = [name for name, one in network.named_parameters() if not one.requires_grad]
    assert frozen == ["shared.weight"]


def test_a_model_that_cannot_write_is_refused(tmp_path: Path) -> None:
    BertConfig(hidden_size=16).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=rf"module\.pretrained={tmp_path}: a bert cannot write; .*module/body=warm_st"):
        encoder_decoders.pretrained(codec=CODEC, pretrained=str(tmp_path))


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"module\.pretrained=.*nowhere: cannot be loaded"):
        encoder_decoders.pretrained(codec=CODEC, pretrained=str(tmp_path / "nowhere"))
    T5Config().save_pretrained(tmp_path)  # without weights
    with pytest.raises(ValueError, match=rf"module\.pretrained={tmp_path}: cannot be loaded"):
        encoder_decoders.pretrained(codec=CODEC, pretrained=str(tmp_path))
