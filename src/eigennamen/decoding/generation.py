"""Decoding sub-word by sub-word with ``transformers``' own ``generate``: greedily or with beams, constrained or not."""

from collections.abc import Sequence

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import GenerationConfig, LogitsProcessorList, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.constraint import Constraint
from eigennamen.decoding.network import EncoderDecoder, Memory
from eigennamen.decoding.written import Written


@torch.inference_mode()
def generate(
    model: PreTrainedModel,
    network: EncoderDecoder,
    memory: Memory,
    automata: Sequence[Automaton] | None,
    *,
    prefix: Sequence[int],
    end: int,
    padding: int,
    beams: int,
    max_length: int,
) -> list[Written]:
    """What ``model`` writes for each row of ``memory``; with ``automata`` nothing that they do not accept.

    The log-probabilities are among what was allowed, without ``automata`` among the whole vocabulary.
    ``max_length`` is that of an output without ``automata``.
    """
    device = memory.hidden.device
    constraint = LogitsProcessorList()
    if automata is not None:
        max_length = max(automaton.n_states for automaton in automata)  # no state is passed twice
        constraint.append(Constraint(automata, prefix=len(prefix), padding=padding, beams=beams, device=device))
    sequences = model.generate(  # type: ignore[operator]
        encoder_outputs=BaseModelOutput(last_hidden_state=memory.hidden),
        attention_mask=memory.mask,
        decoder_input_ids=torch.tensor(prefix, device=device).expand(len(memory.mask), -1),
        logits_processor=constraint,
        generation_config=GenerationConfig(
            max_new_tokens=max_length,
            num_beams=beams,
            do_sample=False,
            length_penalty=0.0 if beams > 1 else None,  # the most probable output, among what is allowed, is the best
            renormalize_logits=automata is not None,
            decoder_start_token_id=prefix[0],
            eos_token_id=end,
            pad_token_id=padding,
        ),
    )
    outputs = [_until_end(row, end) for row in sequences[:, len(prefix) :].tolist()]
    allowed = None if automata is None else [a.choices(o) for a, o in zip(automata, outputs, strict=True)]
    log_probs = _log_probs(network, memory, outputs, allowed, prefix)
    return [Written(output, own) for output, own in zip(outputs, log_probs, strict=True)]


def _until_end(subwords: list[int], end: int) -> list[int]:
    return subwords[: subwords.index(end) + 1] if end in subwords else subwords


def _log_probs(
    network: EncoderDecoder,
    memory: Memory,
    outputs: Sequence[Sequence[int]],
    allowed: Sequence[Sequence[Sequence[int]]] | None,
    prefix: Sequence[int],
) -> list[list[float]]:
    """The log-probability of each sub-word of some outputs, in one pass."""
    device = memory.hidden.device
    read = pad_sequence([torch.tensor([*prefix, *output][:-1]) for output in outputs], batch_first=True).to(device)
    states = network.states(memory, read)[:, len(prefix) - 1 :]
    found = []
    for row, output in enumerate(outputs):
        own = states[row, : len(output)]
        if allowed is None:
            scores, taken = network.scores(own), torch.tensor(output, device=device)
        else:
            scores, taken = _among(network, own, output, allowed[row])
        found.append(scores.log_softmax(dim=1).gather(1, taken[:, None])[:, 0].tolist())
    return found


def _among(
    network: EncoderDecoder, states: torch.Tensor, output: Sequence[int], allowed: Sequence[Sequence[int]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The logits of what was allowed at each place, and the column of what was written there."""
    columns = pad_sequence([torch.tensor(one) for one in allowed], batch_first=True, padding_value=-1)
    columns = columns.to(states.device)
    scores = network.scores(states, columns.clamp(min=0)).masked_fill(columns < 0, -torch.inf)
    taken = [one.index(subword) for one, subword in zip(allowed, output, strict=True)]
    return scores, torch.tensor(taken, device=states.device)
