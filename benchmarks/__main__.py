"""``python -m benchmarks [NAME ...]``, from the repository root; without names all run and results.md is written."""

import argparse
import os
import platform
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import Comparison, UnavailableError, report
from eigennamen.files import write_atomically

NAMES = (
    *("startup", "gazetteers", "labeling_functions", "hidden_markov", "snorkel_model", "training", "pretraining"),
    *("generation", "querying", "studies", "scale"),
)
LIBRARIES = ("hydra-core", "skweak", "spacy", "snorkel", "torch", "transformers", "lightning", "datasets", "numpy")
RESULTS = Path(__file__).with_name("results.md")


def main() -> None:
    """Run, print, and write the file if nothing was left out by name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed against the peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; default: all")
    names = parser.parse_args().names
    if unknown := set(names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    facts = _facts()  # before the run, which makes a load of its own
    rows: list[Comparison] = []
    skipped: dict[str, str] = {}
    for name in names or NAMES:
        print(f"{name} ...", flush=True)
        try:
            rows += import_module(f"benchmarks.{name}").run()
        except UnavailableError as reason:
            skipped[name] = str(reason)
    text = report(rows, facts=facts, skipped=skipped)
    print(text)
    if not names:
        write_atomically(RESULTS, text)


def _facts() -> dict[str, str]:
    """When, on what, and with which versions."""
    return {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load before the run": f"{os.getloadavg()[0]:.1f} processes",
        "libraries": ", ".join([f"Python {platform.python_version()}", *filter(None, map(_with_version, LIBRARIES))]),
    }


def _with_version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
