"""Procedures: how a module is trained on a datamodule, with one fit or with several."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from lightning.pytorch.loggers import Logger

from eigennamen.datamodule import NERDataModule
from eigennamen.modules.base import NERModule


@dataclass(frozen=True)
class Trained:
    """The trained module and what was measured; ``rounds`` has an entry for each fit where there is more than one.

    ``labels`` says where the training labels came from and what was done for them (``method``, ``label_source`` and
    ``cost`` of the record) where it was not from the datamodule's label source alone. Costs, in ``rounds`` too, are
    counts; the run prices them.
    """

    module: NERModule
    times: Mapping[str, float]
    rounds: Sequence[Mapping[str, Any]] = ()
    labels: Mapping[str, Any] = field(default_factory=dict)


class Fit(Protocol):
    """One fit: ``training.fit`` with the trainer's settings, any of which a procedure can replace."""

    def __call__(
        self,
        *,
        module: NERModule,
        datamodule: NERDataModule,
        run_dir: Path,
        logger: Logger | None,
        **settings: Any,
    ) -> dict[str, float]: ...


class Procedure(Protocol):
    """Everything below ``run_dir/checkpoints`` is for going on after an interruption and is deleted in the end."""

    def __call__(
        self,
        *,
        make_module: Callable[[], NERModule],
        datamodule: NERDataModule,
        fit: Fit,
        run_dir: Path,
        logger: Logger | None,
    ) -> Trained: ...
