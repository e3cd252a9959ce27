"""What choosing sentences costs: a query's look at the pool against one prediction of it, and memory by size of pool.

The model is the default classifier with random weights, which is as fast as a trained one; the pool are sentences of
the embedded corpus. Ours is all that a round does to choose: the pool's numbers and the best of them. The peer is
``predict`` on the same sentences. BALD asks ten networks, but the body is read once for all of them.

Memory is the most that was resident in a process that chooses 500 sentences, libraries and all, from a million
sentences and from a hundred thousand. Sentences are made when they are asked for, and the probabilities of their tags
are drawn at random: what is measured is what choosing holds, not what a model or a corpus does.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import overload

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import Comparison, alternate
from eigennamen.querying import STRATEGIES, most_wanted, scored
from eigennamen.types import Sentence

NAMES = ("mnlp", "margin", "token_entropy", "bald")
N_POOL, N_CHOSEN, REPETITIONS, SAMPLES = 2_000, 500, 3, 10
SIZES = (100_000, 1_000_000)
WORDS, TAGS = 20, 9


def run() -> list[Comparison]:
    """Time for each kind of look at the pool, then memory."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        return [*_times(folder), _memory()]


def _times(folder: str) -> list[Comparison]:
    # here: the processes whose memory is measured do not load them
    from hydra import compose, initialize_config_dir

    from benchmarks.training import CONF, Setup
    from eigennamen.procedures.active_learning import needed_values

    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", ["+experiment=active_learning", "logger=none", f"output_dir={folder}"])
    setup = Setup.of(cfg)
    module = setup.module.eval()
    pool = setup.datamodule.corpus.train[:N_POOL]
    rows = []
    for name in NAMES:
        strategy = STRATEGIES[name]
        values_of = needed_values(strategy, module, setup.datamodule, SAMPLES)
        ours = partial(_seconds, lambda s=strategy, v=values_of: most_wanted(scored(pool, s, v), N_CHOSEN))
        turns = alternate(ours, partial(_seconds, lambda: module.predict(pool)), repetitions=REPETITIONS)
        goal = f"at most {SAMPLES if name == 'bald' else 1.2}"
        ours_took, peer_took = zip(*turns, strict=True)
        rows.append(Comparison(f"choosing by {name}, one prediction of the pool", "s", ours_took, peer_took, goal=goal))
    return rows


def _seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _memory() -> Comparison:
    small, large = (_resident_mib(size) for size in SIZES)
    name = f"choosing {N_CHOSEN} of {SIZES[1]:,} sentences, of {SIZES[0]:,}"
    return Comparison(name, "MiB", (large,), (small,), goal="at most 1.2")


def _resident_mib(size: int) -> float:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", f"from benchmarks.querying import choose; choose({size})"]
    return float(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout)


class Pool(Sequence[Sentence]):
    """So many sentences of ``WORDS`` words, made when they are asked for."""

    def __init__(self, sentences: range) -> None:
        self.sentences = sentences

    def __len__(self) -> int:
        return len(self.sentences)

    @overload
    def __getitem__(self, place: int) -> Sentence: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Sentence]: ...

    def __getitem__(self, place: int | slice) -> Sentence | Sequence[Sentence]:
        found = self.sentences[place]
        return Pool(found) if isinstance(found, range) else Sentence(str(found), ("Wort",) * WORDS)


def drawn(sentences: Sequence[Sentence], generator: np.random.Generator) -> NDArray[np.float32]:
    """Distributions over tags for all words, ``(n_words, TAGS)``, drawn at random."""
    values = generator.random((sum(len(one.words) for one in sentences), TAGS), dtype=np.float32)
    return values / values.sum(axis=1, keepdims=True)


def choose(size: int) -> None:
    """Choose from a pool and print the process's memory in MiB."""
    values_of = partial(drawn, generator=np.random.default_rng(0))
    chosen = most_wanted(scored(Pool(range(size)), STRATEGIES["token_entropy"], values_of), N_CHOSEN)
    assert len(set(chosen)) == N_CHOSEN
    print(_peak_mib())


def _peak_mib() -> float:
    """Of this process alone: on Linux ``getrusage`` also counts what the process was that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
