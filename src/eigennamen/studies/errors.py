"""What figures show of runs beside their scores: ``errors.json`` in a run's folder, ``errors.jsonl`` in a study's.

The file of a study has a line for each run, without any text of the corpus. Labeling functions that do what those of an
earlier line do are given as its run id.
"""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from eigennamen.errors.analysis import Analysis
from eigennamen.files import write_atomically

log = logging.getLogger(__name__)
VERSION = 1
RUN_ERRORS = "errors.json"
STUDY_ERRORS = "errors.jsonl"


class Epoch(NamedTuple):
    """After it; not every epoch is followed by a look at dev."""

    dev_micro_f1: float | None
    train_loss: float | None


class LabelingFunctionRow(NamedTuple):
    """One of ``weak.analysis.LFRow``, without what the figures do not show."""

    name: str
    labels: tuple[str, ...]
    votes: int
    coverage: float
    precision: float | None


@dataclass(frozen=True)
class RunErrors:
    """``training`` has the epochs of the last fit, ``labeling_functions`` what they did on train; both may be empty."""

    run_id: str
    analysis: Analysis
    training: tuple[Epoch, ...] = ()
    labeling_functions: tuple[LabelingFunctionRow, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "run_id": self.run_id,
            **self.analysis.as_dict(),
            "training": self.training,
            "labeling_functions": self.labeling_functions,
        }

    @classmethod
    def of_dict(cls, state: Mapping[str, Any]) -> Self:
        """The opposite of ``as_dict``; raises KeyError, TypeError or ValueError for anything else."""
        if state["version"] != VERSION:
            raise ValueError(f"version {state['version']}, expected {VERSION}")
        functions = ((name, tuple(labels), *rest) for name, labels, *rest in state["labeling_functions"])
        return cls(
            state["run_id"],
            Analysis.of_dict(state),
            tuple(Epoch(*one) for one in state["training"]),
            tuple(LabelingFunctionRow(*one) for one in functions),
        )

    def write(self, run_dir: Path) -> None:
        write_atomically(run_dir / RUN_ERRORS, _line(self.as_dict()))

    @classmethod
    def read(cls, run_dir: Path) -> Self | None:
        """What is in a run's folder; None where there is nothing, or nothing that can be read, which is logged."""
        path = run_dir / RUN_ERRORS
        if not path.exists():
            return None
        try:
            return cls.of_dict(json.loads(path.read_text(encoding="utf-8")))
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            log.warning("%s: left out, not a readable analysis (%s); %s", path, error, MEND)
            return None


ByPlace = Mapping[str, Mapping[str, Sequence[RunErrors]]]  # by column and row, one for each seed; none is empty
MEND = "python -m eigennamen.errors RUN_DIR --study STUDY writes it anew"


def read_study_errors(path: Path) -> dict[str, RunErrors]:
    """By run id; empty where there is no file. A line that is not whole or of another version is named in the log."""
    found: dict[str, RunErrors] = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            state = json.loads(line)
            if isinstance(same := state["labeling_functions"], str):
                state["labeling_functions"] = found[same].labeling_functions
            found[state["run_id"]] = RunErrors.of_dict(state)
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            log.warning("%s:%d: left out, not a whole analysis (%s); %s", path, number, error, MEND)
    return found


def add_errors(path: Path, new: Mapping[str, RunErrors], *, keep: Collection[str]) -> None:
    """Put analyses into the file of a study, in place of those it has of these runs; only runs of ``keep`` stay."""
    known = {run_id: one for run_id, one in {**read_study_errors(path), **new}.items() if run_id in keep}
    first: dict[tuple[LabelingFunctionRow, ...], str] = {}
    lines = []
    for run_id in sorted(known):
        state = known[run_id].as_dict()
        functions = known[run_id].labeling_functions
        if functions and (same := first.setdefault(functions, run_id)) != run_id:
            state["labeling_functions"] = same
        lines.append(_line(state))
    write_atomically(path, "".join(lines))


def _line(state: Mapping[str, Any]) -> str:
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")) + "\n"
