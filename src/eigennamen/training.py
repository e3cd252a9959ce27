"""Fitting a module on a datamodule: callbacks, checkpoints, resuming."""

import logging
import math
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import Logger

from eigennamen.datamodule import NERDataModule
from eigennamen.modules.base import NERModule

log = logging.getLogger(__name__)
# Lightning says in five lines what hardware there is and advertises a product
logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
MONITOR = "dev/micro_f1"
_LOOKS = 32  # at dev, where there are that many epochs: on 100 sentences they would take longer than the training


class Throughput(L.Callback):
    """Counts the words that were trained on and the seconds it took, validation apart; logs each epoch."""

    def __init__(self) -> None:
        self.words = 0
        self.seconds = 0.0
        self._started = 0.0

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._started = time.perf_counter()

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        now = time.perf_counter()
        self.words += batch.n_words
        self.seconds += now - self._started
        self._started = now

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        metrics = "  ".join(f"{name} {float(value):.4f}" for name, value in trainer.callback_metrics.items())
        log.info("epoch %d/%s: %s", trainer.current_epoch + 1, trainer.max_epochs, metrics)

    @property
    def words_per_second(self) -> float:
        return self.words / self.seconds if self.seconds else 0.0


class Resumable(L.Callback):
    """Seeds torch for each epoch by seed and epoch alone: a resumed fit draws the dropout that it would have drawn."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if batch_idx == 0:  # not earlier: making the epoch's iterator draws from torch's generator too
            torch.manual_seed(int(np.random.SeedSequence((self.seed, trainer.current_epoch)).generate_state(1)[0]))


class Patience(EarlyStopping):
    """Early stopping that counts only after ``min_steps``, and does not go on where a fit had stopped."""

    def __init__(self, patience: int, *, min_steps: int) -> None:
        super().__init__(MONITOR, mode="max", patience=patience, check_on_train_epoch_end=False)
        self.min_steps = min_steps

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        trainer.should_stop = self.wait_count >= self.patience

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        if trainer.global_step >= self.min_steps:
            super().on_validation_end(trainer, pl_module)


def fit(
    *,
    module: NERModule,
    datamodule: NERDataModule,
    run_dir: Path,
    logger: Logger | None = None,
    max_epochs: int | None = None,
    min_epochs: int = 8,
    min_steps: int = 1000,
    patience: int = 3,
    enable_progress_bar: bool = True,
    **trainer_settings: Any,
) -> dict[str, float]:
    """Train ``module`` in place up to its best epoch on dev; return what was measured.

    Early stopping and the choice of the best checkpoint follow strict micro F1 on the datamodule's dev sentences;
    without any the last epoch counts. An earlier, interrupted fit in the same folder is resumed.

    Without ``max_epochs`` there are ``min_epochs``, or as many as ``min_steps`` batches take: a small training set
    needs more. Dev is looked at every ``epochs_between_looks``. ``patience`` is in looks without a better score,
    counted only after ``min_steps``.

    Raises:
        ValueError: the checkpoint to resume from cannot be read.
        SystemExit: the process was asked to stop.
    """
    folder = run_dir / "checkpoints"
    throughput = Throughput()
    callbacks = [throughput, Resumable(datamodule.seed), *_checkpoints(folder, has_dev=bool(datamodule.dev))]
    if datamodule.dev:
        callbacks.append(Patience(patience, min_steps=min_steps))
    else:
        log.warning("no dev sentences with labels: no early stopping, the last epoch counts")
        trainer_settings["limit_val_batches"] = 0
    epochs = max_epochs or max(min_epochs, _epochs_of(min_steps, datamodule))
    trainer = L.Trainer(
        callbacks=callbacks,
        max_epochs=epochs,
        check_val_every_n_epoch=epochs_between_looks(epochs),
        logger=logger or False,
        default_root_dir=run_dir,
        enable_model_summary=False,
        enable_progress_bar=enable_progress_bar and sys.stderr.isatty(),  # in a file its frames are only noise
        num_sanity_val_steps=0,
        log_every_n_steps=10,
        **trainer_settings,
    )
    last = checked(folder / "last.ckpt")
    module.train()  # transformers hands its models out in evaluation mode: without dropout
    with interruptible(trainer), without_known_warnings():
        trainer.fit(module, datamodule=datamodule, ckpt_path=last, weights_only=True)
    if datamodule.dev:
        restore(module, run_dir)
    datamodule.codec.forget_decoded()
    return {
        "epochs": trainer.current_epoch,
        "training_words_per_second": round(throughput.words_per_second, 1),
    }


def restore(module: NERModule, run_dir: Path) -> None:
    """Load the weights that a finished fit in a folder ended with: those of its best epoch, or of its last."""
    best, last = (run_dir / "checkpoints" / f"{name}.ckpt" for name in ("best", "last"))
    checkpoint = torch.load(best if best.exists() else last, map_location="cpu", weights_only=True)
    module.load_state_dict(checkpoint["state_dict"])


@contextmanager
def interruptible(trainer: L.Trainer) -> Iterator[None]:
    """Say that the same command goes on where the process is asked to stop."""
    try:
        yield
    except SystemExit:  # Lightning's answer to SIGTERM and Ctrl-C, without a word and for SIGTERM with exit code 0
        sys.exit(f"stopped after epoch {trainer.current_epoch}; the same command goes on from there")


@contextmanager
def without_known_warnings() -> Iterator[None]:
    """Without what Lightning warns of and is meant."""
    with warnings.catch_warnings():
        # the batches are made in the main process on purpose: workers cost more than they save on sentences
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated.*")
        warnings.filterwarnings("ignore", message=".*Checkpoint directory .* exists and is not empty.*")
        yield


def _epochs_of(steps: int, datamodule: NERDataModule) -> int:
    return math.ceil(steps * datamodule.batch_size / len(datamodule.training_set.sentences))


def epochs_between_looks(epochs: int) -> int:
    """After how many epochs dev is looked at: after each, or of many short ones after as many as make 32 looks."""
    return max(epochs // _LOOKS, 1)


def _checkpoints(folder: Path, *, has_dev: bool) -> list[L.Callback]:
    """Save the last epoch and, where there is a dev score, the weights of the best."""
    # each file is replaced in place; Lightning would count names up otherwise (best-v1, best-v2)
    # without dev after each epoch; told by default to wait for a look at dev, it would wait for ever
    last = ModelCheckpoint(
        folder, filename="last", enable_version_counter=False, save_on_train_epoch_end=None if has_dev else True
    )
    if not has_dev:
        return [last]
    best = ModelCheckpoint(
        folder, filename="best", monitor=MONITOR, mode="max", save_weights_only=True, enable_version_counter=False
    )
    return [best, last]  # in this order: the last one remembers the best score so far


def checked(checkpoint: Path) -> Path | None:
    """The checkpoint if it exists; raises ValueError if it cannot be read."""
    if not checkpoint.exists():
        return None
    try:
        epoch = torch.load(checkpoint, map_location="cpu", weights_only=True)["epoch"]
    except Exception as error:  # zip, pickle and torch raise many types for a broken file
        raise ValueError(
            f"{checkpoint}: cannot be resumed from ({type(error).__name__}), the file is broken; delete it, or start "
            "the run again with force=true"
        ) from error
    log.info("resuming after epoch %d from %s", epoch + 1, checkpoint)
    return checkpoint
