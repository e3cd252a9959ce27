"""Greedy decoding of a whole output in a few passes of the decoder, for grammars that copy most of what they write.

A draft is written without asking the network: in each state of the automaton what the network chose when it last was
there, at first what ``guesses`` expects. One pass of the decoder then says what it would have chosen at every place of
the draft. Up to the first difference this is what greedy decoding writes; the next draft follows all answers at once,
which mostly stay as they are, so that the passes do not grow with the number of spans.

Speculative decoding (Leviathan et al. 2023) with the source as the draft (Sun et al. 2021, aggressive decoding), where
the states of the automaton say which of the answers still hold (as in Jacobi decoding, Santilli et al. 2023).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.guesses import Guesses, features_of
from eigennamen.decoding.network import EncoderDecoder, Memory
from eigennamen.decoding.written import Written

TIE = 1e-4  # of logits: numerically, either of the two is what greedy decoding chooses


@dataclass(frozen=True)
class Tables:
    """Deterministic automata side by side: the edges out of each state, ``(rows, states, choices)``, and their number.

    Where a state has fewer edges than others, the rest leads to state 0.
    """

    subwords: NDArray[np.int64]
    targets: NDArray[np.int64]
    n_choices: NDArray[np.int64]
    ends: NDArray[np.int64]
    n_of_grammar: NDArray[np.int64]
    states_per_word: int

    @classmethod
    def of(cls, automata: Sequence[Automaton]) -> Self:
        n_states = max(automaton.n_states for automaton in automata)
        n_choices = np.stack([np.bincount(a.edges[:, 0], minlength=n_states) for a in automata])
        shape = (len(automata), n_states, int(n_choices.max()))
        subwords, targets = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, automaton in enumerate(automata):
            edges = automaton.edges[np.argsort(automaton.edges[:, 0], kind="stable")]
            begins = np.cumsum(n_choices[row]) - n_choices[row]
            choice = np.arange(len(edges)) - begins[edges[:, 0]]
            subwords[row, edges[:, 0], choice] = edges[:, 1]
            targets[row, edges[:, 0], choice] = edges[:, 2]
        ends, n_of_grammar = (np.array([getattr(a, name) for a in automata]) for name in ("end", "n_of_grammar"))
        return cls(subwords, targets, n_choices, ends, n_of_grammar, automata[0].states_per_word)

    def likeliest(self, scores: torch.Tensor) -> NDArray[np.int64]:
        """The edge out of each state (rows, states) for which most speaks, the first of equals.

        ``scores`` (rows, places, states of a place, choices); the states inside pieces take their first edge.
        """
        rows, states, choices = self.subwords.shape
        of_grammar = np.zeros(self.subwords.shape, dtype=np.float32)
        flat = scores.reshape(rows, -1, choices)[:, :states].cpu().numpy()
        of_grammar[:, : flat.shape[1]] = flat
        of_grammar[np.arange(choices) >= self.n_choices[..., None]] = -np.inf
        inside = np.arange(states) >= self.n_of_grammar[:, None]
        return np.where(inside, 0, of_grammar.argmax(axis=2))

    def draft(self, rows: NDArray[np.int64], chosen: NDArray[np.int64]) -> "Draft":
        """What some rows write where each of their states takes the edge ``chosen`` (n, states)."""
        ends, n = self.ends[rows], np.arange(len(rows))
        state = np.zeros(len(rows), dtype=np.int64)
        passed = []
        while (state != ends).any():
            passed.append(state)
            state = np.where(state == ends, ends, self.targets[rows, state, chosen[n, state]])
        states = np.stack(passed, axis=1)
        is_end = states == ends[:, None]
        taken = np.where(is_end, 0, np.take_along_axis(chosen, states, axis=1))
        choices = self.subwords[rows[:, None], states]
        n_choices = np.where(is_end, 0, self.n_choices[rows[:, None], states])
        return Draft(states, taken, choices, n_choices)


@dataclass(frozen=True)
class Draft:
    """Paths through automata: at each place the state, the number of the edge taken, and all that could be written.

    ``states`` and ``taken`` have the shape ``(rows, longest)``, ``choices`` ``(rows, longest, choices)``, of which the
    first ``n_choices`` (rows, longest) count; none behind a path's end.
    """

    states: NDArray[np.int64]
    taken: NDArray[np.int64]
    choices: NDArray[np.int64]
    n_choices: NDArray[np.int64]

    @cached_property
    def subwords(self) -> NDArray[np.int64]:
        return np.take_along_axis(self.choices, self.taken[..., None], axis=2)[..., 0]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        return (self.n_choices > 0).sum(axis=1)


@dataclass
class Passes:
    """How many texts were written in how many passes of the decoder over one of them.

    ``ties`` is how often the two best choices were closer than ``TIE``.
    """

    texts: int = 0
    passes: int = 0
    ties: int = 0


@torch.inference_mode()
def write_drafted(
    network: EncoderDecoder,
    memory: Memory,
    automata: Sequence[Automaton],
    *,
    begins: Sequence[Sequence[int]],
    prefix: Sequence[int],
    guesses: Guesses,
    count: Passes,
) -> list[Written]:
    """What greedy decoding writes under some deterministic automata of one grammar, one for each row of ``memory``.

    ``begins`` are the positions of ``memory`` at which a row's words begin, ``prefix`` is what the decoder starts with.
    ``guesses`` learn from what is written.
    """
    tables = Tables.of(automata)
    features = features_of(memory.hidden, begins)
    chosen = _guessed(tables, features, guesses)  # the edge to take in each state
    passed: list[NDArray[np.int64]] = []  # row, state and edge wherever there was a choice
    fixed = np.zeros(len(automata), dtype=np.int64)  # how much of a row's beginning is what greedy decoding writes
    written: dict[int, Written] = {}
    rows = np.arange(len(automata))
    count.texts += len(rows)
    while len(rows):
        count.passes += len(rows)
        draft = tables.draft(rows, chosen[rows])
        best, log_probs, is_tie = _answers(network, memory.of(rows), draft, prefix)
        places = np.arange(best.shape[1])
        is_asked = (draft.n_choices > 1) & (places >= fixed[rows, None])
        row, place = np.nonzero(is_asked)
        chosen[rows[row], draft.states[row, place]] = best[row, place]
        differs = is_asked & (best != draft.taken)
        is_done = ~differs.any(axis=1)
        fixed[rows] = np.where(is_done, len(places), differs.argmax(axis=1) + 1)
        for i in np.flatnonzero(is_done):
            own = slice(0, draft.lengths[i])
            written[rows[i]] = Written(draft.subwords[i, own].tolist(), log_probs[i, own].tolist())
            count.ties += int(is_tie[i].sum())
        of_grammar = draft.states < tables.n_of_grammar[rows, None]
        row, place = np.nonzero((draft.n_choices > 1) & of_grammar & is_done[:, None])
        passed.append(np.stack([rows[row], draft.states[row, place], draft.taken[row, place]]))
        rows = rows[~is_done]
    _learn(tables, features, guesses, passed)
    return [written[row] for row in range(len(automata))]


def _guessed(tables: Tables, features: torch.Tensor, guesses: Guesses) -> NDArray[np.int64]:
    n_kinds, n_choices = tables.states_per_word, tables.subwords.shape[2]
    with torch.autocast(features.device.type, enabled=False):  # sums of many squares need full precision
        return tables.likeliest(guesses.scores(features, n_kinds=n_kinds, n_choices=n_choices))


def _learn(tables: Tables, features: torch.Tensor, guesses: Guesses, passed: Sequence[NDArray[np.int64]]) -> None:
    """``passed`` are rows, states and edges taken, (3, n) each."""
    row, state, taken = torch.from_numpy(np.concatenate(passed, axis=1)).to(features.device)
    place, kind = state // tables.states_per_word, state % tables.states_per_word
    with torch.autocast(features.device.type, enabled=False):
        guesses.learn(kind, features[row, place], taken, n_choices=tables.subwords.shape[2])


def _answers(
    network: EncoderDecoder, memory: Memory, draft: Draft, prefix: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    """For each place of a draft the best choice, the log-probability of the one taken, whether the best two tie."""
    device = memory.hidden.device
    start = torch.tensor(prefix, device=device).expand(len(draft.states), -1)
    read = torch.cat([start, torch.from_numpy(draft.subwords[:, :-1]).to(device)], dim=1)
    open_ = torch.from_numpy(draft.n_choices > 1).to(device)
    states = network.states(memory, read)[:, len(prefix) - 1 :][open_]
    n_choices = torch.from_numpy(draft.n_choices).to(device)[open_]
    scores = network.scores(states, torch.from_numpy(draft.choices).to(device)[open_])  # (n, choices)
    scores = scores.masked_fill(torch.arange(scores.shape[1], device=device) >= n_choices[:, None], -torch.inf)
    taken = torch.from_numpy(draft.taken).to(device)[open_]
    two = scores.topk(2, dim=1).values
    of_places = torch.zeros(3, *draft.states.shape, device=device)
    of_places[0, open_] = scores.argmax(dim=1).float()
    of_places[1, open_] = scores.log_softmax(dim=1).gather(1, taken[:, None])[:, 0]
    of_places[2, open_] = (two[:, 0] - two[:, 1] < TIE).float()
    best, log_probs, is_tie = of_places.cpu().numpy()
    return best.astype(np.int64), log_probs, is_tie > 0
