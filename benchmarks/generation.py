"""Sentences a second that are written with their spans marked, against ``generate``; words learned a second; CPU.

The generator's default, the shipped BERT with a decoder, is trained for a few hundred steps on gold sentences
(WikiNEuRal German, without it the embedded corpus), so that it marks real spans.
Then it writes test sentences in the output format ``brackets``, in batches of similar
length, in fp32 with one thread. Ours is drafted decoding, the making of the automata included, from the same batches.

The first peer is the same model's ``generate``, greedy, with a ``prefix_allowed_tokens_fn`` that enforces the same
grammar. It follows an automaton in a dictionary, a step for each call, so that no prefix is read twice. The second
peer is ``generate`` without any constraint. Left alone such a model soon writes something else (decision 0010), so
it is made to write as many sub-words as the longest of our outputs for a batch has: the time of a model that does well.

Training: epochs of a run's own loop against ``Seq2SeqTrainer`` with ``DataCollatorForSeq2Seq``, as in ``training``: the
same sources, targets, batch size and learning rates, loss over the vocabulary.
"""

import copy
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import lightning as L
import torch
from datasets import Dataset
from hydra import compose, initialize_config_dir
from transformers import DataCollatorForSeq2Seq, PrinterCallback, Seq2SeqTrainer, Seq2SeqTrainingArguments

from benchmarks import Comparison, UnavailableError, alternate
from benchmarks.training import Clock, Setup, arguments, quiet_trainer, train_ours, train_peer
from eigennamen.codecs.text_windows import TextBatch
from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.drafting import Passes
from eigennamen.decoding.guesses import Guesses
from eigennamen.modules.generator import SpanGenerator

ROOT = Path(__file__).parents[1]
OVERRIDES = ["+experiment=seq2seq", "logger=none"]
STEPS, N_TEST, BATCH_SIZE = 200, 192, 32
N_TRAIN, REPETITIONS = 320, 3  # 20 batches a turn

Outputs = list[list[int]]


def run() -> list[Comparison]:
    """Decoding constrained and free, and training."""
    if find_spec("accelerate") is None:
        raise UnavailableError("Seq2SeqTrainer needs accelerate: run `make benchmarks`, which installs it")
    torch.set_num_threads(1)
    corpus = "wikineural_de" if os.environ.get("EIGENNAMEN_DATA") else "mini"
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning asks for workers and a validation that are left out on purpose
        with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
            shipped = f"module.pretrained={ROOT / 'models' / 'eigennamen-bert-mini'}"
            settings = [*OVERRIDES, shipped, f"corpus={corpus}", f"output_dir={folder}"]
            cfg, plain = (compose("config", [*settings, f"module.loss_over={one}"]) for one in ("legal", "vocabulary"))
        return [
            *_decoding(Setup.of(cfg, n_sentences=STEPS * cfg.datamodule.batch_size)),
            *_training(Setup.of(plain, n_sentences=N_TRAIN)),
        ]


# --- decoding ---


def _decoding(setup: Setup) -> list[Comparison]:
    generator = _trained(setup)
    test = list(islice(setup.datamodule.corpus.test or (), N_TEST))
    batches = list(generator.codec.data(test).batches(BATCH_SIZE))
    ours = partial(_drafted_anew, generator, batches)
    lengths = {id(batch): max(map(len, drafted(generator, batch))) for batch in batches}
    generator.passes = count = Passes()
    sides = [
        ("prefix_allowed_tokens_fn", partial(constrained, generator), "at least 3"),
        ("free greedy generate", partial(free, generator, lengths=lengths), "at least 1.5"),
    ]
    rows = []
    for name, write, goal in sides:
        turns = alternate(ours, partial(_timed, write, batches), repetitions=REPETITIONS)
        rates = [tuple(len(test) / seconds for _, seconds in side) for side in zip(*turns, strict=True)]
        rows.append(Comparison(f"drafted decoding of brackets, {name}", "sentences/s", *rates, goal=goal))
        if write is sides[0][1]:
            (ours_wrote, _), (peer_wrote, _) = turns[0]
            rows.append(_equal(f"of its outputs, equal to those of {name}", ours_wrote, peer_wrote, count))
    steps = sum(map(len, ours_wrote)) / len(test)
    passes = count.passes / count.texts
    return [*rows, Comparison("passes of the decoder for a sentence", "passes", (passes,), (steps,))]


def _equal(name: str, ours: Outputs, peer: Outputs, count: Passes) -> Comparison:
    share = sum(one == other for one, other in zip(ours, peer, strict=True)) / len(ours)
    return Comparison(name, "share", (share,), (1.0,), goal=f"ties of logits: {count.ties} in {count.texts} outputs")


