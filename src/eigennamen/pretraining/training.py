"""Pretraining a network by steps: a clock for checkpoints, a held-out curve, resuming."""

import logging
import math
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import Logger
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from eigennamen.pretraining.pretrainer import Example, Pretrainer, PretrainingData
from eigennamen.pretraining.sequences import Sequences, encode
from eigennamen.pretraining.text import Text
from eigennamen.training import Resumable, checked, interruptible, without_known_warnings

log = logging.getLogger(__name__)
STEPS_PER_EPOCH = 100


class Curve(L.Callback):
    """Progress with an estimate, and a point of the curve each time the held-out text is looked at.

    Its points, and the seconds spent so far, survive an interruption.
    """

    def __init__(self, *, total_steps: int, subwords_per_step: int, bar: bool) -> None:
        self.total_steps = total_steps
        self.subwords_per_step = subwords_per_step
        self.points: list[dict[str, float]] = []
        self.seconds = 0.0
        self._bar = tqdm(total=total_steps, unit=" steps", disable=None if bar else True, smoothing=0.05)
        self._losses: list[torch.Tensor] = []
        self._started = 0.0

    def state_dict(self) -> dict[str, Any]:
        return {"points": self.points, "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.points, self.seconds = list(state_dict["points"]), state_dict["seconds"]

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._bar.update(trainer.global_step)

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._started = time.perf_counter()

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Example, batch_idx: int
    ) -> None:
        self._losses.append(outputs["loss"].detach())
        self._bar.update(1)
        now = time.perf_counter()
        self.seconds += now - self._started
        self._started = now

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        point = {
            "step": trainer.global_step,
            "subwords": trainer.global_step * self.subwords_per_step,
            "train_loss": float(torch.stack(self._losses).mean()) if self._losses else math.nan,
            "held_out_loss": float(trainer.callback_metrics["held_out/loss"]),
            "held_out_accuracy": float(trainer.callback_metrics["held_out/accuracy"]),
        }
        self.points.append(point)
        self._losses.clear()
        log.info(self._line(point))

    def _line(self, point: Mapping[str, float]) -> str:
        rest = (self.total_steps - point["step"]) * self.seconds / max(point["step"], 1)
        return (
            f"step {point['step']:,}/{self.total_steps:,}: loss {point['train_loss']:.3f}, held out "
            f"{point['held_out_loss']:.3f}, {100 * point['held_out_accuracy']:.1f} % right; "
            f"{self.subwords_per_second:,.0f} sub-words/s, {rest / 60:.0f} min left"
        )

    @property
    def subwords_per_second(self) -> float:
        return self.points[-1]["subwords"] / self.seconds if self.points and self.seconds else 0.0

    def measured(self, steps: int) -> dict[str, Any]:
        """What so many steps have read, and how fast."""
        subwords = steps * self.subwords_per_step
        return {
            "steps": steps,
            "subwords_seen": subwords,
            "seconds": round(self.seconds, 1),
            "subwords_per_second": round(subwords / self.seconds, 1) if self.seconds else 0.0,
        }


class TimedCheckpoint(ModelCheckpoint):
    """Saves at the end of an epoch, but not more often than every ``seconds``."""

    def __init__(self, folder: Path, *, seconds: float) -> None:
        super().__init__(folder, filename="last", enable_version_counter=False, save_on_train_epoch_end=True)
        self.seconds = seconds
        self._saved = time.monotonic()

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if time.monotonic() - self._saved >= self.seconds:
            super().on_train_epoch_end(trainer, pl_module)
            self._saved = time.monotonic()


