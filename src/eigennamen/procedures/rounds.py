"""What procedures of several fits share: fresh weights for a round, and what a model says of every word."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from eigennamen.modules.base import NERModule
from eigennamen.types import Prediction, Sentence

MEASURED = "measured.json"  # in a round's folder: it is finished
AnyModule = TypeVar("AnyModule", bound=NERModule)


def fresh(make_module: Callable[[], AnyModule], seed: tuple[int, int]) -> AnyModule:
    """A new module whose random weights depend on the seed alone, as they must where a run goes on."""
    torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
    return make_module()


def tag_probs_of(predictions: Sequence[Prediction]) -> NDArray[np.float32]:
    """Those of all words, shape ``(n_words, n_tags)``."""
    return np.concatenate([p.tag_probs for p in predictions if p.tag_probs is not None])


def by_sentence(array: NDArray[Any], sentences: Sequence[Sentence]) -> dict[str, NDArray[Any]]:
    """An array with a row for every word, cut into sentences, by their ids."""
    ends = np.cumsum([len(sentence.words) for sentence in sentences])
    return dict(zip([sentence.id for sentence in sentences], np.split(array, ends[:-1]), strict=True))
