"""What a text codec reads and writes at once: windows of sentences, and batches of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch

from eigennamen.formats.base import Reading
from eigennamen.types import Sentence

IGNORED = -100


@dataclass
class TextBatch:
    """Texts to be read, ``inputs`` of the encoder, and what is to be written.

    ``targets`` (rows, longest) are sub-words, ``IGNORED`` behind the end, ``weights`` (rows, longest) what each counts
    in the loss. ``windows`` are the rows as sentences.
    """

    inputs: dict[str, torch.Tensor]
    targets: torch.Tensor
    weights: torch.Tensor
    windows: list["Window"]

    @property
    def n_words(self) -> int:
        return sum(len(window.sentence.words) for window in self.windows)

    def to(self, device: torch.device) -> "TextBatch":
        inputs = {name: tensor.to(device) for name, tensor in self.inputs.items()}
        return TextBatch(inputs, self.targets.to(device), self.weights.to(device), self.windows)

    def of(self, rows: Sequence[int]) -> "TextBatch":
        """Some of the rows, without the positions of ``inputs`` that only others need; targets keep their width."""
        longest = int(self.inputs["attention_mask"][rows].sum(dim=1).max())
        inputs = {name: tensor[rows, :longest] for name, tensor in self.inputs.items()}
        return TextBatch(inputs, self.targets[rows], self.weights[rows], [self.windows[row] for row in rows])

    def of_similar_length(self, *, padding: float = 0.1, at_least: int = 4) -> list[list[int]]:
        """Groups of rows in which hardly more than a share ``padding`` is padding, the shorter texts first.

        No group has less than ``at_least`` rows but the last, however long they are.
        """
        lengths = self.inputs["attention_mask"].sum(dim=1).tolist()
        groups: list[list[int]] = [[]]
        for row in sorted(range(len(lengths)), key=lengths.__getitem__):
            room = lengths[row] * (len(groups[-1]) + 1)
            content = lengths[row] + sum(lengths[other] for other in groups[-1])
            if content < (1 - padding) * room and len(groups[-1]) >= at_least:
                groups.append([])
            groups[-1].append(row)
        return groups


@dataclass(frozen=True)
class Window:
    """Neighboring words of a sentence, those from ``first`` on, as a sentence of their own.

    ``source`` is the place of the whole sentence among those that were encoded.
    """

    sentence: Sentence
    source: int
    first: int


@dataclass(frozen=True)
class ReadWindow:
    """What an output says about a window, its log-probability, and that of each mention that was placed."""

    window: Window
    reading: Reading
    log_prob: float
    of_mentions: list[float]


def windows_of(sentence: Sentence, lengths: Sequence[int], max_length: int, source: int) -> list[Window]:
    """A sentence whose words have some ``lengths`` in sub-words, cut where it is longer than ``max_length``.

    Every word is in one window. Cuts are behind a punctuation mark where there is one, and not inside a span unless it
    is longer itself.
    """
    if sum(lengths) <= max_length:
        return [Window(sentence, source, 0)]
    cuts = [0]
    while cuts[-1] < len(lengths):
        cuts.append(_next_cut(sentence, lengths, max_length, cuts[-1]))
    return [_window(sentence, source, first, last) for first, last in pairwise(cuts)]


def _next_cut(sentence: Sentence, lengths: Sequence[int], max_length: int, first: int) -> int:
    """The end of the window that begins at a word."""
    fits = first + max(int(np.searchsorted(np.cumsum(lengths[first:]), max_length, side="right")), 1)
    if fits == len(lengths):
        return fits
    inside = {i for span in sentence.spans or () for i in range(span.start + 1, span.end)}
    possible = [i for i in range(first + 1, fits + 1) if i not in inside] or [fits]
    long_enough = [i for i in possible if i > (first + fits) // 2]
    behind_marks = [i for i in long_enough if not any(map(str.isalnum, sentence.words[i - 1]))]
    return (behind_marks or possible)[-1]


def _window(sentence: Sentence, source: int, first: int, last: int) -> Window:
    spans = [span for span in sentence.spans or () if first <= span.start and span.end <= last]
    moved = [replace(span, start=span.start - first, end=span.end - first) for span in spans]
    return Window(Sentence(sentence.id, sentence.words[first:last], tuple(moved)), source, first)
