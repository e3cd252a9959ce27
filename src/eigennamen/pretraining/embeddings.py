"""Sub-word embeddings to start from: a few minutes of skip-gram know more about words than random numbers do."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm
from transformers import PreTrainedModel

from eigennamen.pretraining.sequences import encode
from eigennamen.pretraining.skip_gram import word2vec
from eigennamen.pretraining.text import Text

log = logging.getLogger(__name__)
_WINDOWFUL = 1000  # sub-words handed to gensim at once


def start_from_skip_gram(
    network: PreTrainedModel, tokenizer: Any, text: Text, *, epochs: int, cache: Path, seed: int, workers: int = 2
) -> None:
    """Replace a network's random input embeddings by skip-gram vectors of the same spread; nothing with 0 ``epochs``.

    Skip-gram with negative sampling (Mikolov et al. 2013). Sub-words that occur less than five times keep theirs.
    """
    if not epochs:
        return
    ids = encode(text, tokenizer, cache=cache)
    weight: torch.Tensor = network.get_input_embeddings().weight.data  # type: ignore[assignment]
    names = np.array([str(i) for i in range(len(weight))])

    class Pieces:
        """Stretches of the text, as gensim wants them: lists of strings, as often as it asks."""

        def __iter__(self) -> Iterator[list[str]]:
            for start in tqdm(range(0, len(ids), _WINDOWFUL), desc="skip-gram", disable=None, leave=False):
                yield names[ids[start : start + _WINDOWFUL]].tolist()

    log.info("skip-gram over %d sub-words, %d times", len(ids), epochs)
    counts = {str(i): int(n) for i, n in enumerate(np.bincount(ids))}
    model = word2vec()(vector_size=weight.shape[1], sg=1, window=5, sample=1e-4, seed=seed, workers=workers)
    model.build_vocab_from_freq(counts, corpus_count=-(-len(ids) // _WINDOWFUL))
    model.train(Pieces(), total_examples=model.corpus_count, total_words=len(ids), epochs=epochs)
    known = [int(name) for name in model.wv.index_to_key]
    weight[known] = torch.from_numpy(model.wv.vectors / model.wv.vectors.std()) * weight.std()
