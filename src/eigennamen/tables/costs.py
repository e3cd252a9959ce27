"""``costs.md`` and ``costs.tex`` of a study: what each row cost a person and a machine, beside what it reached."""

from collections.abc import Callable, Mapping, Sequence
from statistics import mean
from typing import Any

from eigennamen.tables.latex import label_of, latex_table, tex
from eigennamen.tables.parts import NONE, shown
from eigennamen.tables.table import Runs, Table, markdown
from eigennamen.tables.words import Language

_MEASURES: Mapping[str, Callable[[Mapping[str, Any]], float | None]] = {
    "annotation": lambda run: run.get("cost", {}).get("minutes"),
    "training": lambda run: None if run["times"].get("resumed") else run["times"]["fit_seconds"] / 60,
    "prediction": lambda run: run["times"].get("prediction_words_per_second"),
    # otherwise it may be that of an earlier run in the same process
    "memory": lambda run: run["times"].get("peak_memory_mb") if run["times"].get("peak_memory_of_run") else None,
}


def costs_as_markdown(table: Table, language: Language) -> str:
    """A table for each column of the study."""
    parts = [language["costs"], ""]
    names = [language[name] for name in ("micro_f1", *_MEASURES)]
    for column, rows in _by_column(table, language).items():
        if rows:
            parts += [f"{column}:", "", *markdown(names, rows), ""]
    return "\n".join(parts)


def costs_as_latex(table: Table, language: Language) -> str:
    """One ``table`` environment, with a part for each column of the study."""
    names = [language[name] for name in ("micro_f1", *_MEASURES)]
    by_column = _by_column(table, language)
    empty = [NONE] * len(names)
    body = [
        [tex(row), *(tex(cell) for rows in by_column.values() for cell in rows.get(row, empty))]
        for row in table.study.rows
        if any(row in rows for rows in by_column.values())
    ]
    columns = [f"{column}, {name}" for column in by_column for name in names]
    caption = (language.question(table.study), f"{language.question(table.study)} {language['costs']}")
    return "\n".join(latex_table(columns, caption, f"{label_of(table.study)}-costs", body)) + "\n"


def _by_column(table: Table, language: Language) -> dict[str, dict[str, Sequence[str]]]:
    """The rows that have a run in a column: strict micro F1 as in the study's table, and means over seeds."""
    f1 = shown(table, language)
    return {
        column: {
            row: [f1[row][place].number, *(_mean(runs, measure, language) for measure in _MEASURES.values())]
            for row in table.study.rows
            if (runs := table.runs[row, column])
        }
        for place, column in enumerate(table.study.columns)
    }


def _mean(runs: Runs, measure: Callable[[Mapping[str, Any]], float | None], language: Language) -> str:
    """Over the seeds that have been measured."""
    values = [value for run in runs.values() if (value := measure(run)) is not None]
    if not values:
        return NONE
    return language.number(mean(values), ".1f" if mean(values) < 10 else ".0f")
