"""Label models: from the votes on a candidate to a distribution over "no entity" and the labels."""

from eigennamen.weak.label_matrix import Probabilities
from eigennamen.weak.label_models.base import LabelModel
from eigennamen.weak.label_models.dawid_skene import DawidSkene
from eigennamen.weak.label_models.hidden_markov import HiddenMarkov
from eigennamen.weak.label_models.snorkel import Snorkel, conflicts_as_outside
from eigennamen.weak.label_models.span_errors import SpanErrors
from eigennamen.weak.label_models.voting import MajorityVote, WeightedVote

__all__ = [
    "DawidSkene",
    "HiddenMarkov",
    "LabelModel",
    "MajorityVote",
    "Probabilities",
    "Snorkel",
    "SpanErrors",
    "WeightedVote",
    "conflicts_as_outside",
]
