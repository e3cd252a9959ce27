"""The record of a run: its identity, what went into it and what came out, as one JSON file."""

import json
import platform
import resource
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from eigennamen.files import write_atomically
from eigennamen.types import Prediction

VERSION = 1
RECORD = "record.json"
_LIBRARIES = ("torch", "transformers", "lightning", "datasets", "tokenizers", "snorkel", "seqeval", "numpy")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is common to the records of all runs. ``parents`` are the runs or models that this one started from."""

    run_id: str
    experiment: str
    seed: int
    model: Mapping[str, Any]
    times: Mapping[str, float]
    environment: Mapping[str, Any]
    fingerprints: Mapping[str, str]
    parents: tuple[str, ...] = ()
    version: int = VERSION

    def write(self, run_dir: Path) -> None:
        write_atomically(run_dir / RECORD, json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, run_dir: Path) -> Self:
        """The record in a run folder.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is broken or of another version.
        """
        path = run_dir / RECORD
        if not path.exists():
            raise FileNotFoundError(
                f"{path}: not there, so {run_dir} holds no finished run; expected a folder that train.py wrote"
            )
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            if state.get("version") != VERSION:
                raise ValueError(f"version {state.get('version')}, expected {VERSION}")
            return cls(**{**state, "parents": tuple(state["parents"])})
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: not a readable record ({error}); start the run again with force=true") from error


@dataclass(frozen=True, kw_only=True)
class RunRecord(Record):
    """Everything a table needs about a run. ``scores`` is by split, as ``Scores.as_dict`` gives it.

    ``label_model`` and ``majority_vote`` (weak labels only) are scores by split too; ``versus_label_model`` is the
    paired difference in test micro F1 between the trained model and its label model, with a 95 % interval;
    ``versus_majority_vote`` is that of the label model. ``recall_ceiling`` says by split which share of the gold spans
    some labeling function proposed. ``generation`` says what was wrong with what a generator wrote for test.
    ``rounds`` has an entry for each fit of a procedure with several.

    ``cost`` is what a person did for the run, as ``costs.counted`` and ``Prices.priced`` give it, at ``prices``, which
    are in seconds; both are empty in records from before they were kept.
    """

    corpus: str
    protocol: str
    method: str
    dev_labels: str
    dev_sentences: int
    scores: Mapping[str, Any]
    label_source: Mapping[str, Any]
    counters: Mapping[str, int]
    label_model: Mapping[str, Any] | None = None
    majority_vote: Mapping[str, Any] | None = None
    versus_label_model: Mapping[str, float] | None = None
    versus_majority_vote: Mapping[str, float] | None = None
    recall_ceiling: Mapping[str, float] | None = None
    labeling_functions: Mapping[str, Any] | None = None
    generation: Mapping[str, Any] | None = None
    rounds: Sequence[Mapping[str, Any]] = field(default_factory=list)
    corpus_report: Mapping[str, Any] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PretrainingRecord(Record):
    """What a pretrained model saw and how it did.

    ``text`` has files (SHA-256 by name), lines, words and the lines excluded by corpus; ``training`` what was measured,
    by objective; ``curve`` one entry each time the held-out text was looked at; ``files`` the SHA-256 of the model's
    files by name.
    """

    objective: str
    text: Mapping[str, Any]
    training: Mapping[str, Any]
    curve: Sequence[Mapping[str, float]] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def json_line(prediction: Prediction) -> str:
    """A line of predictions.jsonl: id, words and spans with their confidences."""
    spans = [
        {"start": s.start, "end": s.end, "label": s.label, "confidence": round(c, 6)}
        for s, c in zip(prediction.spans, prediction.confidences, strict=True)
    ]
    line = {"id": prediction.sentence.id, "words": prediction.sentence.words, "spans": spans}
    return json.dumps(line, ensure_ascii=False) + "\n"


def environment() -> dict[str, Any]:
    """Commit, versions and machine."""
    return {
        "git_commit": git("rev-parse", "HEAD"),
        "git_dirty": bool(git("status", "--porcelain")),
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{library: version(library) for library in _LIBRARIES},
    }


def peak_memory_mb() -> float:
    """Most resident memory of this process, in MiB, so far or since ``forget_peak_memory``."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if platform.system() == "Darwin" else 2**10), 1)


def forget_peak_memory() -> bool:
    """Let ``peak_memory_mb`` be of what comes, not of what this process did before; whether that can be done here.

    See ``/proc/PID/clear_refs`` in proc(5).
    """
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def git(*arguments: str) -> str:
    root = Path(__file__).parent
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
