"""Words a second that a small BERT from scratch learns from, against transformers.Trainer in random order; CPU.

Both sides train copies of one network (``module/body=bert``: 4 layers of 256, random weights) on the gold sentences of
WikiNEuRal German, encoded beforehand as the same windows and labels, with fused AdamW, the same batch size, epochs,
learning rates (one step apart while they rise), weight decay and gradient clipping. Ours is what a run does:
NERDataModule, TokenClassifier and Lightning, with the project's own word counter. The peer is Trainer with
DataCollatorForTokenClassification. Only epochs are timed; nothing is evaluated, logged or saved in them.

The speed row takes turns on the first sentences. The padding row says where the ratio comes from: in ours, sentences of
similar length share a batch. That this costs no quality is what the last row is for, once, on all sentences.
"""

import copy
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightning as L
import torch
from datasets import Dataset
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from transformers import (
    DataCollatorForTokenClassification,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from benchmarks import Comparison, UnavailableError, alternate
from benchmarks.gazetteers import data_dir
from eigennamen.datamodule import NERDataModule
from eigennamen.execution import build
from eigennamen.modules.base import NERModule
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.scoring import Scores, score
from eigennamen.significance import paired_difference
from eigennamen.training import Throughput

CONF = Path(__file__).parents[1] / "conf"
OVERRIDES = [
    "corpus=wikineural_de",
    "datamodule=hand_labels",
    "module/body=bert",
    "datamodule.batch_size=32",
    "logger=none",
]
THREADS = 2
SPEED_SENTENCES, REPETITIONS = 640, 3  # 20 batches a turn
QUALITY_EPOCHS = 3


@dataclass(frozen=True)
class Setup:
    """What both sides start from: a run's configuration, data (its windows encoded) and untrained module."""

    cfg: DictConfig
    datamodule: NERDataModule
    module: NERModule

    @classmethod
    def of(cls, cfg: DictConfig, *, n_sentences: int | None = None) -> "Setup":
        """On the corpus's first sentences, or all."""
        L.seed_everything(cfg.seed, verbose=False)
        corpus = build(cfg.corpus)
        datamodule = build(cfg.datamodule, corpus=replace(corpus, train=corpus.train[:n_sentences]))
        datamodule.train_dataloader()  # writes the cache
        return cls(cfg, datamodule, build(cfg.module, codec=datamodule.codec))


def run() -> list[Comparison]:
    """Speed and padding on the first sentences of the corpus, quality on all."""
    data_dir()  # where there is none, this benchmark is skipped
    if find_spec("accelerate") is None:
        raise UnavailableError("transformers.Trainer needs accelerate: run `make benchmarks`, which installs it")
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning asks for workers and a validation that are left out on purpose
        with initialize_config_dir(str(CONF), version_base="1.3"):
            cfg = compose("config", [*OVERRIDES, f"output_dir={folder}"])
        return [
            *_speed(Setup.of(cfg, n_sentences=SPEED_SENTENCES)),
            _quality(Setup.of(cfg)),
        ]


def _speed(setup: Setup) -> list[Comparison]:
    ours, peer = (partial(train, setup, epochs=1) for train in (train_ours, train_peer))
    turns = alternate(ours, peer, repetitions=REPETITIONS, warm_up=False)
    rates = [tuple(rate for _, rate in side) for side in zip(*turns, strict=True)]
    loaders = setup.datamodule.train_dataloader(), _peer(setup, epochs=1).get_train_dataloader()
    padding = [(_padding(getattr(batch, "inputs", batch) for batch in loader),) for loader in loaders]
    return [
        Comparison("training a BERT from scratch", "words/s", *rates, goal="at least 1.6"),
        Comparison("positions of its batches that are padding", "share", *padding),
    ]


def _padding(batches: Iterable[Mapping[str, torch.Tensor]]) -> float:
    masks = [batch["attention_mask"] for batch in batches]
    return 1 - sum(int(mask.sum()) for mask in masks) / sum(mask.numel() for mask in masks)


def _quality(setup: Setup) -> Comparison:
    trained = (train(setup, epochs=QUALITY_EPOCHS)[0] for train in (train_ours, train_peer))
    ours, peer = (_dev_scores(setup.datamodule, network) for network in trained)
    difference, low, high = paired_difference(ours, peer)
    return Comparison(
        f"its dev strict micro F1 after {QUALITY_EPOCHS} epochs on all sentences",
        "F1",
        (ours.micro.f1,),
        (peer.micro.f1,),
        goal=f"a difference within noise: {difference:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}",
    )


def _dev_scores(datamodule: NERDataModule, network: PreTrainedModel) -> Scores:
    predicted = TokenClassifier(codec=datamodule.codec, body=network).predict(datamodule.dev)
    return score(datamodule.dev, [prediction.sentence for prediction in predicted])


def quiet_trainer(setup: Setup, **settings: Any) -> L.Trainer:
    """Lightning's trainer with the run's clipping, on the CPU, and nothing but the training."""
    return L.Trainer(
        accelerator="cpu",
        gradient_clip_val=setup.cfg.trainer.gradient_clip_val,
        limit_val_batches=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **settings,
    )


def train_ours(setup: Setup, *, epochs: int) -> tuple[PreTrainedModel, float]:
    """The trained network and the words a second."""
    L.seed_everything(setup.cfg.seed, verbose=False)
    module = copy.deepcopy(setup.module)
    throughput = Throughput()
    trainer = quiet_trainer(setup, max_epochs=epochs, callbacks=[throughput])
    trainer.fit(module, datamodule=setup.datamodule)
    return module.network, throughput.words_per_second


def train_peer(
    setup: Setup, *, epochs: int, make: Callable[..., Trainer] | None = None
) -> tuple[PreTrainedModel, float]:
    """The trained network and the words a second; ``make`` another trainer than this benchmark's."""
    trainer = (make or _peer)(setup, epochs=epochs)
    trainer.train()
    clock = trainer.pop_callback(Clock)
    n_words = sum(len(sentence.words) for sentence in setup.datamodule.training_set.sentences)
    return trainer.model, epochs * n_words / clock.seconds


class Clock(TrainerCallback):
    """Seconds within epochs."""

    seconds = 0.0

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        self.seconds -= time.perf_counter()

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        self.seconds += time.perf_counter()


def arguments(setup: Setup, *, epochs: int) -> dict[str, Any]:
    """What the peer's training is told: what ours is, and to do nothing beside."""
    return {
        "output_dir": setup.cfg.output_dir,
        "num_train_epochs": epochs,
        "per_device_train_batch_size": setup.datamodule.batch_size,
        "learning_rate": setup.module.learning_rate,
        "warmup_steps": setup.module.warmup,
        "weight_decay": setup.module.weight_decay,
        "max_grad_norm": setup.cfg.trainer.gradient_clip_val,
        "seed": setup.cfg.seed,
        "use_cpu": True,
        "report_to": [],
        "logging_strategy": "no",
        "save_strategy": "no",
        "disable_tqdm": True,
    }


def _peer(setup: Setup, *, epochs: int) -> Trainer:
    """Trainer as it comes, on a copy of the network and the codec's windows."""
    settings = TrainingArguments(**arguments(setup, epochs=epochs))
    network, data = copy.deepcopy(setup.module.network), _labelled(setup.datamodule)
    collator = DataCollatorForTokenClassification(setup.datamodule.codec.tokenizer.hf)
    trainer = Trainer(network, settings, collator, data, callbacks=[Clock()])
    trainer.remove_callback(PrinterCallback)
    return trainer


def _labelled(datamodule: NERDataModule) -> Dataset:
    """The windows with a label at the first sub-word of each owned word, and nothing to learn elsewhere (-100)."""
    loader = datamodule.train_dataloader()
    targets = loader.collate_fn.keywords["targets"]
    tags = targets.tag_probs.argmax(dim=1).tolist()
    columns: dict[str, list[list[int]]] = {"input_ids": [], "labels": []}
    for window in loader.dataset:
        labels = [-100] * len(window["input_ids"])
        for position, word in zip(window["positions"], window["words"], strict=True):
            labels[position] = tags[targets.offsets[window["sentence"]] + word]
        columns["input_ids"].append(window["input_ids"])
        columns["labels"].append(labels)
    return Dataset.from_dict(columns)
