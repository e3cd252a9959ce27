"""What a run leaves in W&B besides its curves."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf

import eigennamen.reporting as reporting
from eigennamen.records import RunRecord


@pytest.fixture
def logger(tmp_path: Path) -> Any:
    """Stands in for Lightning's logger: ``saved`` and ``config`` keep what it is given."""
    saved: dict[str, tuple[str, str]] = {}
    config: dict[str, Any] = {}
    (tmp_path / "files").mkdir()
    experiment = SimpleNamespace(
        dir=str(tmp_path / "files"),
        config=SimpleNamespace(update=lambda facts, allow_val_change: config.update(facts)),
        save=lambda path, base_path, policy: saved.update({path: (base_path, policy)}),
    )
    return SimpleNamespace(experiment=experiment, saved=saved, config=config)


def record() -> RunRecord:
    names = ("model", "times", "environment", "fingerprints", "scores", "label_source", "counters")
    mappings: dict[str, Any] = {name: {} for name in names}
    texts = dict.fromkeys(("run_id", "experiment", "corpus", "protocol", "method", "dev_labels"), "r")
    return RunRecord(**mappings, **texts, seed=0, dev_sentences=0)


def test_record_and_counts_are_attached_with_those_of_rounds(tmp_path: Path, logger: Any) -> None:
    run_dir = tmp_path / "run"
    (run_dir / "rounds").mkdir(parents=True)
    for name in ("counts.parquet", "rounds/0.parquet", "rounds/1.parquet", "predictions.jsonl"):
        (run_dir / name).write_text(name)
    reporting.attach(record(), run_dir, logger)
    files = tmp_path / "files"
    found = sorted(str(path.relative_to(files)) for path in files.rglob("*") if path.is_file())
    assert found == ["counts.parquet", "record.json", "rounds/0.parquet", "rounds/1.parquet"]  # no text of the corpus
    assert (files / "rounds" / "1.parquet").read_text() == "rounds/1.parquet"
    assert RunRecord.read(files) == record()
    assert set(logger.saved.values()) == {(str(files), "end")}


def test_runs_are_grouped_by_plain_values(logger: Any) -> None:
    cfg = OmegaConf.create({"study": "doubt", "corpus": {"data_dir": "${place}/x"}, "place": "data"})
    reporting.describe(logger, cfg, corpus="germeval2014", method="weak")
    assert logger.config == {
        "study": "doubt",
        "method": "weak",
        "corpus": "germeval2014",
        "corpus_settings": {"data_dir": "data/x"},
    }
