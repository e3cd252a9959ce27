"""Oracles: who labels the sentences that a query strategy chose."""

from collections.abc import Callable, Sequence
from typing import Protocol

from eigennamen.types import Corpus, Prediction, Sentence

Suggest = Callable[[Sequence[Sentence]], list[Prediction]]


class Oracle(Protocol):
    """Labels sentences; asked again for the same ones, as after an interruption, it gives the same spans."""

    def pool(self, corpus: Corpus) -> Sequence[Sentence]:
        """The sentences that it could label, without spans."""
        ...

    def annotate(self, sentences: Sequence[Sentence], *, number: int, suggest: Suggest | None) -> list[Sentence]:
        """The sentences with spans, in their order.

        ``number`` is that of the round; ``suggest`` predicts spans to begin with, where there is a model already. Where
        a person has not finished, it raises SystemExit with what to do; the same command asks again.
        """
        ...


class GoldOracle:
    """Reveals the gold spans of the training split: a simulated person who makes no mistakes and needs no time."""

    def __init__(self) -> None:
        self._gold: dict[str, Sentence] = {}

    def pool(self, corpus: Corpus) -> Sequence[Sentence]:
        self._gold = {sentence.id: sentence for sentence in corpus.train if sentence.spans is not None}
        return [sentence.with_spans(None) for sentence in self._gold.values()]

    def annotate(self, sentences: Sequence[Sentence], *, number: int, suggest: Suggest | None) -> list[Sentence]:
        return [self._gold[sentence.id] for sentence in sentences]
