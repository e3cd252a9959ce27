"""What every run needs around it."""

from pathlib import Path

import pytest
import wandb
from omegaconf import OmegaConf

from eigennamen.execution import once
from eigennamen.records import RunRecord


@pytest.mark.slow
def test_a_run_that_breaks_off_ends_its_tracking(tmp_path: Path) -> None:
    def break_off() -> RunRecord:
        wandb.init(mode="offline", dir=tmp_path, project="test", settings=wandb.Settings(silent=True))
        raise ValueError("bad input")

    with pytest.raises(ValueError, match="bad input"):
        once(OmegaConf.create({"force": False}), tmp_path / "run", RunRecord, break_off)
    assert wandb.run is None
