"""The table of a study, made from its records."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from eigennamen.study_grid import AGAINST, Cell, Study, scores


def table(study: Study) -> str:
    """The scores as Markdown, mean and standard deviation over the seeds, with the protocol above them."""
    by_place = scores(study)
    done = {cell: entry for cell, entry in study.records().items() if "error" not in entry}
    protocols = sorted({f"{e['corpus']}: {e['protocol']}, dev_labels={e['dev_labels']}" for e in done.values()})
    n_seeds = len(study.seeds)
    over = f"mean ± standard deviation over {n_seeds} seeds; (n) where only n of them are there" if n_seeds > 1 else ""
    caption = f"{study.question} Strict micro F1 on test, %" + (f", {over}." if over else ".")
    rows = {
        row: [mean_and_deviation(by_place[row, column], n_seeds=n_seeds) for column in study.columns]
        for row in study.rows
    }
    rows |= {
        f"{name} (published)": [_number(numbers.get(column)) for column in study.columns]
        for name, numbers in study.published.items()
    }
    parts = [caption, "", *(f"- {protocol}" for protocol in protocols), "", *markdown(study.columns, rows)]
    if study.against:
        parts += ["", f"{AGAINST[study.against]}, points of micro F1 with the 95 % interval of a paired bootstrap:", ""]
        parts += markdown(study.columns, _differences(study, done))
    return "\n".join(parts) + "\n"


def markdown(columns: Iterable[str], rows: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines of a table with the names of rows on the left and numbers on the right."""
    columns = list(columns)
    head = [f"| | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    return head + [f"| {row} | {' | '.join(cells)} |" for row, cells in rows.items()]


def _differences(study: Study, done: Mapping[Cell, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Each row against what the study compares with (the first seed's run), and how much recall is possible at all."""
    found = {(cell.row, cell.column): entry for cell, entry in reversed(list(done.items()))}
    result = {}
    for row in study.rows:
        entries = [found.get((row, column), {}).get(study.against) for column in study.columns]
        keys = ("micro_f1_difference", "low", "high")
        result[row] = [
            "{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * e[k] for k in keys)) if e else "–" for e in entries
        ]
    ceilings = {cell.column: 100 * e["recall_ceiling"]["test"] for cell, e in done.items() if e.get("recall_ceiling")}
    return result | {"recall ceiling of the functions": [_number(ceilings.get(column)) for column in study.columns]}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def mean_and_deviation(values: Sequence[float], *, n_seeds: int) -> str:
    """Over seeds, with their number where some are missing.

    >>> mean_and_deviation([50.0, 52.0], n_seeds=3)
    '51.0 ± 1.4 (2)'
    """
    if not values:
        return "–"
    deviation = f" ± {stdev(values):.1f}" if len(values) > 1 else ""
    return f"{mean(values):.1f}{deviation}" + ("" if len(values) == n_seeds else f" ({len(values)})")
