import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb

from eigennamen.tracking import ID_FILE, wandb_logger

pytestmark = pytest.mark.filterwarnings("ignore")  # wandb's own dependencies warn in many ways


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    yield
    wandb.teardown()


@pytest.mark.slow
def test_without_an_account_the_run_is_offline_and_keeps_its_id(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ids = []
    for _ in range(2):
        logger = wandb_logger(run_dir=tmp_path, run_id="r-1", group="g")
        logger.log_metrics({"dev/micro_f1": 0.5}, step=1)
        ids.append(logger.experiment.id)
        assert logger.experiment.offline
        logger.experiment.finish()
    assert ids[0] == ids[1] == (tmp_path / ID_FILE).read_text()
    assert ids[0].startswith("r-1-")
    assert capfd.readouterr().err == ""  # W&B has nothing to warn of
    assert len(list((tmp_path / "wandb").glob("offline-run-*"))) >= 1


@pytest.mark.slow
def test_a_server_that_never_answers_turns_the_run_offline_under_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, caplog.at_level(logging.WARNING):
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
        wandb.teardown()  # W&B reads its environment once
        logger = wandb_logger(run_dir=tmp_path, run_id="r-1", group="g", timeout=2)
    assert logger.experiment.offline
    assert logger.experiment.id == (tmp_path / ID_FILE).read_text()
    logger.experiment.finish()
    said = [record for record in caplog.records if record.name == "eigennamen.tracking"]
    assert len(said) == 1
    assert "Going on offline" in said[0].getMessage()


def test_an_unknown_mode_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"logger.mode=sometimes; expected auto, online or offline"):
        wandb_logger(run_dir=tmp_path, run_id="r", group="g", mode="sometimes")
