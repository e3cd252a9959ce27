"""A decoder for a pretrained encoder: what it begins with, where it looks, what is refused."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoTokenizer, ElectraConfig, ElectraModel, T5Config, T5ForConditionalGeneration
from writers import SPELLER, text_codec, tiny_encoder

from eigennamen.codecs.text import TextCodec
from eigennamen.formats.brackets import Brackets
from eigennamen.modules.warm_start import warm_started
from eigennamen.spelling import pretrained_speller

CODEC = text_codec()
SHIPPED = str(Path(__file__).parents[1] / "models" / "eigennamen-bert-mini")


def test_the_decoder_begins_with_the_encoders_embeddings_and_writes_with_them(tmp_path: Path) -> None:
    folder = tiny_encoder(tmp_path, CODEC)
    network = warm_started(codec=CODEC, pretrained=folder, embedding_dropout=0.25)
    encoder, decoder = network.get_encoder(), network.decoder
    assert encoder.config.embedding_dropout == 0.25
    assert torch.equal(
        encoder.get_input_embeddings().weight, AutoModel.from_pretrained(folder).embeddings.tok_embeddings.weight
    )
    assert torch.equal(decoder.get_input_embeddings().weight, encoder.get_input_embeddings().weight)
    assert decoder.get_output_embeddings().weight is decoder.get_input_embeddings().weight
    config = network.config
    assert (config.decoder_start_token_id, config.eos_token_id, config.pad_token_id) == (
        SPELLER.end,
        SPELLER.end,
        SPELLER.padding,
    )
    assert decoder.config.max_position_embeddings == CODEC.longest_target


def test_embeddings_can_stay_as_they_are(tmp_path: Path) -> None:
    network = warm_started(codec=CODEC, pretrained=tiny_encoder(tmp_path, CODEC), freeze_embeddings=True)
    frozen = {name for name, one in network.named_parameters() if not one.requires_grad}
    assert frozen == {"encoder.embeddings.tok_embeddings.weight", "decoder.bert.embeddings.word_embeddings.weight"}


def test_no_output_is_longer_than_said() -> None:
    names = {"PER": "person", "LOC": "ort"}
    codec = TextCodec(
        labels=["PER", "LOC"], format=Brackets(labels=["PER", "LOC"], names=names), speller=SPELLER, max_length=3
    )
    longest = max(len(codec.spell(name)) for name in names.values())
    assert codec.longest_target == 3 * (5 + longest) + 8


@pytest.mark.slow
def test_the_decoder_looks_at_the_subword_it_read_last() -> None:
    torch.manual_seed(0)
    speller = pretrained_speller([], pretrained=SHIPPED)
    codec = TextCodec(labels=["LOC"], format=Brackets(labels=["LOC"]), speller=speller)
    network = warm_started(codec=codec, pretrained=SHIPPED).eval()
    ids = torch.tensor(
        [codec.source("Gestern besuchte Anna Schmidt das alte Rathaus von Kiel mit ihrer Schwester".split())]
    )
    network.decoder.set_attn_implementation("eager")
    with torch.no_grad():
        out = network(input_ids=ids, decoder_input_ids=ids, output_attentions=True)
    looked = out.cross_attentions[0][0].mean(dim=0)  # (written, read) of the first layer
    share = looked.diagonal()[1:-1].mean().item()
    assert share > 0.5, share


def test_a_berts_separator_ends_what_is_written(tmp_path: Path) -> None:
    speller = pretrained_speller([], pretrained=SHIPPED)
    assert speller.hf.eos_token == "[SEP]"
    speller.save_pretrained(tmp_path)
    assert AutoTokenizer.from_pretrained(tmp_path).eos_token == "[SEP]"


def test_what_is_no_encoder_of_one_size_is_refused(tmp_path: Path) -> None:
    sizes = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "vocab_size": 99,
    }
    ElectraModel(ElectraConfig(embedding_size=8, **sizes)).save_pretrained(tmp_path / "electra")
    with pytest.raises(
        ValueError, match=r"module\.pretrained=.*electra: a electra with embeddings of 8 and states of 16"
    ):
        warm_started(codec=CODEC, pretrained=str(tmp_path / "electra"))
    t5 = T5Config(d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=99)
    T5ForConditionalGeneration(t5).save_pretrained(tmp_path / "t5")
    with pytest.raises(ValueError, match="expected an encoder"):
        warm_started(codec=CODEC, pretrained=str(tmp_path / "t5"))
