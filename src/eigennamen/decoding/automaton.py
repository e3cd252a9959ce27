"""The sub-words that a grammar allows, as a finite automaton: one for each text that is read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eigennamen.decoding.written import WrittenPiece
from eigennamen.formats.base import Grammar

_NO_PIECE = -1


@dataclass(frozen=True, eq=False)
class Automaton:
    """States, and edges between them that write a sub-word each. State 0 is the start, the last one the end.

    ``edges`` (n_edges, 4) has the columns from, sub-word, to, and the number in ``pieces`` of the piece that this
    sub-word completes, or -1. The edges out of a state stand in the order of the grammar. The first ``n_of_grammar``
    states are those of the grammar, ``states_per_word`` at each place between words; the others are inside pieces.
    """

    edges: NDArray[np.int64]
    pieces: tuple[str, ...]
    n_states: int
    n_of_grammar: int
    states_per_word: int

    @classmethod
    def of(cls, grammar: Grammar, spell: Callable[[str], Sequence[int]], *, end: int) -> Self:
        """The automaton of a grammar over pieces.

        Args:
            grammar: what may be written.
            spell: the sub-words of a piece, at least one.
            end: the sub-word that ends every output.
        """
        edges: list[tuple[int, int, int, int]] = []
        between: dict[tuple[int, int], int] = {}  # the states inside pieces, which those that begin alike share
        pieces: dict[str, int] = {}
        n_states = n_of_grammar = 1 + max((max(state, to) for state, _, to in grammar.edges), default=0)
        for state, piece, to in grammar.edges:
            *inner, last = spell(piece)
            for subword in inner:
                if (state, subword) not in between:
                    between[state, subword] = n_states
                    edges.append((state, subword, n_states, _NO_PIECE))
                    n_states += 1
                state = between[state, subword]
            edges.append((state, last, to, pieces.setdefault(piece, len(pieces))))
        edges.extend((state, end, n_states, _NO_PIECE) for state in sorted(grammar.final))
        edges_ = np.array(edges, dtype=np.int64)
        return cls(edges_, tuple(pieces), n_states + 1, n_of_grammar, grammar.states_per_word)

    @property
    def end(self) -> int:
        return self.n_states - 1

    @cached_property
    def is_deterministic(self) -> bool:
        """Whether a state and a sub-word always lead to one state."""
        return len(self._out) == len(self.edges)

    @cached_property
    def _out(self) -> Mapping[tuple[int, int], list[int]]:
        """The numbers of the edges by state and sub-word."""
        out: dict[tuple[int, int], list[int]] = {}
        for number, (state, subword, _, _) in enumerate(self.edges.tolist()):
            out.setdefault((state, subword), []).append(number)
        return out

    @cached_property
    def _subwords(self) -> Mapping[int, list[int]]:
        """What may be written in a state."""
        allowed: dict[int, list[int]] = {}
        for state, subword in self._out:
            allowed.setdefault(state, []).append(subword)
        return allowed

    def choices(self, written: Sequence[int]) -> list[list[int]]:
        """The sub-words that were allowed at each place of some that this automaton accepts."""
        allowed, states = [], {0}
        for subword in written:
            allowed.append(sorted({one for state in states for one in self._subwords.get(state, ())}))
            states = {int(self.edges[edge, 2]) for edge in self._taken(states, subword)}
        return allowed

    def read(self, written: Sequence[int]) -> list[WrittenPiece] | None:
        """The pieces that some sub-words spell (one way, if there are several); None if they are not accepted."""
        reached: list[dict[int, int]] = []  # after each sub-word, the edge by which each state was reached
        states: Iterable[int] = {0}
        for subword in written:
            reached.append({int(self.edges[edge, 2]): edge for edge in self._taken(states, subword)})
            states = reached[-1]
        if not reached or self.end not in reached[-1]:
            return None
        found, state = [], self.end
        for place in range(len(written) - 1, -1, -1):
            state, _, _, piece = self.edges[reached[place][state]].tolist()
            if piece != _NO_PIECE:
                found.append((piece, place + 1))
        ends = [0, *(end for _, end in reversed(found))]
        return [WrittenPiece(self.pieces[p], ends[i], ends[i + 1]) for i, (p, _) in enumerate(reversed(found))]

    def _taken(self, states: Iterable[int], subword: int) -> list[int]:
        return [edge for state in states for edge in self._out.get((state, subword), ())]
