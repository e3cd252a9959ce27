"""Training by steps: the curve, resuming, what is measured, the saved folder."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer, BertConfig

from eigennamen.pretraining import training
from eigennamen.pretraining.exclusion import Exclusion
from eigennamen.pretraining.masked_language_model import MaskedLanguageModel
from eigennamen.pretraining.pretrainer import PretrainingData, Steps
from eigennamen.pretraining.sequences import Sequences
from eigennamen.pretraining.text import Text
from eigennamen.pretraining.training import TimedCheckpoint, fit, save
from eigennamen.subwords import wordpiece

WORDS = "Anna Otto Emil Kiel Jena Bonn reiste fuhr ging nach von und am Montag".split()
LINES = [" ".join(np.random.default_rng(i).choice(WORDS, 8)) for i in range(120)]
TOKENIZER = wordpiece(LINES, vocab_size=100, exact=False)


class _Lines(Text):
    """Text from memory."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__([], name="text", exclusion=Exclusion({}))
        self.lines = lines

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)


def _pretrainer(seed: int = 0, dropout: float = 0.0) -> MaskedLanguageModel:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        hidden_dropout_prob=dropout,
    )
    network = AutoModelForMaskedLM.from_config(config)
    settings: dict[str, Any] = {"learning_rate": 1e-2, "weight_decay": 0.01, "warmup": 0.1}
    return MaskedLanguageModel(network=network, tokenizer=TOKENIZER, masked=0.2, whole_words=False, **settings)


def _fit(
    pretrainer: MaskedLanguageModel, folder: Path, *, lines: list[str] = LINES, **settings: Any
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    small = {"max_steps": 6, "sequence_length": 16, "batch_size": 4, "held_out": 8, "validate_every": 2}
    return fit(
        pretrainer=pretrainer,
        text=_Lines(lines),
        run_dir=folder,
        seed=0,
        cache=folder / "cache",
        checkpoint_seconds=0.0,
        enable_progress_bar=False,
        accelerator="cpu",
        precision="32-true",
        **{**small, **settings},
    )


@pytest.fixture(autouse=True)
def _two_steps_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "STEPS_PER_EPOCH", 2)


@pytest.mark.slow
def test_the_curve_has_a_point_for_each_look_and_the_loss_falls(tmp_path: Path) -> None:
    measured, curve = _fit(_pretrainer(), tmp_path, max_steps=40, validate_every=10)
    assert [point["step"] for point in curve] == [10, 20, 30, 40]
    assert [point["subwords"] for point in curve] == [10 * 4 * 15, 20 * 4 * 15, 30 * 4 * 15, 40 * 4 * 15]
    assert curve[-1]["held_out_loss"] < curve[0]["held_out_loss"] - 0.1
    assert curve[-1]["train_loss"] < curve[0]["train_loss"] - 0.1
    assert 0 < curve[-1]["held_out_accuracy"] < 1
    assert (measured["steps"], measured["subwords_seen"]) == (40, 2400)
    assert measured["subwords_per_second"] > 0


@pytest.mark.slow
def test_the_curve_ends_where_the_training_does(tmp_path: Path) -> None:
    measured, curve = _fit(_pretrainer(), tmp_path, max_steps=10, validate_every=4)
    assert [point["step"] for point in curve] == [4, 8, 10]
    assert measured["steps"] == 10


@pytest.mark.slow
def test_without_held_out_text_there_is_no_curve(tmp_path: Path) -> None:
    measured, curve = _fit(_pretrainer(), tmp_path, held_out=0)
    assert curve == []
    assert (measured["steps"], measured["subwords_seen"]) == (6, 6 * 4 * 15)
    assert measured["subwords_per_second"] > 0


class _Killed(BaseException):
    pass


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "dropout"), [(0, 0.0), (0, 0.3), (1, 0.0)])
def test_an_interrupted_fit_ends_with_the_weights_of_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, workers: int, dropout: float
) -> None:
    settings = {"max_steps": 12, "num_workers": workers}
    whole = _pretrainer(dropout=dropout)
    measured, curve = _fit(whole, tmp_path / "whole", **settings)
    killed = _pretrainer(dropout=dropout)
    step = killed.training_step
    n_steps = 0

    def training_step(*arguments: Any) -> torch.Tensor:
        nonlocal n_steps
        n_steps += 1
        if n_steps == 8:
            raise _Killed
        return step(*arguments)

    monkeypatch.setattr(killed, "training_step", training_step)
    with pytest.raises(_Killed):
        _fit(killed, tmp_path / "killed", **settings)
    resumed = _pretrainer(seed=1, dropout=dropout)  # other weights, to be replaced
    with caplog.at_level(logging.INFO, logger="eigennamen"):
        resumed_measured, resumed_curve = _fit(resumed, tmp_path / "killed", **settings)
    assert "resuming after epoch 3" in caplog.text
    for name, weight in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], weight), name
    assert resumed_curve == curve
    assert resumed_measured["steps"] == measured["steps"] == 12


