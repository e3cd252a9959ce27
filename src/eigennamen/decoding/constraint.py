"""Decoding that can write nothing but what automata accept, for ``transformers``' own ``generate``."""

from collections.abc import Sequence

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import LogitsProcessor

from eigennamen.decoding.automaton import Automaton


class Constraint(LogitsProcessor):
    """Leaves each row only the sub-words that its automaton allows after what the row has written so far.

    An automaton is followed through all its states at once, as a set: a row of ``active`` (rows, states) says in which
    it may be. All rows make a step together, in a few operations on tensors.

    Args:
        automata: one for each text that is read; its beams are neighboring rows.
        prefix: how many sub-words the decoder starts with; they are not followed.
        padding: what is written after the end.
    """

    def __init__(
        self, automata: Sequence[Automaton], *, prefix: int, padding: int, beams: int = 1, device: torch.device
    ) -> None:
        columns = [torch.from_numpy(automaton.edges[:, :3]).to(device) for automaton in automata]
        edges = pad_sequence(columns, batch_first=True, padding_value=-1).repeat_interleave(beams, dim=0)
        self._exists = edges[..., 0] >= 0  # (rows, edges)
        self._from, self._subword, self._to = edges.clamp(min=0).unbind(dim=-1)
        ends = torch.tensor([[automaton.end] for automaton in automata], device=device)
        self._end = ends.repeat_interleave(beams, dim=0)  # (rows, 1)
        self._active = torch.zeros(len(edges), int(self._end.max()) + 1, dtype=torch.bool, device=device)
        self._active[:, 0] = True
        self._beams = beams
        self._prefix = prefix
        self._padding = padding
        self._written: torch.Tensor | None = None  # what the rows had written before the last step

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Scores (rows, vocabulary) with minus infinity for what may not follow ``input_ids`` (rows, written)."""
        if input_ids.shape[1] > self._prefix:
            self._step(input_ids)
        possible = self._active.gather(1, self._from) & self._exists
        allowed = torch.zeros_like(scores, dtype=torch.uint8).scatter_reduce_(
            1, self._subword, possible.to(torch.uint8), "amax"
        )
        ended = self._active.gather(1, self._end).squeeze(1)
        allowed[:, self._padding] |= ended | ~possible.any(dim=1)  # of a beam that is none: it has no probability
        self._written = input_ids
        masked: torch.FloatTensor = scores.masked_fill(allowed == 0, -torch.inf)  # type: ignore[assignment]
        return masked

    def _step(self, input_ids: torch.Tensor) -> None:
        """Follow the sub-word that each row wrote last, from where the beam that it continues was."""
        active = self._active if self._beams == 1 else self._active[self._parents(input_ids[:, :-1])]
        taken = active.gather(1, self._from) & self._exists & (self._subword == input_ids[:, -1:])
        stepped = torch.zeros_like(active, dtype=torch.uint8)
        stepped.scatter_reduce_(1, self._to, taken.to(torch.uint8), "amax")
        ended = active.gather(1, self._end)  # after the end only padding is written
        stepped.scatter_reduce_(1, self._end, ended.to(torch.uint8), "amax")
        self._active = stepped.bool()

    def _parents(self, before: torch.Tensor) -> torch.Tensor:
        """The row of the last step that each row continues: one of the same text that had written the same."""
        assert self._written is not None
        now = before.unflatten(0, (-1, self._beams))
        then = self._written.unflatten(0, (-1, self._beams))
        same = (now.unsqueeze(2) == then.unsqueeze(1)).all(dim=-1)  # (texts, beams, beams of the last step)
        first = torch.arange(0, len(before), self._beams, device=before.device).unsqueeze(1)
        return (first + same.int().argmax(dim=-1)).flatten()
