"""Hand labels: the gold spans of the training split, or of as many of its sentences as a budget allows."""

import random
from collections.abc import Sequence
from dataclasses import asdict

from eigennamen.costs import Amount, Unit, affordable, check_unit
from eigennamen.types import Corpus, Sentence, TrainingSet


class HandLabels:
    """Trains on the gold spans as they are.

    Args:
        budget: how much may be labelled; None for all. Sentences are drawn at random, and for one ``seed`` a larger
            budget contains the smaller ones. The draw is not stratified: which labels a sentence has is not known
            before someone annotates it, and of what is known, length, ``unit=words`` already makes the cost even.
        unit: what the budget counts, ``sentences`` or ``words``.

    Raises:
        ValueError: no training sentence has gold spans, fewer have them than the budget asks for, or it is smaller than
            the first sentence.
    """

    name = "hand"
    fingerprint = ""

    def __init__(self, *, budget: int | None = None, unit: Unit = "sentences", seed: int = 0) -> None:
        check_unit(unit, setting="datamodule.label_source.unit")
        if budget is not None and budget < 1:
            raise ValueError(f"budget={budget}; expected at least 1 of the {unit}, or null for all of them")
        self.budget = budget
        self.unit: Unit = unit
        self.seed = seed

    def training_set(self, corpus: Corpus) -> TrainingSet:
        labelled = [sentence for sentence in corpus.train if sentence.spans is not None]
        if not labelled:
            raise ValueError(
                f"corpus {corpus.name!r}: no training sentence has gold spans: no hand labels to train on; "
                "give corpus.train a labelled file, or choose datamodule=weak_labels"
            )
        if self.budget is not None:
            labelled = self._drawn(labelled, self.budget, corpus)
        left_out = len(corpus.train) - len(labelled)
        return TrainingSet(labelled, statistics={**asdict(Amount.of(labelled)), "unlabeled_left_out": left_out})

    def _drawn(self, labelled: Sequence[Sentence], budget: int, corpus: Corpus) -> list[Sentence]:
        available = Amount.of(labelled).in_unit(self.unit)
        place = f"corpus {corpus.name!r}: budget={budget}"
        if budget > available:
            there = (
                f"{available} training {self.unit}" if self.unit == "sentences" else f"{available} words in training"
            )
            raise ValueError(
                f"{place}, but only {there} have gold spans; set datamodule.label_source.budget lower, or to null for "
                "all"
            )
        drawn = affordable(shuffled(labelled, self.seed), budget, unit=self.unit)
        if not drawn:
            raise ValueError(
                f"{place} {self.unit} is less than the first sentence drawn has; set datamodule.label_source.budget "
                "higher"
            )
        return drawn


def shuffled(sentences: Sequence[Sentence], seed: int) -> list[Sentence]:
    """The order in which every budget draws: a prefix of it is the draw of a smaller one."""
    return random.Random(seed).sample(sentences, len(sentences))