def _trained(setup: Setup) -> SpanGenerator:
    L.seed_everything(setup.cfg.seed, verbose=False)
    module = copy.deepcopy(setup.module)
    assert isinstance(module, SpanGenerator)
    quiet_trainer(setup, max_steps=STEPS).fit(module, datamodule=setup.datamodule)
    return module.eval()


def _drafted_anew(generator: SpanGenerator, batches: Sequence[TextBatch]) -> tuple[Outputs, float]:
    """As in a new prediction: nothing is known yet of what the network tends to write."""
    generator.guesses = Guesses()
    return _timed(partial(drafted, generator), batches)


def _timed(write: Callable[[TextBatch], Outputs], batches: Sequence[TextBatch]) -> tuple[Outputs, float]:
    """What is written for all batches, and the seconds that it took."""
    before = time.perf_counter()
    outputs = [output for batch in batches for output in write(batch)]
    return outputs, time.perf_counter() - before


@torch.inference_mode()
def drafted(generator: SpanGenerator, batch: TextBatch) -> Outputs:
    """Ours, from the text that is read to the sub-words that are written."""
    automata = [generator.codec.automaton(window.sentence.words) for window in batch.windows]
    return [one.subwords for one in generator.drafted(batch, automata)]


class Grammar:
    """A ``prefix_allowed_tokens_fn``: where each row is in its automaton, and what may follow."""

    def __init__(self, automata: Sequence[Automaton], *, padding: int) -> None:
        self._following: list[dict[int, dict[int, int]]] = []
        for automaton in automata:
            assert automaton.is_deterministic
            following: dict[int, dict[int, int]] = {automaton.end: {padding: automaton.end}}
            for state, subword, to, _ in automaton.edges.tolist():
                following.setdefault(state, {})[subword] = to
            self._following.append(following)
        self._states = [-1] * len(automata)  # before the decoder's start

    def __call__(self, row: int, written: torch.Tensor) -> list[int]:
        state = self._states[row]
        self._states[row] = 0 if state < 0 else self._following[row][state][int(written[-1])]
        return list(self._following[row][self._states[row]])


def constrained(generator: SpanGenerator, batch: TextBatch) -> Outputs:
    """What ``generate`` writes where a function says before every step what is allowed."""
    automata = [generator.codec.automaton(window.sentence.words) for window in batch.windows]
    longest = max(automaton.n_states for automaton in automata)
    grammar = Grammar(automata, padding=generator.codec.speller.padding)
    return _generated(generator, batch, max_new_tokens=longest, prefix_allowed_tokens_fn=grammar)


def free(generator: SpanGenerator, batch: TextBatch, *, lengths: dict[int, int]) -> Outputs:
    """What ``generate`` writes by itself, as many sub-words as the longest of our outputs for the batch has."""
    n = lengths[id(batch)]
    return _generated(generator, batch, min_new_tokens=n, max_new_tokens=n)


def _generated(generator: SpanGenerator, batch: TextBatch, **settings: object) -> Outputs:
    prefix = torch.tensor(generator.prefix).expand(len(batch.targets), -1)
    sequences = generator.network.generate(**batch.inputs, decoder_input_ids=prefix, do_sample=False, **settings)
    sequences = sequences[:, len(generator.prefix) :]
    end = generator.codec.speller.end
    return [row[: row.index(end) + 1] if end in row else row for row in sequences.tolist()]


# --- training ---


def _training(setup: Setup) -> list[Comparison]:
    ours, peer = partial(train_ours, setup, epochs=1), partial(train_peer, setup, epochs=1, make=_peer)
    turns = alternate(ours, peer, repetitions=REPETITIONS, warm_up=False)
    rates = [tuple(rate for _, rate in side) for side in zip(*turns, strict=True)]
    return [Comparison("training the generator to mark spans", "words/s", *rates, goal="at least 1.3")]


def _peer(setup: Setup, *, epochs: int) -> Seq2SeqTrainer:
    """Seq2SeqTrainer as it comes, on a copy of the network and the codec's sources and targets."""
    assert isinstance(setup.module, SpanGenerator)
    rows = setup.datamodule.train_dataloader().dataset
    data = Dataset.from_dict({"input_ids": rows["input_ids"], "labels": rows["target"]})
    network = copy.deepcopy(setup.module.network)
    trainer = Seq2SeqTrainer(
        network,
        Seq2SeqTrainingArguments(**arguments(setup, epochs=epochs)),
        DataCollatorForSeq2Seq(setup.module.codec.speller.hf, model=network),
        data,
        callbacks=[Clock()],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer
