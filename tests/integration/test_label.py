"""label.py on the embedded corpus, as a user starts it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scripts import ROOT, kill_when, run

from eigennamen.corpora.mini.generator import generate

pytestmark = pytest.mark.slow


def label(*arguments: str, code: int = 0) -> str:
    """Run label.py; returns what it printed."""
    return run("label.py", *arguments, code=code).all


def test_the_command_prints_the_table_and_writes_the_folder(tmp_path: Path) -> None:
    printed = label("+experiment=weak_labels", "corpus.n_train=300", "split=dev", f"output_dir={tmp_path}")
    [folder] = (tmp_path / "labels").iterdir()
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]
    assert "Labeling functions on mini dev" in printed
    assert "common_nouns" in printed
    assert str(folder / "report.html") in printed
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    assert set(analysis["strict_micro_f1"]) == {"Snorkel", "MajorityVote"}
    assert min(analysis["strict_micro_f1"].values()) > 0.5
    assert len((folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()) == analysis["n_sentences"] == 400


def test_a_streamed_text_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    sentences = generate("train", 1000, seed=3)
    text = tmp_path / "text.txt"
    text.write_text("\n".join(" ".join(sentence.words) for sentence in sentences), encoding="utf-8")
    settings = ["+experiment=weak_labels", "corpus.n_train=50", f"corpus.unlabeled={text}", "split=unlabeled"]
    settings += ["label_model=span_errors", "stream=true", "shard_size=50"]
    label(*settings, f"output_dir={tmp_path / 'whole'}")
    [whole] = (tmp_path / "whole" / "labels").iterdir()

    killed = tmp_path / "killed"
    done: dict[Path, int] = {}
    for wanted in ("votes/*/votes-00004.npz", "labels/*/labels-00004.jsonl"):
        kill_when(killed, wanted, "label.py", *settings)
        assert all(path.stat().st_mtime_ns == when for path, when in done.items())
        done = {path: path.stat().st_mtime_ns for path in killed.rglob("*-*.*") if not path.name.startswith(".")}
    assert 0 < len(list(killed.rglob("labels-*.jsonl"))) < 20
    label(*settings, f"output_dir={killed}")
    assert all(path.stat().st_mtime_ns == when for path, when in done.items())
    names = sorted(path.name for path in whole.iterdir())
    assert sorted(path.name for path in (killed / "labels" / whole.name).iterdir()) == names
    assert len(names) == 23
    for name in set(names) - {"analysis.json"}:  # which says how long it took
        assert (killed / "labels" / whole.name / name).read_bytes() == (whole / name).read_bytes()


def test_an_error_is_one_message(tmp_path: Path) -> None:
    printed = label("corpus.n_test=0", "split=test", f"output_dir={tmp_path}", code=1)
    assert printed.startswith("error: ")
    assert "Traceback" not in printed


def test_help_loads_no_model_library() -> None:
    program = (
        "import sys, runpy; sys.argv = ['label.py', '--help']\n"
        f"try: runpy.run_path({str(ROOT / 'label.py')!r}, run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print('torch' in sys.modules, 'eigennamen.labeling' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "split: train" in done.stdout
    assert done.stdout.endswith("False False\n")
