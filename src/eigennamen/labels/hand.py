"""Hand labels: the gold spans of the training split."""

from eigennamen.types import Corpus, TrainingSet


class HandLabels:
    """Trains on the gold spans as they are.

    Raises:
        ValueError: no training sentence has gold spans.
    """

    name = "hand"
    fingerprint = ""

    def training_set(self, corpus: Corpus) -> TrainingSet:
        labelled = [sentence for sentence in corpus.train if sentence.spans is not None]
        if not labelled:
            raise ValueError(
                f"corpus {corpus.name!r}: no training sentence has gold spans: no hand labels to train on; "
                "give corpus.train a labelled file, or choose datamodule=weak_labels"
            )
        statistics = {"sentences": len(labelled), "unlabeled_left_out": len(corpus.train) - len(labelled)}
        return TrainingSet(labelled, statistics=statistics)
