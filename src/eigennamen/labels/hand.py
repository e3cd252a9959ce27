"""Hand labels: the gold spans of the training split, or of as many of its sentences as a budget allows."""

import random

from eigennamen.types import Corpus, TrainingSet


class HandLabels:
    """Trains on the gold spans as they are.

    Args:
        budget: how many labelled sentences may be used; None for all. They are drawn at random, and for one ``seed`` a
            larger budget contains the smaller ones.

    Raises:
        ValueError: no training sentence has gold spans, or fewer have them than the budget asks for.
    """

    name = "hand"
    fingerprint = ""

    def __init__(self, *, budget: int | None = None, seed: int = 0) -> None:
        if budget is not None and budget < 1:
            raise ValueError(f"budget={budget}; expected at least 1 sentence, or null for all of them")
        self.budget = budget
        self.seed = seed

    def training_set(self, corpus: Corpus) -> TrainingSet:
        labelled = [sentence for sentence in corpus.train if sentence.spans is not None]
        if not labelled:
            raise ValueError(
                f"corpus {corpus.name!r}: no training sentence has gold spans: no hand labels to train on; "
                "give corpus.train a labelled file, or choose datamodule=weak_labels"
            )
        statistics = {"sentences": len(labelled), "unlabeled_left_out": len(corpus.train) - len(labelled)}
        if self.budget is not None:
            if self.budget > len(labelled):
                raise ValueError(
                    f"corpus {corpus.name!r}: budget={self.budget}, but only {len(labelled)} training sentences have "
                    "gold spans; set datamodule.label_source.budget lower, or to null for all"
                )
            labelled = random.Random(self.seed).sample(labelled, len(labelled))[: self.budget]
            statistics = {"sentences": self.budget, "unlabeled_left_out": len(corpus.train) - self.budget}
        return TrainingSet(labelled, statistics=statistics)
