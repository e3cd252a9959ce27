"""What every run needs around it."""

import errno
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import wandb
from finished_runs import record_of
from omegaconf import OmegaConf

from eigennamen import execution
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


def test_a_run_that_is_begun_anew_is_no_longer_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_dir = tmp_path / "run"
    (run_dir / "model").mkdir(parents=True)
    record_of("run").write(run_dir)

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(execution.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        once(OmegaConf.create({"force": True}), run_dir, RunRecord, lambda: record_of("run"))
    assert not (run_dir / "record.json").exists()


def test_a_place_that_may_not_be_written_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: Path, **_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path.parent))

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(
        OSError, match=r"run: cannot be written \(Read-only file system\); choose another .*output_dir="
    ):
        once(OmegaConf.create({"force": False}), tmp_path / "run", RunRecord, lambda: record_of("run"))


def test_a_run_that_two_processes_want_is_done_once(tmp_path: Path) -> None:
    cfg, run_dir = OmegaConf.create({"force": False}), tmp_path / "run"
    begun, may_end = Event(), Event()

    def execute() -> RunRecord:
        begun.set()
        assert may_end.wait(timeout=30)
        record = record_of("run")
        record.write(run_dir)
        return record

    def never() -> RunRecord:
        raise AssertionError("done twice")

    with ThreadPoolExecutor() as pool:
        first = pool.submit(once, cfg, run_dir, RunRecord, execute)
        assert begun.wait(timeout=30)
        second = pool.submit(once, cfg, run_dir, RunRecord, never)
        may_end.set()
        assert first.result() == second.result() == record_of("run")


def test_processes_of_one_run_do_not_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cfg, run_dir = OmegaConf.create({"force": False}), tmp_path / "run"

    def helped() -> RunRecord:
        monkeypatch.setenv("LOCAL_RANK", "1")  # as Lightning starts the process of a second device
        return once(cfg, run_dir, RunRecord, lambda: record_of("run"))

    assert once(cfg, run_dir, RunRecord, helped) == record_of("run")


def test_force_waits_for_who_is_at_work_and_then_empties_the_folder(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    begun, may_end = Event(), Event()

    def execute() -> RunRecord:
        (run_dir / "checkpoints").mkdir()
        begun.set()
        assert may_end.wait(timeout=30)
        assert (run_dir / "checkpoints").exists()
        record = record_of("run")
        record.write(run_dir)
        return record

    def again() -> RunRecord:
        assert {path.name for path in run_dir.iterdir()} == {"config.yaml", "run.log"}
        return record_of("run")

    with ThreadPoolExecutor() as pool:
        first = pool.submit(once, OmegaConf.create({"force": False}), run_dir, RunRecord, execute)
        assert begun.wait(timeout=30)
        second = pool.submit(once, OmegaConf.create({"force": True}), run_dir, RunRecord, again)
        time.sleep(0.05)  # for the second to come to the lock
        may_end.set()
        assert first.result() == second.result()
