"""Two small studies and made-up records of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eigennamen.studies.grid import Study

Write = Callable[..., str]
STUDY = """
question: Which is better?
seeds: [0, 1]
rows:
  plain: [a=1]
  fancy: [a=2, "c=${name}"]
columns:
  "tiny, 10": [b=10]
  "tiny, all": [b=all]
"""
AGAINST = """
question: Which is better?
seeds: [0]
against: versus_majority_vote
rows: {plain: [a=1], fancy: [a=2]}
columns: {tiny: [b=10], huge: [b=all]}
published:
  theirs: {tiny: 51.26}
"""


def study_of(write: Write, text: str = STUDY, *records: dict[str, Any] | str) -> Study:
    """The study in a folder with these lines of records."""
    if records:
        lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
        write("study/records.jsonl", "".join(line + "\n" for line in lines))
    return Study.read(Path(write("study/study.yaml", text)).parent)


def record_of(*overrides: str, f1: float, **more: Any) -> dict[str, Any]:
    scored = {"scores": {"test": {"micro": {"f1": f1}}}, "corpus": "tiny", "protocol": "outer", "dev_labels": "gold"}
    return {"overrides": overrides, **scored, **more}