@pytest.mark.slow
def test_a_broken_checkpoint_is_explained(tmp_path: Path) -> None:
    _fit(_pretrainer(), tmp_path)
    last = tmp_path / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:-500])
    with pytest.raises(
        ValueError, match=r"last\.ckpt: cannot be resumed from .*delete it, or start the run again with"
    ):
        _fit(_pretrainer(), tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_steps": 0}, "trainer.max_steps=0; expected at least 1"),
        ({"sequence_length": 17}, "trainer.sequence_length=17; expected 2 to 16, what the network reads"),
        ({"batch_size": 500}, "fewer than one batch of 500; add text, or set trainer.batch_size or"),
    ],
)
def test_settings_that_cannot_work_are_explained(tmp_path: Path, settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        _fit(_pretrainer(), tmp_path, **settings)


def test_held_out_examples_are_hidden_the_same_way_every_time() -> None:
    sequences = Sequences(np.arange(5, 85, dtype=np.uint16).repeat(20), length=15, batch_size=2, held_out=4, seed=0)
    first, again = (PretrainingData(sequences, _pretrainer(), steps_per_epoch=2, num_workers=0) for _ in range(2))
    assert len(first.held_out) == 2
    for one, other in zip(first.held_out, again.held_out, strict=True):
        assert torch.equal(one.inputs["input_ids"], other.inputs["input_ids"])
        assert torch.equal(one.targets, other.targets)


def test_a_step_gives_the_same_example_always_and_another_than_other_steps() -> None:
    sequences = Sequences(np.arange(5, 85, dtype=np.uint16).repeat(20), length=15, batch_size=2, held_out=4, seed=0)
    examples = PretrainingData(sequences, _pretrainer(), steps_per_epoch=2, num_workers=0).examples
    a_pass_later = 3 + sequences.batches_per_pass
    assert torch.equal(examples[3].inputs["input_ids"], examples[3].inputs["input_ids"])
    assert not torch.equal(examples[3].inputs["input_ids"], examples[4].inputs["input_ids"])
    assert not torch.equal(examples[3].inputs["input_ids"], examples[a_pass_later].inputs["input_ids"])


def test_steps_count_on_from_epoch_to_epoch() -> None:
    steps = Steps(3)
    assert (len(steps), list(steps)) == (3, [0, 1, 2])
    iterator = iter(steps)
    steps.set_epoch(2)
    assert list(iterator) == [6, 7, 8]


def test_checkpoints_keep_their_distance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(training.time, "monotonic", lambda: now[0])
    saved: list[float] = []
    monkeypatch.setattr(training.ModelCheckpoint, "on_train_epoch_end", lambda *_: saved.append(now[0]))
    checkpoint = TimedCheckpoint(tmp_path, seconds=30)
    for second in (10, 29, 31, 50, 61, 90, 91):
        now[0] = second
        checkpoint.on_train_epoch_end(None, None)  # type: ignore[arg-type]
    assert saved == [31, 61, 91]


def test_a_saved_model_is_half_the_size_and_computes_in_float32(tmp_path: Path) -> None:
    pretrainer = _pretrainer().eval()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "old").touch()
    save(pretrainer, tmp_path / "model")
    assert not list(tmp_path.glob("*/old"))
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    network = AutoModelForMaskedLM.from_pretrained(tmp_path / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert network.dtype == torch.float32
    inputs = tokenizer("Anna [MASK] nach Kiel", return_tensors="pt")
    with torch.no_grad():
        found = network(**inputs).logits
    for name, weight in pretrainer.network.state_dict().items():
        assert torch.equal(network.state_dict()[name], weight.half().float())
    assert torch.isfinite(found).all()
    assert (tmp_path / "model" / "model.safetensors").stat().st_size < 2.5 * sum(
        weight.numel() for weight in pretrainer.network.parameters()
    ) + 8000
