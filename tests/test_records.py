import json
from pathlib import Path

import numpy as np
import pytest

from eigennamen.records import RECORD, VERSION, RunRecord, environment, forget_peak_memory, peak_memory_mb

RECORDED = RunRecord(
    run_id="weak_labels-mini-0-abc",
    experiment="weak_labels",
    corpus="mini",
    protocol="synthetic",
    seed=0,
    method="weak",
    dev_labels="gold",
    dev_sentences=400,
    scores={"test": {"micro": {"f1": 0.5}}},
    model={"body": "bilstm"},
    label_source={"sentences": 3},
    counters={},
    times={"total_seconds": 1.0},
    environment={},
    fingerprints={"config": "x"},
    parents=("parent-run",),
    rounds=[{"round": 0, "dev_micro_f1": 0.5}],
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    RECORDED.write(tmp_path)
    assert RunRecord.read(tmp_path) == RECORDED


def test_a_record_from_before_there_were_rounds_has_none(tmp_path: Path) -> None:
    RECORDED.write(tmp_path)
    state = json.loads((tmp_path / RECORD).read_text())
    del state["rounds"]
    (tmp_path / RECORD).write_text(json.dumps(state))
    assert RunRecord.read(tmp_path).rounds == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"run_id": "x"', "delimiter"),
        (json.dumps({"version": VERSION + 1}), f"version {VERSION + 1}, expected {VERSION}"),
        (json.dumps({"version": VERSION, "parents": []}), "missing"),
    ],
)
def test_a_broken_record_is_named_with_a_remedy(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / RECORD).write_text(text)
    with pytest.raises(ValueError, match=reason) as error:
        RunRecord.read(tmp_path)
    assert str(tmp_path / RECORD) in str(error.value)
    assert "force=true" in str(error.value)


def test_a_folder_without_a_record_is_no_finished_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no finished run"):
        RunRecord.read(tmp_path)


def test_environment_names_commit_and_versions() -> None:
    found = environment()
    assert {"git_commit", "git_dirty", "python", "torch", "snorkel"} <= set(found)
    assert isinstance(found["git_dirty"], bool)


def test_peak_memory_is_that_of_a_python_process() -> None:
    assert 10 < peak_memory_mb() < 100_000


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux can forget the peak of a process")
def test_the_peak_of_what_was_before_can_be_forgotten() -> None:
    before = peak_memory_mb()
    large = np.ones(2**25)  # 256 MiB
    high = peak_memory_mb()
    assert high > before + 200
    del large
    assert forget_peak_memory()
    assert peak_memory_mb() < high - 200
