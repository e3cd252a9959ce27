"""label.py on the embedded corpus, as a user starts it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def run(*arguments: str, code: int = 0) -> str:
    """Run the script; returns what it printed."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "label.py"), *arguments],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("HYDRA")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_command_prints_the_table_and_writes_the_folder(tmp_path: Path) -> None:
    printed = run("+experiment=weak_labels", "corpus.n_train=300", "split=dev", f"output_dir={tmp_path}")
    [folder] = (tmp_path / "labels").iterdir()
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]
    assert "Labeling functions on mini dev" in printed
    assert "common_nouns" in printed
    assert str(folder / "report.html") in printed
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    assert set(analysis["strict_micro_f1"]) == {"Snorkel", "MajorityVote"}
    assert min(analysis["strict_micro_f1"].values()) > 0.5
    assert len((folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()) == analysis["n_sentences"] == 400


def test_an_error_is_one_message(tmp_path: Path) -> None:
    printed = run("corpus.n_test=0", "split=test", f"output_dir={tmp_path}", code=1)
    assert printed.startswith("error: ")
    assert "Traceback" not in printed


def test_help_loads_no_model_library() -> None:
    program = (
        "import sys, runpy; sys.argv = ['label.py', '--help']\n"
        f"try: runpy.run_path({str(ROOT / 'label.py')!r}, run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print('torch' in sys.modules, 'eigennamen' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "split: train" in done.stdout
    assert done.stdout.endswith("False False\n")
