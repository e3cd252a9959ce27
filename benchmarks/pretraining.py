"""Words a second of masked-language modelling, against transformers.Trainer with DataCollatorForLanguageModeling; CPU.

Both sides train copies of one network (the recipe's: 4 layers of 256, 16,000 sub-words) on the same lines of German
text, with the same batch size in sequences, share of hidden sub-words, optimizer and precision. Ours packs the lines to
full sequences and sends only the hidden positions through the output layer; the peer reads a line a sequence, cut at
the same length, padded to the longest of its batch, and computes all positions. Words are counted by the sub-words
that are read: what the peer cuts off does not count. ``torch.compile`` is off on both sides.
"""

import tempfile
import warnings
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import lightning as L
import torch
from datasets import Dataset
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from transformers import (
    AutoModelForMaskedLM,
    DataCollatorForLanguageModeling,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)

from benchmarks import Comparison, UnavailableError, alternate
from benchmarks.gazetteers import data_dir
from benchmarks.training import THREADS, Clock
from eigennamen.execution import build
from eigennamen.pretraining.exclusion import Exclusion
from eigennamen.pretraining.masked_language_model import MaskedLanguageModel
from eigennamen.pretraining.sequences import encode
from eigennamen.pretraining.text import Text, load_text
from eigennamen.pretraining.training import best_precision

CONF = Path(__file__).parents[1] / "conf" / "pretraining"
LINES, STEPS, REPETITIONS = 20_000, 40, 3


def run() -> list[Comparison]:
    """One row: words a second on the first lines of the largest text."""
    source = data_dir() / "text-de" / "bundestag-plpr.txt.xz"
    if not source.exists():
        raise UnavailableError(f"{source} is not there")
    if find_spec("accelerate") is None:
        raise UnavailableError("transformers.Trainer needs accelerate: run `make benchmarks`, which installs it")
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = Path(folder) / "text.txt"
        file.write_text("\n".join(islice(load_text(unlabeled=str(source), exclusion=Exclusion({})), LINES)))
        with initialize_config_dir(str(CONF), version_base="1.3"):
            cfg = compose("config", [f"corpus.unlabeled={file}", f"output_dir={folder}"])
        text: Text = build(cfg.corpus, exclusion=Exclusion({}))
        shared = {"text": text, "seed": 0, "cache": Path(folder)}
        L.seed_everything(0, verbose=False)
        start = build(cfg.objective, **shared)
        words_per_subword = text.statistics["words"] / len(encode(text, start.tokenizer, cache=Path(folder)))
        lines = _tokenized(cfg, text, start)

        cfg.trainer.max_steps = cfg.trainer.validate_every = STEPS

        def ours() -> float:
            folder_of_turn = Path(tempfile.mkdtemp(dir=folder))
            measured, _ = build(cfg.trainer, **shared, pretrainer=_copy(cfg, start), run_dir=folder_of_turn)
            return float(measured["subwords_per_second"])

        turns = alternate(ours, lambda: _peer(cfg, start, lines), repetitions=REPETITIONS)
    rates = [tuple(words_per_subword * rate for rate in side) for side in zip(*turns, strict=True)]
    return [Comparison("masked-language modelling", "words/s", *rates, goal="at least 1.5")]


def _copy(cfg: DictConfig, start: MaskedLanguageModel) -> MaskedLanguageModel:
    """A pretrainer of its own with the same weights."""
    settings = {
        name: cfg.objective[name] for name in ("masked", "whole_words", "learning_rate", "weight_decay", "warmup")
    }
    return MaskedLanguageModel(network=_network(start), tokenizer=start.tokenizer, **settings)


def _network(start: MaskedLanguageModel) -> PreTrainedModel:
    """A network of its own, without the hook of the pretrainer, with the same weights."""
    network = AutoModelForMaskedLM.from_config(start.network.config)
    network.load_state_dict(start.network.state_dict())
    return network


def _tokenized(cfg: DictConfig, text: Text, start: MaskedLanguageModel) -> Dataset:
    """A line a row, cut at the sequence length."""
    rows = start.tokenizer(list(text), truncation=True, max_length=cfg.trainer.sequence_length)
    return Dataset.from_dict({"input_ids": rows["input_ids"]})


def _peer(cfg: DictConfig, start: MaskedLanguageModel, lines: Dataset) -> float:
    """Sub-words of text a second of Trainer as it comes."""
    n_lines = STEPS * cfg.trainer.batch_size
    data = lines.shuffle(seed=0).select(range(n_lines))
    settings = TrainingArguments(
        output_dir=cfg.output_dir,
        num_train_epochs=1,
        per_device_train_batch_size=cfg.trainer.batch_size,
        learning_rate=cfg.objective.learning_rate,
        weight_decay=cfg.objective.weight_decay,
        max_grad_norm=cfg.trainer.gradient_clip_val,
        bf16=best_precision() == "bf16-mixed",
        use_cpu=True,
        report_to=[],
        logging_strategy="no",
        save_strategy="no",
        disable_tqdm=True,
    )
    collator = DataCollatorForLanguageModeling(start.tokenizer, mlm_probability=cfg.objective.masked)
    clock = Clock()
    trainer = Trainer(_network(start), settings, collator, data, callbacks=[clock])
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return sum(len(ids) - 2 for ids in data["input_ids"]) / clock.seconds
