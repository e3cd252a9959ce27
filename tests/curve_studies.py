"""A made-up study with learning curves.

All test sentences are alike, so that every resample has the same F1 and intervals have no width. A word takes a minute,
a labeling function ten, a span nothing.
"""

from pathlib import Path
from typing import Any

import numpy as np

from eigennamen.costs import Amount, Prices, counted
from eigennamen.scoring import Scores
from eigennamen.studies.cells import Cell
from eigennamen.studies.counts import Key
from eigennamen.studies.grid import Study

PRICES = Prices(seconds_per_word=60, seconds_per_span=0, seconds_per_function=600)
FUNCTIONS = 5
#     percent by words annotated; 0 words: from weak labels alone
ROWS: dict[str, dict[int, int]] = {
    "random": {10: 20, 100: 40, 1000: 60},
    "MNLP": {10: 20, 100: 60, 1000: 60},
    "after weak labels": {0: 50, 10: 52, 100: 58, 1000: 60},
    "all sentences": {10_000: 60},
    "weak labels": {0: 50},
}
NEED_FUNCTIONS = ("after weak labels", "weak labels")


def scores_of(percent: int, *, n_sentences: int = 4, prefix: str = "s") -> Scores:
    """Of a hundred spans in each sentence so many are found, and as many predicted as there are."""
    ids = tuple(f"{prefix}{place}" for place in range(n_sentences))
    return Scores(ids, ("PER",), np.array([[[percent, 100, 100]]] * n_sentences))


def curve_study(folder: Path, *, group: str = "", seeds: tuple[int, ...] = (0, 1), **settings: Any) -> Study:
    """The study with all runs done; every seed above 0 is as many points better."""
    prefix = f"{group}: " if group else ""
    rows = {prefix + name: [f"row={number}"] for number, name in enumerate(ROWS)}
    named = {"baseline": "random", "full": "all sentences", "break_even": ["weak labels"]} | settings
    study = Study(folder, "Which?", rows, {"tiny": ["c=1"]}, seeds, **named)
    for cell in study.cells:
        add_run(study, cell, ROWS[cell.row.removeprefix(prefix)])
    return study


def add_run(study: Study, cell: Cell, percents: dict[int, int], *, prices: Prices = PRICES) -> None:
    """One run; it has rounds if there is more than one number of words."""
    functions = FUNCTIONS if cell.row.endswith(NEED_FUNCTIONS) else 0
    run_id = f"{cell.row}-{cell.seed}"
    counts: dict[Key, Scores] = {}
    rounds = []
    for number, (words, percent) in enumerate(percents.items()):
        amount = Amount(sentences=words // 10, words=words)
        cost = prices.priced(counted(amount, dev=Amount(), functions=functions))
        counts[run_id, None] = counts[run_id, str(number)] = scores_of(percent + cell.seed)
        rounds.append({"round": number, "cost": cost, "test": {"f1": (percent + cell.seed) / 100}})
    end = {"test": {"micro": rounds[-1]["test"]}}
    curve = {"rounds": rounds} if len(rounds) > 1 else {}
    result = {"run_id": run_id, "scores": end, "cost": rounds[-1]["cost"], "prices": vars(prices), **curve}
    study.add(cell, result | {"corpus": "tiny", "protocol": "made up", "dev_labels": "none"}, counts)
