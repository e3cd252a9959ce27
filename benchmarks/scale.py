"""Memory and words a second of ``label.py stream=true`` over 0.2, 1 and 10 million words, in one process.

The text is 50,000 sentences of the mini corpus over and over, each time behind another place and date, so none repeats.
Labeling functions, label model and training sentences are those of the weak_labels experiment.

Up to a million words the peer is the same command without ``stream=true``, which holds all sentences and their votes
and writes the same labels. At ten million it is our own run over one million: what remains between them is growth.
Memory is the most that was resident at a time in the process and what it started (``ru_maxrss``), libraries and all.
Words a second are those of CPU time of the whole command, its start among them, so that other load matters little.
"""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from pathlib import Path

from benchmarks import Comparison
from eigennamen.corpora.mini.generator import generate
from eigennamen.weak.gazetteer import read_names

ROOT = Path(__file__).parents[1]
SIZES = (200_000, 1_000_000, 10_000_000)  # words
AT_ONCE = SIZES[:2]
BASE = 50_000  # sentences
MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()


@dataclass(frozen=True)
class Measured:
    """One run of label.py."""

    memory_mib: float
    words_per_second: float


def run() -> list[Comparison]:
    """Memory at each size, and the speed at the largest that the peer does too."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = write_texts(folder, SIZES)
        ours = {size: _measured(text, folder / f"ours-{size}", "stream=true") for size, text in texts.items()}
        peer = {size: _measured(texts[size], folder / f"peer-{size}") for size in AT_ONCE}
    rows = [
        _memory(f"`label.py stream=true`, {size / 1e6:g} million words", ours[size], peer[size]) for size in AT_ONCE
    ]
    _, medium, large = SIZES
    grown = f"{large / 1e6:g} million words against {medium / 1e6:g} million"
    rows.append(_memory(f"`label.py stream=true`, {grown}", ours[large], ours[medium], goal="at most 1.2"))
    speeds = ((ours[medium].words_per_second,), (peer[medium].words_per_second,))
    rows.append(Comparison(f"`label.py stream=true`, {medium / 1e6:g} million words", "words/s of CPU", *speeds))
    speeds = ((ours[large].words_per_second,), (ours[medium].words_per_second,))
    rows.append(Comparison(f"`label.py stream=true`, {grown}", "words/s of CPU", *speeds))
    return rows


def _memory(name: str, ours: Measured, peer: Measured, *, goal: str = "") -> Comparison:
    return Comparison(name, "MiB", (ours.memory_mib,), (peer.memory_mib,), goal)


def write_texts(folder: Path, sizes: Sequence[int]) -> dict[int, Path]:
    """A file of at least so many words for each size, the smaller ones the beginnings of the larger."""
    paths = {size: folder / f"{size}.txt" for size in sizes}
    files = {size: path.open("w", encoding="utf-8") for size, path in paths.items()}
    n_words = 0
    for sentence in different_sentences():
        for size, file in files.items():
            if n_words < size:
                file.write(sentence + "\n")
        n_words += len(sentence.split())
        if n_words >= max(sizes):
            break
    for file in files.values():
        file.close()
    return paths


def different_sentences() -> Iterator[str]:
    """Generated sentences, words and signs separate, each behind a place and a date that never come together again."""
    places = read_names("builtin:cities")
    base = [" ".join(sentence.words) for sentence in generate("train", BASE, seed=0)]
    dates = [date(1900, 1, 1) + timedelta(days) for days in range(36_500)]
    for number, (day, place) in enumerate(product(dates, places)):
        yield f"{place} , {day.day}. {MONTHS[day.month - 1]} {day.year} : {base[number % BASE]}"


def _measured(text: Path, output_dir: Path, *overrides: str) -> Measured:
    """Label a text in a process of its own."""
    settings = ["+experiment=weak_labels", f"corpus.unlabeled={text}", "split=unlabeled", f"output_dir={output_dir}"]
    command = [sys.executable, str(ROOT / "label.py"), *settings, *overrides]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds = usage.ru_utime + usage.ru_stime
    with text.open(encoding="utf-8") as file:
        n_words = sum(len(line.split()) for line in file)
    memory = usage.ru_maxrss / (2**20 if platform.system() == "Darwin" else 2**10)
    print(f"{n_words:,} words {' '.join(overrides)}: {memory:,.0f} MiB, {seconds:,.0f} s of CPU", flush=True)
    return Measured(memory, n_words / seconds)
