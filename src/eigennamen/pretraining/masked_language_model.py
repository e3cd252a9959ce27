"""Masked-language modelling (Devlin et al. 2019): a share of the sub-words is hidden, the encoder guesses them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForMaskedLM, PreTrainedTokenizerFast

from eigennamen.pretraining.embeddings import start_from_skip_gram
from eigennamen.pretraining.pretrainer import Example, Pretrainer, checked_share, parent
from eigennamen.pretraining.text import Text


class MaskedLanguageModel(Pretrainer):
    """Hides ``masked`` of the sub-words, other ones in each pass: 80 % as mask, 10 % as a random one, 10 % as they are.

    With ``whole_words`` all sub-words of a word are hidden together.
    """

    def __init__(self, *, masked: float, whole_words: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self.masked = checked_share(masked)
        special = torch.zeros(self.network.config.vocab_size, dtype=torch.bool)
        special[self.tokenizer.all_special_ids] = True
        self._special = special
        pieces = self.tokenizer.convert_ids_to_tokens(list(range(len(self.tokenizer))))
        self._starts = torch.tensor([not (whole_words and piece.startswith("##")) for piece in pieces])
        self._positions: torch.Tensor | None = None
        self.network.base_model.register_forward_hook(self._keep_hidden_positions)
        self._ordinary = torch.arange(len(self.tokenizer))[~special[: len(self.tokenizer)]]

    @staticmethod
    def row_length(sequence_length: int) -> int:
        """Sub-words of text in a sequence: one place is the start token's."""
        return sequence_length - 1

    def hide(self, rows: torch.Tensor, generator: torch.Generator) -> Example:
        first = torch.full((len(rows), 1), self.tokenizer.cls_token_id)
        input_ids = torch.cat([first, rows], dim=1)
        flat = input_ids.flatten()
        word = self._starts[flat].cumsum(dim=0)
        rank = torch.rand(len(flat) + 1, generator=generator)[word]  # the same for all sub-words of a word
        rank[self._special[flat]] = 2.0
        # always as many as were asked for: tensors of one size can be compiled
        positions = rank.argsort(stable=True)[: round(self.masked * flat.numel())].sort().values
        targets = flat[positions]
        fate = torch.rand(len(positions), generator=generator)
        flat[positions[fate < 0.8]] = self.tokenizer.mask_token_id
        changed = positions[fate >= 0.9]
        flat[changed] = self._ordinary[torch.randint(len(self._ordinary), changed.shape, generator=generator)]
        return Example({"input_ids": flat.view_as(input_ids)}, targets, positions)

    def logits(self, example: Example) -> torch.Tensor:
        """Only the hidden positions go through the output layer, the dearest of a small model."""
        self._positions = example.positions
        logits: torch.Tensor = self.network(**example.inputs).logits  # (1, n, vocab_size)
        return logits[0]

    def _keep_hidden_positions(self, body: torch.nn.Module, inputs: Any, output: Any) -> Any:
        """Between encoder and output layer, whatever the architecture calls them."""
        output.last_hidden_state = output.last_hidden_state.flatten(0, 1)[self._positions].unsqueeze(0)
        return output


def masked_language_model(
    *,
    text: Text,
    tokenizer: Callable[..., PreTrainedTokenizerFast],
    network: Mapping[str, Any],
    cache: Path,
    seed: int,
    pretrained: str | None = None,
    skip_gram_epochs: int = 0,
    **settings: Any,
) -> MaskedLanguageModel:
    """A model to pretrain: a BERT with random weights and its tokenizer, or one to go on from.

    Args:
        text: trains the tokenizer.
        tokenizer: makes it from lines.
        network: ``model_type`` (``bert``, ``modernbert``, ...) and settings of its configuration in ``transformers``;
            unused with ``pretrained``.
        cache: folder for encoded text.
        pretrained: name or folder of a masked language model.
        skip_gram_epochs: passes over the text that make the first embeddings (0: they are random).
        settings: those of ``MaskedLanguageModel``.
    """
    if pretrained is not None:
        body, its_tokenizer = parent(AutoModelForMaskedLM, pretrained)
        for name in ("mask_token", "cls_token", "sep_token"):
            if getattr(its_tokenizer, name) is None:
                raise ValueError(f"objective.pretrained={pretrained}: its tokenizer has no {name}; expected a BERT")
        return MaskedLanguageModel(network=body, tokenizer=its_tokenizer, **settings)
    made = tokenizer(text)
    ends = {"cls_token_id": made.cls_token_id, "bos_token_id": made.cls_token_id}
    ends |= {"sep_token_id": made.sep_token_id, "eos_token_id": made.sep_token_id}
    config = AutoConfig.for_model(vocab_size=len(made), pad_token_id=made.pad_token_id, **ends, **network)
    model = AutoModelForMaskedLM.from_config(config)
    start_from_skip_gram(model, made, text, epochs=skip_gram_epochs, cache=cache, seed=seed)
    return MaskedLanguageModel(network=model, tokenizer=made, **settings)
