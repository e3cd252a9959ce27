"""Bodies of the generator: encoder-decoders of ``transformers``, pretrained or from scratch, for a text codec."""

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSeq2SeqLM, BartConfig, PreTrainedModel, T5Config

from eigennamen.codecs.text import TextCodec
from eigennamen.pretrained import check_files, explain_missing_model


def pretrained(
    *, codec: TextCodec, pretrained: str, freeze_embeddings: bool = False, **settings: Any
) -> PreTrainedModel:
    """Any encoder-decoder of the hub or of a local folder; remote code is never run.

    With ``freeze_embeddings`` the sub-words that training text lacks keep their place among the others. ``settings``
    replace those of its configuration (dropout, say).

    Raises:
        ValueError: the model is not to be had, its weights cannot be read, or it is no encoder-decoder.
    """
    check_files(pretrained)
    with explain_missing_model(pretrained):
        config = AutoConfig.from_pretrained(pretrained, trust_remote_code=False)
    if not config.is_encoder_decoder:
        raise ValueError(
            f"module.pretrained={pretrained}: a {config.model_type} cannot write; expected an encoder-decoder such as "
            "google/mt5-small or facebook/bart-base, or module/body=warm_started, which gives an encoder a decoder"
        )
    with explain_missing_model(pretrained):
        model: PreTrainedModel = AutoModelForSeq2SeqLM.from_pretrained(
            pretrained, trust_remote_code=False, dtype=torch.float32, **settings
        )
    if freeze_embeddings:
        model.get_input_embeddings().requires_grad_(False)
    return model


def t5(*, codec: TextCodec, **settings: Any) -> PreTrainedModel:
    """A T5 with random weights; ``settings`` are those of ``transformers.T5Config`` (Raffel et al. 2020)."""
    start: dict[str, Any] = {"decoder_start_token_id": codec.speller.padding}
    return _from_config(T5Config(**start, **_shared(codec), **settings))


def bart(*, codec: TextCodec, **settings: Any) -> PreTrainedModel:
    """A BART with random weights; ``settings`` are those of ``transformers.BartConfig`` (Lewis et al. 2020)."""
    start = codec.speller.end
    return _from_config(BartConfig(decoder_start_token_id=start, bos_token_id=start, **_shared(codec), **settings))


def _shared(codec: TextCodec) -> dict[str, Any]:
    return {
        "vocab_size": codec.speller.vocab_size,
        "pad_token_id": codec.speller.padding,
        "eos_token_id": codec.speller.end,
    }


def _from_config(config: Any) -> PreTrainedModel:
    model: PreTrainedModel = AutoModelForSeq2SeqLM.from_config(config)
    return model
