"""What a network wrote."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """An output: its sub-words, the end among them, and the log-probability of each among those that were allowed."""

    subwords: list[int]
    log_probs: list[float]


@dataclass(frozen=True)
class WrittenPiece:
    """A piece of an output, and the half-open range of sub-words that spell it."""

    text: str
    first: int
    last: int
