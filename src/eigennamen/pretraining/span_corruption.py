"""Span corruption (Raffel et al. 2020): spans of the text give way to sentinels, the decoder writes the spans."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM, PreTrainedTokenizerFast, T5Config

from eigennamen.pretraining.copying import start_copying
from eigennamen.pretraining.embeddings import start_from_skip_gram
from eigennamen.pretraining.pretrainer import Example, Pretrainer, checked_share, parent
from eigennamen.pretraining.text import Text
from eigennamen.subwords import SENTINELS


class SpanCorruption(Pretrainer):
    """Hides ``masked`` of the sub-words in spans of ``mean_span`` on average, other ones in each pass.

    A row of 128 with 15 % in spans of 3 is read as ``a b <extra_id_0> d ... </s>``, and ``<extra_id_0> c ... </s>``
    is to be written. The number of hidden sub-words and of spans is the same in every row.

    In a share of the training batches, ``rewritten``, the whole text is to be written instead (Lewis et al. 2020): a
    model that only ever wrote what it could not see would have to learn copying later, from few labeled sentences.
    """

    def __init__(self, *, masked: float, mean_span: float, rewritten: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.masked = checked_share(masked)
        self.mean_span = mean_span
        self.rewritten = rewritten
        self._sentinels = torch.tensor(self.tokenizer.convert_tokens_to_ids(list(SENTINELS)))

    @staticmethod
    def row_length(sequence_length: int) -> int:
        """Sub-words of text in a sequence, before spans are hidden."""
        return sequence_length

    def hide(self, rows: torch.Tensor, generator: torch.Generator) -> Example:
        batch, length = rows.shape
        n_hidden = min(max(round(self.masked * length), 1), length - 1)
        n_spans = min(max(round(n_hidden / self.mean_span), 1), n_hidden, length - n_hidden, len(self._sentinels))
        shown = _split(length - n_hidden, n_spans, batch, generator)
        hidden = _split(n_hidden, n_spans, batch, generator)
        runs = torch.stack([shown, hidden], dim=2).flatten(1)  # (batch, 2 * n_spans): shown, hidden, shown, ...
        run = torch.repeat_interleave(torch.arange(2 * n_spans).repeat(batch), runs.flatten()).view(batch, length)
        is_hidden = run % 2 == 1
        starts = torch.nn.functional.pad(run[:, 1:] != run[:, :-1], (1, 0), value=True)
        sentinel = self._sentinels[run // 2]
        # each row keeps as many as every other: a span is one sentinel among the inputs, one more among the targets
        read = torch.where(is_hidden, sentinel, rows)[~is_hidden | starts].view(batch, -1)
        written = rows[is_hidden].view(batch, -1)
        places = (torch.arange(n_hidden) + run[is_hidden].view(batch, -1) // 2 + 1).long()
        labels = torch.empty(batch, n_hidden + n_spans, dtype=torch.long)
        firsts = (hidden.cumsum(dim=1) - hidden) + torch.arange(n_spans)
        labels.scatter_(1, places, written)
        labels.scatter_(1, firsts, self._sentinels[:n_spans].expand(batch, -1))
        return self._example(self._ended(read), self._ended(labels))

    def example(self, rows: torch.Tensor, generator: torch.Generator) -> Example:
        example = self.hide(rows, generator)
        if torch.rand((), generator=generator) < self.rewritten:
            return self._example(example.inputs["input_ids"], self._ended(rows))
        return example

    def _ended(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.pad(rows, (0, 1), value=self.tokenizer.eos_token_id)

    def _example(self, read: torch.Tensor, written: torch.Tensor) -> Example:
        start = torch.full((len(written), 1), self.network.config.decoder_start_token_id)
        decoder_input_ids = torch.cat([start, written[:, :-1]], dim=1)
        return Example({"input_ids": read, "decoder_input_ids": decoder_input_ids}, written.flatten())

    def logits(self, example: Example) -> torch.Tensor:
        logits: torch.Tensor = self.network(**example.inputs, use_cache=False).logits  # (batch, positions, vocab_size)
        return logits.flatten(0, 1)


def _split(total: int, n_parts: int, batch: int, generator: torch.Generator) -> torch.Tensor:
    """``total`` cut at random into parts of at least 1, shape ``(batch, n_parts)``."""
    order = torch.rand(batch, total - 1, generator=generator).argsort(dim=1)
    cuts = (order[:, : n_parts - 1] + 1).sort(dim=1).values
    edges = torch.nn.functional.pad(cuts, (1, 0), value=0)
    return torch.diff(torch.nn.functional.pad(edges, (0, 1), value=total), dim=1)


def span_corruption(
    *,
    text: Text,
    tokenizer: Callable[..., PreTrainedTokenizerFast],
    network: Mapping[str, Any],
    cache: Path,
    seed: int,
    pretrained: str | None = None,
    skip_gram_epochs: int = 0,
    copying: bool = False,
    **settings: Any,
) -> SpanCorruption:
    """A model to pretrain: a T5 with random weights and its tokenizer, or one to go on from.

    Args:
        text: trains the tokenizer.
        tokenizer: makes it from lines.
        network: settings of ``transformers.T5Config``; unused with ``pretrained``.
        cache: folder for encoded text.
        pretrained: name or folder of a T5.
        skip_gram_epochs: passes over the text that make the first embeddings (0: they are random).
        copying: the first attention weights look where copying needs to look.
        settings: those of ``SpanCorruption``.
    """
    if pretrained is not None:
        body, its_tokenizer = parent(AutoModelForSeq2SeqLM, pretrained)
        if its_tokenizer.convert_tokens_to_ids(SENTINELS[0]) in (None, its_tokenizer.unk_token_id):
            raise ValueError(f"objective.pretrained={pretrained}: its tokenizer has no sentinels; expected a T5")
        return SpanCorruption(network=body, tokenizer=its_tokenizer, **settings)
    made = tokenizer(text)
    special = {"pad_token_id": made.pad_token_id, "eos_token_id": made.eos_token_id}
    config = T5Config(vocab_size=len(made), **special, **network)
    config.decoder_start_token_id = made.pad_token_id
    model = AutoModelForSeq2SeqLM.from_config(config)
    start_from_skip_gram(model, made, text, epochs=skip_gram_epochs, cache=cache, seed=seed)
    if copying:
        start_copying(model)
    return SpanCorruption(network=model, tokenizer=made, **settings)
