"""Mixed labels: hand labels for some sentences, weak labels for the others, in one training set."""

import numpy as np

from eigennamen.labels.hand import HandLabels
from eigennamen.labels.weak import WeakLabels
from eigennamen.types import Corpus, TrainingSet


class MixedLabels:
    """Hand labels where the budget of ``hand`` has any, weak labels elsewhere.

    The label model is fitted on the votes on all text, as without hand labels. A batch's loss is a weighted mean: for
    ``weight_of_weak`` to count between batches too, the module needs ``loss_mean=words``.

    Args:
        hand: draws the sentences with gold labels; they have weight 1.
        weak: labels the rest of the training sentences and the unlabeled ones.
        weight_of_weak: multiplies the weights that ``weak`` gives its words, 0 to 1; 0 leaves its sentences out.

    Raises:
        ValueError: the weight has no meaning.
    """

    name = "mixed"

    def __init__(self, *, hand: HandLabels, weak: WeakLabels, weight_of_weak: float = 1.0) -> None:
        if not 0 <= weight_of_weak <= 1:
            raise ValueError(f"datamodule.label_source.weight_of_weak={weight_of_weak}; expected 0 to 1")
        self.hand = hand
        self.weak = weak
        self.weight_of_weak = weight_of_weak

    @property
    def fingerprint(self) -> str:
        return self.weak.fingerprint

    def training_set(self, corpus: Corpus) -> TrainingSet:
        """Raises ValueError as the two label sources do."""
        hand, weak = self.hand.training_set(corpus), self.weak.training_set(corpus)
        by_hand = {sentence.id for sentence in hand.sentences}
        rest = [s for s in weak.sentences if s.id not in by_hand] if self.weight_of_weak else []
        weights = {
            sentence.id: np.float32(self.weight_of_weak)
            * weak.weights.get(sentence.id, np.ones(len(sentence.words), dtype=np.float32))
            for sentence in rest
        }
        tag_probs = {s.id: weak.tag_probs[s.id] for s in rest if s.id in weak.tag_probs}
        statistics = {
            "hand": dict(hand.statistics),
            "weak": {**weak.statistics, "used_sentences": len(rest)},
            "weight_of_weak": self.weight_of_weak,
            "label_model": weak.statistics["label_model"],
        }
        return TrainingSet([*hand.sentences, *rest], tag_probs, weights, statistics)
