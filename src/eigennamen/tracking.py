"""Weights & Biases through Lightning's logger: offline without an account, and where the server does not answer."""

import logging
import os
import uuid
from pathlib import Path
from typing import Any

import wandb
from lightning.pytorch.loggers import WandbLogger

from eigennamen.files import write_atomically

log = logging.getLogger(__name__)
ID_FILE = "wandb_run_id"


def wandb_logger(
    *,
    run_dir: Path,
    run_id: str,
    group: str,
    project: str = "eigennamen",
    entity: str | None = None,
    mode: str = "auto",
    timeout: float = 12.0,
    tags: tuple[str, ...] = (),
) -> WandbLogger:
    """A started W&B run. ``mode``: ``online``, ``offline`` or ``auto`` (online where an API key is configured).

    The run's W&B id is written to the run folder before W&B starts, so that an interrupted run goes on under it. A
    server that does not answer within ``timeout`` seconds turns the run offline under the same id, which is said once
    (W&B takes some six seconds more to let go of the attempt).
    """
    settings: dict[str, Any] = {
        "project": project,
        "entity": entity,
        "name": run_id,
        "id": _wandb_id(run_dir, run_id),
        "group": group,
        "tags": list(tags),
        "save_dir": str(run_dir),
    }
    if _wants_online(mode):
        try:
            return _started(WandbLogger(settings=_quiet(init_timeout=timeout), **settings))
        except wandb.errors.Error as error:
            reason = str(error).splitlines()[0]
            log.warning("W&B: %s. Going on offline; `wandb sync %s/wandb/offline-run-*` uploads later", reason, run_dir)
            wandb.teardown()  # its service would otherwise hold on to the id
    return _started(WandbLogger(settings=_quiet(mode="offline"), **settings))


def _wandb_id(run_dir: Path, run_id: str) -> str:
    file = run_dir / ID_FILE
    if not file.exists():
        # not the run id alone: W&B never accepts an id again that was deleted there
        write_atomically(file, f"{run_id}-{uuid.uuid4().hex[:6]}")
    return file.read_text(encoding="utf-8")


def _wants_online(mode: str) -> bool:
    if mode not in ("auto", "online", "offline"):
        raise ValueError(f"logger.mode={mode}; expected auto, online or offline")
    mode = os.environ.get("WANDB_MODE", mode)
    return mode == "online" or (mode == "auto" and wandb.login(prompt=False, verify=False))


def _quiet(**settings: Any) -> wandb.Settings:
    return wandb.Settings(console="off", silent=True, x_disable_stats=True, **settings)


def _started(logger: WandbLogger) -> WandbLogger:
    # Lightning passes it on though no one sets it, and W&B warns of it in every run
    vars(logger).get("_wandb_init", {}).pop("anonymous", None)
    _ = logger.experiment
    return logger
