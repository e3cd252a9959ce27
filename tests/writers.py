"""Tiny encoder-decoders with random weights, and codecs for them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import ModernBertConfig, ModernBertModel, PreTrainedModel, PreTrainedTokenizerFast

from eigennamen.codecs.text import TextCodec
from eigennamen.codecs.text_windows import TextBatch
from eigennamen.decoding.automaton import Automaton
from eigennamen.formats.brackets import Brackets
from eigennamen.formats.typed_list import TypedList
from eigennamen.formats.word_tags import WordTags
from eigennamen.modules import encoder_decoders
from eigennamen.modules.warm_start import warm_started
from eigennamen.spelling import Speller, train_speller
from eigennamen.types import Sentence, Span

torch.set_num_threads(1)  # for tensors as small as here, several threads mostly wait for each other
LABELS = ("PER", "LOC")
NAMES = {"PER": "person", "LOC": "ort"}
FORMATS: Mapping[str, Callable[..., Any]] = {"brackets": Brackets, "typed_list": TypedList, "word_tags": WordTags}
TEXT = "Anna Kahl kam am Montag aus Bad Ems nach Kiel , wo Otto mit Emil ein Brot kaufte . person ort".split()
SPELLER = train_speller([TEXT, TEXT[::-1]], vocab_size=500)

ANNA = Sentence("anna", ("Anna", "Kahl", "kam", "aus", "Bad", "Ems"), (Span(0, 2, "PER"), Span(4, 6, "LOC")))
KIEL = Sentence("kiel", ("Kiel", ",", "wo", "Emil", "ein", "Brot", "kaufte"), (Span(0, 1, "LOC"), Span(3, 4, "PER")))
NOBODY = Sentence("nobody", ("am", "Montag"), ())

# markers, labels and special tokens as words, escapes, whitespace, combining and invisible characters, emoji
SPECIAL = ["</s>", "<pad>", "<unk>", "a</s>b", "<extra_id_0>"]
ODD = "[ ] | : ; - + -x person Ort \\ \\[ \\u{20} e\u0301 \u00ad \u200d \ud800 🧑🏽\u200d🚒 東京".split()
WORDS = st.one_of(
    st.sampled_from([*ODD, *SPECIAL, *TEXT, " ", "\n", "a b", "\x1c", "aa", "aaa"]),
    st.text(st.characters(), min_size=1, max_size=3),
)
TEXTS = st.lists(WORDS, min_size=1, max_size=7)


def without_bytes() -> Speller:
    """A speller that knows a few letters and the markers, and nothing else."""
    known = [(character, -1.0) for character in sorted({*"[]|:;-+\\u{}0123456789", *"personort", *"AnaKiel", "▁"})]
    backend = Tokenizer(models.Unigram([("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *known], unk_id=2))
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    backend.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    return Speller(PreTrainedTokenizerFast(tokenizer_object=backend, **special))


def text_codec(form: str = "brackets", *, speller: Speller = SPELLER, max_length: int = 128) -> TextCodec:
    """A codec for PER and LOC."""
    made = FORMATS[form](labels=LABELS, names=NAMES)
    return TextCodec(labels=LABELS, format=made, speller=speller, max_length=max_length)


def tiny_t5(codec: TextCodec, *, seed: int = 0) -> PreTrainedModel:
    """An untrained T5."""
    torch.manual_seed(seed)
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_heads": 2, "num_layers": 1, "dropout_rate": 0.0}
    return encoder_decoders.t5(codec=codec, **sizes).eval()


def tiny_bart(codec: TextCodec, *, seed: int = 0) -> PreTrainedModel:
    """An untrained BART; its large weights make it prefer some sub-words clearly."""
    torch.manual_seed(seed)
    layers = {f"{side}_{key}": n for side in ("encoder", "decoder") for key, n in SIZES_OF_BART.items()}
    sizes = {"d_model": 16, "max_position_embeddings": 2048, "init_std": 0.5, "dropout": 0.0}
    network = encoder_decoders.bart(codec=codec, **sizes, **layers).eval()
    network.get_buffer("final_logits_bias").normal_()
    return network


SIZES_OF_BART = {"layers": 1, "attention_heads": 2, "ffn_dim": 32}


def tiny_encoder(folder: Path, codec: TextCodec, *, seed: int = 0) -> str:
    """A folder with an untrained ModernBERT whose vocabulary is the codec's."""
    torch.manual_seed(seed)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    special = {f"{name}_token_id": codec.speller.end for name in ("bos", "cls", "sep")}
    vocabulary = {"vocab_size": codec.speller.vocab_size, "pad_token_id": codec.speller.padding}
    ModernBertModel(ModernBertConfig(**sizes, **special, **vocabulary, initializer_range=0.3)).save_pretrained(folder)
    return str(folder)


def tiny_warm_started(codec: TextCodec, *, seed: int = 0) -> PreTrainedModel:
    """An untrained ModernBERT and its decoder."""
    with TemporaryDirectory() as folder:
        pretrained = tiny_encoder(Path(folder), codec, seed=seed)
        return warm_started(codec=codec, pretrained=pretrained, decoder_layers=1, decoder_dropout=0.0).eval()


NETWORKS: Mapping[str, Callable[..., PreTrainedModel]] = {
    "t5": tiny_t5,
    "bart": tiny_bart,
    "encoder-decoder": tiny_warm_started,
}


def batch_of(codec: TextCodec, sentences: Sequence[Sentence]) -> TextBatch:
    """All windows of some sentences to be read, in one batch, in order."""
    encoded = codec.data(sentences)
    batch: TextBatch = encoded.collate(list(encoded.rows))
    return batch


def language(automaton: Automaton) -> Iterator[tuple[int, ...]]:
    """All that a finite automaton accepts, once for every way of writing it."""
    open_: list[tuple[tuple[int, ...], int]] = [((), 0)]
    while open_:
        written, state = open_.pop()
        if state == automaton.end:
            yield written
        following = automaton.edges[automaton.edges[:, 0] == state]
        open_ += [((*written, int(subword)), int(to)) for _, subword, to, _ in following]
