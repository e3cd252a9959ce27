"""One fit on the labels as they are."""

from collections.abc import Callable
from pathlib import Path

from lightning.pytorch.loggers import Logger

from eigennamen.datamodule import NERDataModule
from eigennamen.modules.base import NERModule
from eigennamen.procedures import Fit, Trained


def single(
    *,
    make_module: Callable[[], NERModule],
    datamodule: NERDataModule,
    fit: Fit,
    run_dir: Path,
    logger: Logger | None = None,
) -> Trained:
    module = make_module()
    return Trained(module, fit(module=module, datamodule=datamodule, run_dir=run_dir, logger=logger))
