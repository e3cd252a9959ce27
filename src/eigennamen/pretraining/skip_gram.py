"""Word vectors from plain text: skip-gram with negative sampling (Mikolov et al. 2013), trained by gensim."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tqdm import tqdm

from eigennamen.text import words_with_offsets
from eigennamen.word_vectors import WordVectors

log = logging.getLogger(__name__)
logging.getLogger("gensim").setLevel(logging.WARNING)  # it reports every second
_LONGEST = 10_000  # words of a line; gensim ignores what is behind them


@dataclass(frozen=True)
class _Text:
    """Words of a text in a file, separated by spaces: cutting text into words takes as long as an epoch does."""

    path: Path
    counts: Counter[str]
    n_lines: int

    @classmethod
    def write(cls, path: Path, lines: Iterable[str]) -> "_Text":
        counts: Counter[str] = Counter()
        n_lines = 0
        with path.open("w", encoding="utf-8") as file:
            for line in tqdm(lines, desc="words", unit=" lines", disable=None):
                words = [word for word, _, _ in words_with_offsets(line)]
                counts.update(words)
                for i in range(0, len(words), _LONGEST):
                    file.write(" ".join(words[i : i + _LONGEST]) + "\n")
                    n_lines += 1
        return cls(path, counts, n_lines)

    def __iter__(self) -> Iterator[list[str]]:
        with self.path.open(encoding="utf-8", newline="\n") as file:
            for line in tqdm(file, desc="skip-gram", total=self.n_lines, unit=" lines", disable=None):
                yield line.split()


def train_skip_gram(
    lines: Iterable[str],
    *,
    size: int = 100,
    window: int = 5,
    negative: int = 5,
    epochs: int = 2,
    min_count: int = 5,
    max_words: int = 130_000,
    subsample: float = 1e-4,
    seed: int = 0,
    workers: int = 1,
) -> tuple[WordVectors, dict[str, float]]:
    """Vectors of the ``max_words`` most frequent words, and what it took: words, vocabulary, seconds, words a second.

    ``lines`` are sentences or paragraphs, gone through once; a window never reaches into the next line. The case of
    words is kept. The same ``seed`` gives the same vectors only with ``workers=1``.

    Raises:
        ValueError: gensim is not installed, or fewer than two words occur ``min_count`` times.
    """
    model_class = word2vec()
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        text = _Text.write(Path(folder) / "words.txt", lines)
        counts = _vocabulary(text.counts, min_count=min_count, max_words=max_words)
        model = model_class(
            vector_size=size, window=window, negative=negative, sample=subsample, sg=1, min_count=1, sorted_vocab=0,
            seed=seed, workers=workers,
        )  # fmt: skip
        model.build_vocab_from_freq(counts, corpus_count=text.n_lines)
        trained = _train(model, text, epochs=epochs)
    vectors = WordVectors.quantized(model.wv.index_to_key, model.wv.vectors)
    measured = {"words": text.counts.total(), "vocabulary": len(vectors), "seconds": time.perf_counter() - started}
    return vectors, measured | {"words_per_second": text.counts.total() * epochs / trained}


def word2vec() -> Any:
    """gensim's class; raises ValueError where it is not installed."""
    try:
        from gensim.models import Word2Vec
    except ImportError as error:
        raise ValueError(
            f"word vectors are trained by gensim, which cannot be imported ({error}): pip install -e '.[word-vectors]'"
        ) from error
    return Word2Vec


def _vocabulary(counts: Counter[str], *, min_count: int, max_words: int) -> dict[str, int]:
    """The most frequent words first, equally frequent ones by the alphabet."""
    frequent = sorted((word for word in counts if counts[word] >= min_count), key=lambda word: (-counts[word], word))
    if len(frequent) < 2:
        raise ValueError(
            f"{len(frequent)} of {len(counts)} different words occur at least {min_count} times; expected 2 or more: "
            "give more text or set a lower min_count"
        )
    return {word: counts[word] for word in frequent[:max_words]}


def _train(model: Any, text: _Text, *, epochs: int) -> float:
    """Seconds of training. gensim's loss is not logged: a float32 sum that stalls before it reaches 10^8."""
    from gensim.models.callbacks import CallbackAny2Vec

    started = time.perf_counter()

    class Epochs(CallbackAny2Vec):
        """Logs the seconds of each epoch."""

        done = 0
        begun = started

        def on_epoch_end(self, model: Any) -> None:
            self.done, before, self.begun = self.done + 1, self.begun, time.perf_counter()
            seconds = self.begun - before
            rate = text.counts.total() / seconds
            log.info("skip-gram epoch %d/%d: %.1f s, %.0f words/s", self.done, epochs, seconds, rate)

    model.train(text, total_examples=text.n_lines, total_words=text.counts.total(), epochs=epochs, callbacks=[Epochs()])
    return time.perf_counter() - started
