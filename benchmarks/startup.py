"""Seconds until ``train.py --help`` and ``--cfg job`` have answered, against an empty Hydra application.

Both are whole processes. The peer has one configuration file with one key, so the ratio is what this project's
configuration and its imports cost on top of Python and Hydra.
"""

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks import Comparison, alternate

ROOT = Path(__file__).parents[1]
REPETITIONS = 11
CASES = [(["--help"], []), (["--cfg", "job"], ["+experiment=weak_labels"])]  # flags of both, overrides of ours
EMPTY_APP = """
import hydra


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def main(cfg):
    pass


main()
"""


def run() -> list[Comparison]:
    """A row for each way of asking."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "app.py"
        empty.write_text(EMPTY_APP, encoding="utf-8")
        (empty.parent / "config.yaml").write_text("name: empty\n", encoding="utf-8")
        return [_compare(empty, flags, overrides) for flags, overrides in CASES]


def _compare(empty: Path, flags: list[str], overrides: list[str]) -> Comparison:
    ours = partial(_seconds, ROOT / "train.py", *flags, *overrides)
    turns = alternate(ours, partial(_seconds, empty, *flags), repetitions=REPETITIONS)
    name = " ".join(["train.py", *flags, *overrides])
    return Comparison(f"`{name}`", "s", *zip(*turns, strict=True), goal="at most 1.5")


def _seconds(script: Path, *arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, script, *arguments], cwd=script.parent, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
