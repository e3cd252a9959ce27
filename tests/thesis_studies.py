"""Made-up studies for the thesis: eight test sentences that are all alike, so that outcomes can be read off."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from curve_studies import PRICES, scores_of

from eigennamen.costs import Amount, counted
from eigennamen.studies.grid import Study


def write_study(folder: Path, percents: Mapping[str, int | None], *, words: Mapping[str, int] | None = None) -> Study:
    """A study of one column and seed: percent of spans found by row, None where it was not run; a word costs a minute.

    A difference in all of eight sentences has p = 2 / 256, which is significant.
    """
    folder.mkdir(parents=True)
    rows = {row: [f"row={number}"] for number, row in enumerate(percents)}
    settings = {"question": "Which?", "rows": rows, "columns": {"tiny": ["c=1"]}, "seeds": [0]}
    (folder / "study.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    study = Study.read(folder)
    for cell in study.cells:
        if (percent := percents[cell.row]) is not None:
            amount = Amount(sentences=1, words=(words or {}).get(cell.row, 10))
            record: dict[str, Any] = {
                "run_id": f"run-{cell.row}",
                "scores": {"test": {"micro": {"f1": percent / 100}}},
                "corpus": "tiny",
                "protocol": "made up",
                "dev_labels": "gold",
                "dev_sentences": 2,
                "times": {"total_seconds": 90},
                "cost": counted(amount, dev=Amount(), functions=0),
                "prices": vars(PRICES),
            }
            study.add(cell, record, {(record["run_id"], None): scores_of(percent, n_sentences=8)})
    return study
