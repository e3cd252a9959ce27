"""The same seed gives the same predictions, a record is enough to do its run again, and predictions can be rescored."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eigennamen.records import RECORD, RunRecord

ROOT = Path(__file__).parents[2]
SMALL = ["corpus.n_train=200", "corpus.n_dev=40", "corpus.n_test=60", "logger=none"]
CLASSIFIER = ["+experiment=weak_labels", *SMALL, "datamodule.batch_size=4", "module.learning_rate=0.01"]
CLASSIFIER += ["trainer.max_epochs=3"]
GENERATOR = ["+experiment=seq2seq", *SMALL, "module/body=t5", "tokenizer.vocab_size=600", "trainer.max_epochs=1"]
GENERATOR += [f"module.body.{key}" for key in ("d_model=32", "d_kv=8", "d_ff=64", "num_layers=1")]
pytestmark = pytest.mark.slow


def call(*command: str, code: int = 0, path: Path = ROOT) -> str:
    """Run a script; returns what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("WANDB", "HYDRA"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(path), environment.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def run_dir_in(folder: Path, *, seed: int = 0) -> Path:
    [found] = [path.parent for path in folder.glob(f"*-{seed}-*/{RECORD}")]
    return found


def results(run_dir: Path) -> tuple[bytes, bytes]:
    """Predictions and weights."""
    return (run_dir / "predictions.jsonl").read_bytes(), (run_dir / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a token classifier."""
    folder = tmp_path_factory.mktemp("first")
    call("train.py", *CLASSIFIER, f"output_dir={folder}")
    return run_dir_in(folder)


def test_the_same_seed_gives_the_same_classifier_from_its_record_alone(classifier: Path, tmp_path: Path) -> None:
    copy = tmp_path / classifier.name
    copy.mkdir()
    (copy / RECORD).write_bytes((classifier / RECORD).read_bytes())
    said = call("train.py", f"+from={copy}", "logger=none", f"output_dir={tmp_path / 'again'}")
    assert f"{copy} again: configuration, data, code and versions are those of its record" in said
    again = run_dir_in(tmp_path / "again")
    assert again.name == classifier.name
    assert results(again) == results(classifier)
    assert b'"label"' in results(again)[0]  # there is something to be equal


def test_the_same_seed_gives_the_same_generator(tmp_path: Path) -> None:
    for name in ("one", "two"):
        call("train.py", *GENERATOR, f"output_dir={tmp_path / name}")
    one, two = (run_dir_in(tmp_path / name) for name in ("one", "two"))
    assert one.name == two.name
    assert results(one) == results(two)


def test_settings_on_top_of_a_record_make_other_runs_beside_it(classifier: Path) -> None:
    said = call("train.py", "-m", f"+from={classifier}", "seed=1,2", "trainer=debug", "logger=none")
    others = [run_dir_in(classifier.parent, seed=seed) for seed in (1, 2)]
    assert "  seed: 0, now 1\n" in said
    assert "  trainer.limit_train_batches: not set, now 1\n" in said
    assert f"it is another run now, {others[1].name}:" in said
    assert len({results(run_dir) for run_dir in (classifier, *others)}) == 3


def test_a_finished_run_is_not_repeated_unless_forced(classifier: Path) -> None:
    before = RunRecord.read(classifier)
    assert "is finished" in call("train.py", f"+from={classifier}")
    assert RunRecord.read(classifier) == before


def test_predictions_are_scored_again_with_a_metric_of_ones_own(classifier: Path, tmp_path: Path) -> None:
    (tmp_path / "my_metrics.py").write_text(
        "def exact_sentences(gold, predicted):\n"
        "    return sum(one.spans == other.spans for one, other in zip(gold, predicted)) / len(gold)\n"
    )
    metrics = ["--metric", "strict", "--metric", "my_metrics.exact_sentences", "--output-format", "jsonl"]
    numbers = json.loads(call("evaluate.py", str(classifier), *metrics, path=tmp_path))
    assert numbers["strict/f1"] == RunRecord.read(classifier).scores["test"]["micro"]["f1"]
    assert 0 < numbers["strict/f1"] < 1
    assert 0 < numbers["my_metrics.exact_sentences"] < 1
    missing = call("evaluate.py", str(tmp_path), str(classifier), code=1)
    assert f"evaluate.py: {tmp_path / RECORD}: not there" in missing
    assert f"{classifier.name} (strict scores are those of its record)" in missing
