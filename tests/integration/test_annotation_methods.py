"""Whole runs with hand labels that are chosen in rounds, and beside weak labels."""

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir

from eigennamen.records import RunRecord
from eigennamen.run import run
from eigennamen.studies.counts import counts_of_run

CONF = Path(__file__).parents[2] / "conf"
SMALL = ["corpus.n_train=120", "corpus.n_dev=20", "corpus.n_test=30", "logger=none", "trainer.max_epochs=1"]
SMALL += ["module.word_vectors=null", "label_model=majority_vote"]
pytestmark = pytest.mark.slow


def _run(folder: Path, *overrides: str) -> Any:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return run(compose("config", [*overrides, *SMALL, f"output_dir={folder}"]))


def test_active_learning_with_labeling_functions_is_recorded_round_by_round(tmp_path: Path) -> None:
    overrides = ["+experiment=active_learning", "datamodule=weak_labels", "procedure.budgets=[10,20]"]
    record = _run(tmp_path, *overrides, "procedure.strategy=lf_disagreement", "procedure.start=weak")
    assert [one["round"] for one in record.rounds] == ["start", 0, 1]
    assert [one["cost"]["sentences"] for one in record.rounds] == [0, 10, 20]
    chosen = [id_ for one in record.rounds for id_ in one["chosen_ids"]]
    assert len(set(chosen)) == 20
    assert record.method == "mixed"
    assert record.label_source["strategy"] == "lf_disagreement"
    assert record.rounds[-1]["test"]["f1"] == record.scores["test"]["micro"]["f1"]
    assert record.rounds[-1]["dev"]["f1"] == record.scores["dev"]["micro"]["f1"]
    written = RunRecord.read(tmp_path / record.run_id)
    assert [one["chosen_ids"] for one in written.rounds] == [one["chosen_ids"] for one in record.rounds]
    assert not (tmp_path / record.run_id / "checkpoints").exists()
    assert record.cost == record.rounds[-1]["cost"]
    assert record.cost["minutes"] > record.cost["function_minutes"] > record.cost["dev_minutes"] > 0
    assert written.prices["seconds_per_function"] == 600
    assert set(counts_of_run(tmp_path / record.run_id)) == {(record.run_id, n) for n in (None, "start", "0", "1")}


def test_mixed_labels_train_on_both(tmp_path: Path) -> None:
    record = _run(tmp_path, "+experiment=mixed_labels", "datamodule.label_source.hand.budget=20")
    assert record.method == "mixed"
    assert record.label_source["hand"]["sentences"] == 20
    assert record.label_source["weak"]["used_sentences"] > 20
    assert record.label_source["weight_of_weak"] == 0.3
    assert record.fingerprints["label_source"]
    functions = record.label_source["weak"]["labeling_functions"] + 1  # the one for background
    assert {**record.cost, "sentences": 20, "dev_sentences": 20, "functions": functions} == record.cost
