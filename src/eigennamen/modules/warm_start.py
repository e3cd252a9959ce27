"""An encoder-decoder from a pretrained encoder: a small decoder with random weights learns to read it."""

from typing import Any

import torch
from torch.nn import functional as F
from transformers import AutoModel, BertConfig, BertLMHeadModel, EncoderDecoderModel, PreTrainedModel

from eigennamen.codecs.text import TextCodec
from eigennamen.pretrained import check_files, explain_missing_model

_SAME = 12.0  # attention logit of a decoder state and the encoder state of the same sub-word
_TEXTS, _LENGTH = 400, 32  # of random sub-words, to find out how encoder states tell sub-words


def warm_started(
    *,
    codec: TextCodec,
    pretrained: str,
    decoder_layers: int = 2,
    decoder_dropout: float = 0.1,
    freeze_embeddings: bool = False,
    **settings: Any,
) -> PreTrainedModel:
    """An encoder of the hub or of a local folder, and a decoder of BERT's layers over its sub-words.

    The decoder begins with the encoder's embeddings, which are its output layer as well, and with a cross attention
    that finds the sub-word it wrote last (see ``_look_at_the_same``). ``settings`` replace those of the encoder's
    configuration (dropout, say). After Rothe et al. 2020, "Leveraging Pre-trained Checkpoints for Sequence Generation
    Tasks", who take BERT for both sides.

    Raises:
        ValueError: the encoder is not to be had, its weights cannot be read, or its embeddings are of another size.
    """
    check_files(pretrained)
    with explain_missing_model(pretrained):
        encoder = AutoModel.from_pretrained(pretrained, trust_remote_code=False, dtype=torch.float32, **settings)
    embedded, size = _embeddings(encoder).shape[1], encoder.config.hidden_size
    if encoder.config.is_encoder_decoder or embedded != size:
        raise ValueError(
            f"module.pretrained={pretrained}: a {encoder.config.model_type} with embeddings of {embedded} and states "
            f"of {size} numbers; expected an encoder where both are the same, such as deepset/gbert-base, or "
            "module/body=pretrained_seq2seq for a model that can write already"
        )
    decoder = _decoder(encoder, codec, layers=decoder_layers, dropout=decoder_dropout)
    _look_at_the_same(encoder, decoder, special=codec.speller.hf.all_special_ids)
    network = EncoderDecoderModel(encoder=encoder, decoder=decoder)
    network.config.decoder_start_token_id = codec.speller.end
    network.config.pad_token_id = codec.speller.padding
    network.config.eos_token_id = codec.speller.end
    if freeze_embeddings:
        for part in (encoder, decoder):
            _embeddings(part).requires_grad_(False)
    return network


def _embeddings(network: PreTrainedModel) -> torch.Tensor:
    weight = network.get_input_embeddings().weight
    assert isinstance(weight, torch.Tensor)
    return weight


@torch.no_grad()
def _decoder(encoder: PreTrainedModel, codec: TextCodec, *, layers: int, dropout: float) -> BertLMHeadModel:
    config = BertConfig(
        vocab_size=len(_embeddings(encoder)),
        hidden_size=encoder.config.hidden_size,
        num_hidden_layers=layers,
        num_attention_heads=encoder.config.num_attention_heads,
        intermediate_size=2 * encoder.config.hidden_size,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        max_position_embeddings=codec.longest_target,
        pad_token_id=codec.speller.padding,
        is_decoder=True,
        add_cross_attention=True,
    )
    decoder = BertLMHeadModel(config)
    _embeddings(decoder).copy_(_embeddings(encoder))
    return decoder


@torch.no_grad()
def _look_at_the_same(encoder: PreTrainedModel, decoder: BertLMHeadModel, *, special: list[int]) -> None:
    """Let each decoder state attend to the encoder state of the sub-word that the decoder has just read.

    From random weights this is found late, and all that a format asks is asked about that place. Encoder states still
    tell their sub-word: a linear map from states to normalized embeddings, found by least squares on random sub-words,
    is the key, and the embedding itself the query, both through the same random projection. docs/decisions/0012.
    """
    embeddings = _embeddings(encoder)
    ordinary = torch.tensor(sorted(set(range(len(embeddings))) - set(special)))
    texts = ordinary[torch.randint(len(ordinary), (_TEXTS, _LENGTH))]
    states = torch.cat([encoder(input_ids=some).last_hidden_state for some in texts.split(_LENGTH)]).flatten(0, 1)
    normalized = F.layer_norm(embeddings, embeddings.shape[1:])[texts.flatten()]
    size = states.shape[1]
    to_embedding = torch.linalg.solve(states.T @ states + torch.eye(size), states.T @ normalized)
    attentions: list[Any] = [m.self for name, m in decoder.named_modules() if name.endswith(".crossattention")]
    for attention in attentions:
        head_size = attention.attention_head_size
        for head in range(attention.num_attention_heads):
            projection = torch.linalg.qr(torch.randn(size, head_size)).Q.T * (_SAME / head_size**0.5) ** 0.5
            rows = slice(head * head_size, (head + 1) * head_size)
            attention.query.weight[rows] = projection
            attention.key.weight[rows] = projection @ to_embedding.T
