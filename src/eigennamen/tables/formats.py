"""A study's table as Markdown, CSV and JSON; the same records give the same bytes. ``latex`` writes LaTeX.

Markdown is to be read and has a language; CSV and JSON are for programs and have none.
"""

import csv
import io
import json
from statistics import mean
from typing import Any

from eigennamen.files import file_fingerprint
from eigennamen.studies.counts import COUNTS
from eigennamen.studies.records import RECORDS
from eigennamen.tables.parts import UNTESTED, Shown, caption_of, differences_of, notes_of, protocols_of, shown, tests_of
from eigennamen.tables.table import Runs, Table, markdown
from eigennamen.tables.words import Language


def as_markdown(table: Table, language: Language) -> str:
    """Caption with the protocol, the table, and what is to be known of it."""
    study = table.study
    rows = {row: [_markdown_cell(one) for one in cells] for row, cells in shown(table, language).items()}
    parts = [caption_of(table, language).replace("*", r"\*"), ""]
    if protocols := protocols_of(table, language):
        parts += [*(f"- {one}" for one in protocols), ""]
    parts += [*markdown(study.columns, rows), "", " ".join(notes_of(table, language))]
    if tests := tests_of(table, language):
        parts += ["", language["tests"], "", *(f"- {one}" for one in tests)]
    if study.against:
        parts += ["", language[study.against], "", *markdown(study.columns, differences_of(table, language))]
    return "\n".join(parts) + "\n"


def _markdown_cell(one: Shown) -> str:
    number = f"**{one.number}**" if one.bold else one.number
    star = r"\*" if one.better else ""
    return f"{number}{star} {one.interval}".rstrip()


def as_csv(table: Table) -> str:
    """A line for each row and column that has a number, with points as decimals and four of them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["row", "column", "seeds", "micro_f1", "deviation", "low", "high", "best", "adjusted_p", "macro_f1"]
    )
    # where the means have further seeds, p is not theirs
    p_values = {(one.column, one.best): one.p for one in table.comparisons if not one.some_seeds}
    for (row, column), place in table.places.items():
        low, high = place.interval or (None, None)
        numbers = [_rounded(value) for value in (place.mean, place.deviation, low, high)]
        best = int(row in table.best(column))
        p, macro = _rounded(p_values.get((column, row))), _rounded(_macro_f1(table.runs[row, column]))
        writer.writerow([row, column, len(place.f1), *numbers, best, p, macro])
    return out.getvalue()


def _macro_f1(runs: Runs) -> float | None:
    """Mean over seeds in %, if all records have it."""
    macros = [run["scores"]["test"].get("macro") for run in runs.values()]
    return mean(100 * one["f1"] for one in macros) if all(macros) else None


def as_json(table: Table) -> str:
    """The numbers with where they come from: runs with seed, commit and protocol, and the hashes of the files read."""
    study = table.study
    files = {name: study.folder / name for name in ("study.yaml", RECORDS, COUNTS)}
    content = {
        "question": study.question,
        "score": "strict micro F1 on test, %",
        "scorer": "seqeval, mode strict, scheme IOB2",
        "seeds": list(study.seeds),
        "protocols": [
            {"corpus": corpus, "protocol": protocol, "labels": labels, "dev_labels": dev_labels}
            for corpus, protocol, labels, dev_labels in table.protocols
        ],
        "cells": [_json_cell(table, row, column) for row, column in table.places],
        "published": study.published,
        "best_against_runner_up": [
            {
                "column": one.column,
                "best": one.best,
                "runner_up": one.runner_up,
                "seeds": one.seeds,
                "difference": _rounded(one.difference),
                "adjusted_p": _rounded(one.p),
                **({"untested": UNTESTED[one.untested]} if one.untested else {}),
            }
            for one in table.comparisons
        ],
        "failed": table.failed,
        "sha256": {name: file_fingerprint(path) for name, path in files.items() if path.exists()},
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _json_cell(table: Table, row: str, column: str) -> dict[str, Any]:
    place = table.places[row, column]
    return {
        "row": row,
        "column": column,
        "mean": _rounded(place.mean),
        "deviation": _rounded(place.deviation),
        "interval": [_rounded(end) for end in place.interval] if place.interval else None,
        "best": row in table.best(column),
        "runs": [
            {
                "seed": seed,
                "micro_f1": _rounded(place.f1[seed]),
                "counts": run.get("run_id") in table.counted,
                **{key: run.get(key) for key in ("run_id", "git_commit", "corpus", "protocol", "dev_labels")},
            }
            for seed, run in table.runs[row, column].items()
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
