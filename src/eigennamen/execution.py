"""What every run needs around it: building from configuration, a folder that is filled once, a tracker, a clock."""

import errno
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import torch
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from lightning.pytorch.loggers import WandbLogger
from omegaconf import DictConfig, OmegaConf

from eigennamen.files import write_atomically
from eigennamen.locking import alone_in
from eigennamen.records import RECORD, Record

log = logging.getLogger(__name__)
AnyRecord = TypeVar("AnyRecord", bound=Record)


def build(node: Any, **arguments: Any) -> Any:
    """Hydra's instantiate, but an error inside a constructor comes out as itself, not wrapped in where it happened.

    ``arguments`` are passed past Hydra, which would take dataclasses among them for configuration.
    """
    try:
        return instantiate(node, _partial_=True, _convert_="all")(**arguments)
    except InstantiationException as error:
        if isinstance(error.__cause__, ValueError | OSError):
            raise error.__cause__ from None
        raise


def once(cfg: DictConfig, run_dir: Path, record_type: type[AnyRecord], execute: Callable[[], AnyRecord]) -> AnyRecord:
    """The record of a finished run, or of the one that ``execute`` does now; ``cfg.force`` does it anew.

    Where another process does the same run, this one waits for its record.
    """
    helps = _helps_another_process()
    with explained_write_errors(run_dir):
        run_dir.mkdir(parents=True, exist_ok=True)
    with nullcontext() if helps else alone_in(run_dir):
        if cfg.force and not helps:
            _empty(run_dir)
        if (run_dir / RECORD).exists():
            record = record_type.read(run_dir)
            log.info("run %s is finished: %s (force=true repeats it)", record.run_id, run_dir)
            return record
        with explained_write_errors(run_dir), run_folder(run_dir, cfg), tracking_ends():
            return execute()


def _empty(folder: Path) -> None:
    """Not the folder itself, which is what other processes wait for; first what says that the run is finished."""
    (folder / RECORD).unlink(missing_ok=True)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _helps_another_process() -> bool:
    """Lightning starts a process for each further device, with the same command."""
    return os.environ.get("LOCAL_RANK", "0") != "0"


@contextmanager
def explained_write_errors(run_dir: Path) -> Iterator[None]:
    """Say what to do where nothing more can be written, or nothing at all."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            remedy = "make room, and the same command goes on from the last checkpoint, or choose"
        elif error.errno in (errno.EACCES, errno.EROFS) and _is_on_the_way(error.filename, run_dir):
            remedy = "choose"
        else:
            raise
        raise OSError(
            f"{run_dir}: cannot be written ({error.strerror}); {remedy} another place with output_dir=FOLDER"
        ) from error


def _is_on_the_way(path: Any, folder: Path) -> bool:
    """Whether an error's path is in a folder or above it."""
    return isinstance(path, str) and (Path(path).is_relative_to(folder) or folder.is_relative_to(path))


@contextmanager
def tracking_ends() -> Iterator[None]:
    """Where a run breaks off, W&B would take the next one in this process for the same."""
    try:
        yield
    except BaseException:
        wandb = sys.modules.get("wandb")
        if wandb and wandb.run is not None:
            wandb.finish(exit_code=1)
        raise


@contextmanager
def run_folder(run_dir: Path, cfg: DictConfig) -> Iterator[None]:
    """A folder with the resolved configuration and a log file."""
    write_atomically(run_dir / "config.yaml", OmegaConf.to_yaml(cfg, resolve=True))
    handler = logging.FileHandler(run_dir / "run.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def start_logger(cfg: DictConfig, *, run_id: str, run_dir: Path) -> WandbLogger | None:
    """The run in W&B with its configuration; None with ``logger=none``."""
    if not cfg.logger:
        return None
    logger: WandbLogger = build(cfg.logger, run_dir=run_dir, run_id=run_id, group=cfg.name)
    logger.log_hyperparams(OmegaConf.to_container(cfg, resolve=True))  # type: ignore[arg-type]
    return logger


def best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


@contextmanager
def timed(times: dict[str, float], part: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    times[f"{part}_seconds"] = round(time.perf_counter() - started, 2)
