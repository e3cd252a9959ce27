"""What decoding needs to know of an encoder-decoder: encode the source, step the decoder."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput


@dataclass(frozen=True)
class Memory:
    """What the encoder says of some texts: ``hidden`` (rows, positions, size), ``mask`` (rows, positions)."""

    hidden: torch.Tensor
    mask: torch.Tensor

    def of(self, rows: NDArray[np.int64]) -> "Memory":
        """Some of the rows, without the positions that only others need."""
        mask = self.mask[rows]
        length = int(mask.sum(dim=1).max())
        return Memory(self.hidden[rows, :length], mask[:, :length])


class EncoderDecoder(Protocol):
    def encode(self, inputs: Mapping[str, torch.Tensor]) -> Memory:
        """Read texts, padded on the right."""

    def states(self, memory: Memory, written: torch.Tensor) -> torch.Tensor:
        """What the output layer reads after each sub-word of ``written`` (rows, n), shape ``(rows, n, size)``."""

    def scores(self, states: torch.Tensor, subwords: torch.Tensor | None = None) -> torch.Tensor:
        """Logits of ``states`` (n, size) for the whole vocabulary, or for a few sub-words each: (n, k) to (n, k).

        In full precision: in half of it, many would tie.
        """


class TransformersEncoderDecoder:
    """Any sequence-to-sequence model of ``transformers`` whose output layer is linear."""

    def __init__(self, network: PreTrainedModel) -> None:
        self.network = network

    @property
    def _output_layer(self) -> Any:
        return self.network.get_output_embeddings()

    def encode(self, inputs: Mapping[str, torch.Tensor]) -> Memory:
        encoder: Any = self.network.get_encoder()
        return Memory(encoder(**inputs).last_hidden_state, inputs["attention_mask"])

    def states(self, memory: Memory, written: torch.Tensor) -> torch.Tensor:
        with self._captured() as read:
            self.network(
                encoder_outputs=BaseModelOutput(last_hidden_state=memory.hidden),
                attention_mask=memory.mask,
                decoder_input_ids=written,
                use_cache=False,
            )
        return read[0]

    def scores(self, states: torch.Tensor, subwords: torch.Tensor | None = None) -> torch.Tensor:
        with torch.autocast(states.device.type, enabled=False):
            return self._scores(states.float(), subwords)

    def _scores(self, states: torch.Tensor, subwords: torch.Tensor | None) -> torch.Tensor:
        layer = self._output_layer
        bias = getattr(self.network, "final_logits_bias", None)  # of BART
        if subwords is None:
            logits: torch.Tensor = layer(states)
            return logits if bias is None else logits + bias
        weights = layer.weight[subwords]  # (n, k, size)
        logits = (weights @ states.unsqueeze(-1)).squeeze(-1)
        for added in (layer.bias, bias):
            if added is not None:
                logits = logits + added.flatten()[subwords]
        return logits

    @contextmanager
    def _captured(self) -> Iterator[list[torch.Tensor]]:
        """Keep what the output layer is given, and give it next to nothing: it is the dearest part of a small model."""
        read: list[torch.Tensor] = []

        def before(_: Any, inputs: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
            read.append(inputs[0])
            return (inputs[0][:1, :1],)

        hook = self._output_layer.register_forward_pre_hook(before)
        try:
            yield read
        finally:
            hook.remove()
