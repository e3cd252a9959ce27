"""Bodies of the token classifier: from input columns to emissions of shape ``(batch, positions, tags)``.

Every body is a ``transformers`` model for token classification, ours included, so all are saved and loaded alike
(safetensors, ``config.json``). A factory here takes the codec and returns the network.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    BertConfig,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import TokenClassifierOutput

from eigennamen.codecs.tags import TagCodec
from eigennamen.pretrained import check_files, explain_missing_model
from eigennamen.tokenizers import VocabularyTokenizer
from eigennamen.word_vectors import WordVectors


def pretrained(
    *, codec: TagCodec, pretrained: str, freeze_embeddings: bool = False, **settings: Any
) -> PreTrainedModel:
    """Any encoder of the hub or of a local folder, with a new classification layer; remote code is never run.

    With ``freeze_embeddings`` the sub-words that training text lacks keep their place among the others. ``settings``
    replace those of its configuration (dropout, say).

    Raises:
        ValueError: the model is not to be had, or its weights cannot be read.
    """
    check_files(pretrained)
    with explain_missing_model(pretrained):
        model: PreTrainedModel = AutoModelForTokenClassification.from_pretrained(
            pretrained,
            trust_remote_code=False,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
            **settings,
            **_tag_names(codec),
        )
    if freeze_embeddings:
        model.get_input_embeddings().requires_grad_(False)
    return model


def bert(*, codec: TagCodec, max_positions: int = 512, **settings: Any) -> PreTrainedModel:
    """A BERT with random weights; ``settings`` are those of ``transformers.BertConfig`` (Devlin et al. 2019)."""
    config = BertConfig(
        vocab_size=codec.tokenizer.vocab_size, max_position_embeddings=max_positions, **settings, **_tag_names(codec)
    )
    model: PreTrainedModel = AutoModelForTokenClassification.from_config(config)
    return model


class BiLSTMConfig(PreTrainedConfig):
    """Sizes of the word-and-character BiLSTM."""

    model_type = "eigennamen-bilstm"

    vocab_size: int = 2
    n_characters: int = 2
    word_size: int = 100
    character_size: int = 30
    character_filters: int = 60
    hidden_size: int = 128
    n_layers: int = 1
    dropout: float = 0.33
    word_dropout: float = 0.25
    n_vectors: int = 0
    vector_size: int = 0
    vector_length: float = 3.0


class BiLSTMForTokenClassification(PreTrainedModel):
    """Word embeddings beside a character CNN, then a bidirectional LSTM (Ma and Hovy 2016, without the CRF).

    In training a share ``word_dropout`` of the words is read as unknown, so that the characters learn to stand in.
    Pretrained word vectors, if any, stand beside the embeddings; they are never trained, so that words the training
    text lacks keep their place among the others, and are kept in eight bits.
    """

    vectors: torch.Tensor  # (n_vectors, vector_size) int8
    scales: torch.Tensor  # (n_vectors,)

    config_class = BiLSTMConfig
    base_model_prefix = "bilstm"

    def __init__(self, config: BiLSTMConfig) -> None:
        super().__init__(config)
        self.words = nn.Embedding(config.vocab_size, config.word_size, padding_idx=0)
        self.characters = nn.Embedding(config.n_characters, config.character_size, padding_idx=0)
        self.spelling = nn.Conv1d(config.character_size, config.character_filters, kernel_size=3, padding=1)
        if config.n_vectors:
            self.register_buffer("vectors", torch.zeros(config.n_vectors, config.vector_size, dtype=torch.int8))
            self.register_buffer("scales", torch.zeros(config.n_vectors))
        word_size = config.vector_size + config.word_size + config.character_filters
        sizes = [word_size] + [2 * config.hidden_size] * (config.n_layers - 1)
        self.rightward = nn.ModuleList(nn.LSTM(size, config.hidden_size, batch_first=True) for size in sizes)
        self.leftward = nn.ModuleList(nn.LSTM(size, config.hidden_size, batch_first=True) for size in sizes)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(2 * config.hidden_size, len(config.id2label or ()))
        with torch.no_grad():  # torch's standard deviation of 1 costs 4 points on wikineural-de
            for embedding in (self.words, self.characters):
                embedding.weight.div_(embedding.embedding_dim**0.5)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Torch's own initialization is meant; transformers would draw all weights from a normal distribution."""

    def forward(
        self, word_ids: torch.Tensor, character_ids: torch.Tensor, vector_ids: torch.Tensor | None = None, **_: Any
    ) -> TokenClassifierOutput:
        """Emissions for ``word_ids`` (batch, words) and ``character_ids`` (batch, words, characters).

        ``vector_ids`` (batch, words), 1 for a word without a vector, are needed where there are word vectors.
        """
        present = word_ids > 0
        if self.training:
            unknown = torch.rand(word_ids.shape, device=word_ids.device) < self.config.word_dropout
            word_ids = word_ids.masked_fill(unknown & present, 1)
        parts = [self.words(word_ids), self._spell(character_ids, present)]
        if vector_ids is not None:
            parts.append(self.vectors[vector_ids] * self.scales[vector_ids].unsqueeze(-1))
        hidden = torch.cat(parts, dim=-1)
        for rightward, leftward in zip(self.rightward, self.leftward, strict=True):
            hidden = self._drop(hidden)
            mirrored, _ = leftward(_mirror(hidden, present))
            hidden = torch.cat([rightward(hidden)[0], _mirror(mirrored, present)], dim=-1)
        return TokenClassifierOutput(logits=self.classifier(self._drop(hidden)))

    def fill_vectors(self, word_vectors: WordVectors) -> None:
        """Copy word vectors, each scaled to ``vector_length``; ids 0 and 1 (padding, no vector) stay zero."""
        vectors = torch.from_numpy(word_vectors.vectors)
        lengths = vectors.float().norm(dim=1)
        self.vectors[2:] = vectors
        self.scales[2:] = torch.where(lengths > 0, self.config.vector_length / lengths, 0.0)

    def _drop(self, hidden: torch.Tensor) -> torch.Tensor:
        """Dropout with one mask for all words of a sentence (Gal and Ghahramani 2016)."""
        return hidden * self.dropout(hidden.new_ones(len(hidden), 1, hidden.shape[2]))

    def _spell(self, character_ids: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """The strongest answer of each filter over a word's characters, (batch, words, filters)."""
        spelled = functional.pad(character_ids[present], (0, 1))  # (n_words, characters), a gap behind each word
        lengths = (spelled > 0).sum(dim=1) + 1
        in_a_row = spelled[torch.arange(spelled.shape[1], device=spelled.device) < lengths.unsqueeze(1)]
        answers = self.spelling(self.characters(in_a_row).T).relu().T * (in_a_row > 0).unsqueeze(1)
        result = answers.new_zeros(*present.shape, answers.shape[1])
        result[present] = torch.segment_reduce(answers, "max", lengths=lengths)
        return result


def _mirror(hidden: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
    """Each sentence backwards, its padding still behind it. On a CPU 1.5 times as fast as packed sequences."""
    places = torch.arange(present.shape[1], device=present.device).expand_as(present)
    mirrored = torch.where(present, present.sum(dim=1, keepdim=True) - 1 - places, places)
    return hidden.gather(1, mirrored.unsqueeze(-1).expand_as(hidden))


AutoConfig.register(BiLSTMConfig.model_type, BiLSTMConfig)
AutoModelForTokenClassification.register(BiLSTMConfig, BiLSTMForTokenClassification)


def bilstm(*, codec: TagCodec, **settings: Any) -> PreTrainedModel:
    """A word-and-character BiLSTM with random weights beside the tokenizer's word vectors, if it has any.

    ``settings`` are those of ``BiLSTMConfig``.
    """
    if not isinstance(codec.tokenizer, VocabularyTokenizer):
        raise ValueError(
            f"the BiLSTM reads whole words, got {type(codec.tokenizer).__name__}: leave tokenizer=vocabulary as it is"
        )
    tokenizer = codec.tokenizer
    settings |= {"vocab_size": tokenizer.vocab_size, "n_characters": tokenizer.n_characters}
    if tokenizer.word_vectors is not None:
        settings |= {"n_vectors": len(tokenizer.vector_words) + 2, "vector_size": tokenizer.word_vectors.size}
    elif tokenizer.vector_words:
        raise ValueError(
            "the tokenizer knows words of vectors but not the vectors, which are in the model it was saved with: "
            "load that model, or train a vocabulary with word_vectors=FOLDER"
        )
    network = BiLSTMForTokenClassification(BiLSTMConfig(**settings, **_tag_names(codec)))
    if tokenizer.word_vectors is not None:
        network.fill_vectors(tokenizer.word_vectors)
    return network


def _tag_names(codec: TagCodec) -> dict[str, Any]:
    return {
        "num_labels": len(codec.tags),
        "id2label": dict(enumerate(codec.tags)),
        "label2id": {tag: i for i, tag in enumerate(codec.tags)},
    }
