"""The files of label.py that describe labeling functions."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eigennamen.files import write_atomically
from eigennamen.weak.analysis import LFReport


def write_analysis(folder: Path, analysis: LFReport, *, about: Mapping[str, Any]) -> None:
    """analysis.json, which begins with what the analysis is about, and the rows as analysis.csv."""
    write_atomically(
        folder / "analysis.json", json.dumps({**about, **analysis.as_dict()}, indent=1, ensure_ascii=False)
    )
    write_atomically(folder / "analysis.csv", _as_csv(analysis))


def _as_csv(analysis: LFReport) -> str:
    rows = [{**row, "polarity": " ".join(row["polarity"])} for row in analysis.as_dict()["rows"]]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