def fit(
    *,
    pretrainer: Pretrainer,
    text: Text,
    run_dir: Path,
    seed: int,
    cache: Path,
    max_steps: int,
    sequence_length: int,
    batch_size: int,
    held_out: int,
    logger: Logger | None = None,
    validate_every: int = 1000,
    checkpoint_seconds: float = 30.0,
    compile: bool = False,
    precision: str = "auto",
    num_workers: int = 0,
    enable_progress_bar: bool = True,
    **trainer_settings: Any,
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """Train ``pretrainer`` in place for ``max_steps`` (rounded up a little); return what was measured, and the curve.

    A step is ``batch_size`` sequences of ``sequence_length`` sub-words. ``held_out`` sequences are never trained on and
    looked at every ``validate_every`` steps. An earlier, interrupted fit in the same folder is resumed.

    Raises:
        ValueError: there is less text than one batch, a sequence is longer than the network reads, or the checkpoint
            to resume from cannot be read.
        SystemExit: the process was asked to stop.
    """
    _check_lengths(pretrainer, max_steps=max_steps, sequence_length=sequence_length)
    row_length = pretrainer.row_length(sequence_length)
    sequences = Sequences(
        encode(text, pretrainer.tokenizer, cache=cache),
        length=row_length,
        batch_size=batch_size,
        held_out=held_out,
        seed=seed,
        name=text.name,
    )
    n_epochs = math.ceil(max_steps / STEPS_PER_EPOCH)
    per_epoch = math.ceil(max_steps / n_epochs)
    data = PretrainingData(sequences, pretrainer, steps_per_epoch=per_epoch, num_workers=num_workers)
    curve = Curve(total_steps=n_epochs * per_epoch, subwords_per_step=batch_size * row_length, bar=enable_progress_bar)
    precision = best_precision() if precision == "auto" else precision
    if compile:
        pretrainer.compile_forward()
    trainer = L.Trainer(
        callbacks=[curve, Resumable(seed), TimedCheckpoint(run_dir / "checkpoints", seconds=checkpoint_seconds)],
        max_epochs=n_epochs,
        check_val_every_n_epoch=min(max(round(validate_every / per_epoch), 1), n_epochs),
        logger=logger or False,
        default_root_dir=run_dir,
        enable_model_summary=False,
        enable_progress_bar=False,
        num_sanity_val_steps=0,
        limit_val_batches=None if data.held_out else 0,
        log_every_n_steps=10,
        precision=precision,  # type: ignore[arg-type]
        **trainer_settings,
    )
    _train(trainer, pretrainer, data, last=checked(run_dir / "checkpoints" / "last.ckpt"), curve=curve)
    measured = {"passes": round(trainer.global_step / sequences.batches_per_pass, 3), "precision": precision}
    return {**curve.measured(trainer.global_step), **measured, "device": _device_name()}, curve.points


def _train(
    trainer: L.Trainer, pretrainer: Pretrainer, data: PretrainingData, *, last: Path | None, curve: Curve
) -> None:
    pretrainer.train()  # a parent comes in evaluation mode
    with interruptible(trainer), without_known_warnings():
        trainer.fit(pretrainer, datamodule=data, ckpt_path=last, weights_only=True)
        if data.held_out and (not curve.points or curve.points[-1]["step"] < trainer.global_step):
            trainer.validate(pretrainer, datamodule=data, verbose=False)  # the curve ends where the training does


def _check_lengths(pretrainer: Pretrainer, *, max_steps: int, sequence_length: int) -> None:
    if max_steps < 1:
        raise ValueError(f"trainer.max_steps={max_steps}; expected at least 1")
    longest = getattr(pretrainer.network.config, "max_position_embeddings", sequence_length)
    if not 2 <= sequence_length <= longest:
        raise ValueError(f"trainer.sequence_length={sequence_length}; expected 2 to {longest}, what the network reads")


def best_precision() -> str:
    """bfloat16 where the hardware computes in it, else float32."""
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return "bf16-mixed" if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") else "32-true"


def _device_name() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"{torch.get_num_threads()} CPU threads"


def save(pretrainer: Pretrainer, folder: Path) -> None:
    """Weights in float16, configuration and tokenizer; the folder appears when it is complete.

    ``config.json`` asks for float32, so that ``transformers`` computes in it by default.
    """
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    pretrainer.network.save_pretrained(temporary)
    pretrainer.tokenizer.save_pretrained(temporary)
    weights = temporary / "model.safetensors"
    save_file(
        {name: one.half() if one.is_floating_point() else one for name, one in load_file(weights).items()},
        weights,
        metadata={"format": "pt"},
    )
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
