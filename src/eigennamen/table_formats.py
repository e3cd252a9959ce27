"""A study's table as Markdown, LaTeX, CSV and JSON; the same records give the same bytes.

Markdown and LaTeX are to be read and have a language; CSV and JSON are for programs and have none.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eigennamen.records import file_fingerprint
from eigennamen.study_counts import COUNTS
from eigennamen.study_grid import RECORDS, Study
from eigennamen.table_words import Language
from eigennamen.tables import Place, Table, markdown

_SIGNIFICANT = 0.05
NONE = "–"


@dataclass(frozen=True)
class Shown:
    """What a cell shows."""

    number: str = NONE
    interval: str = ""
    bold: bool = False
    better: bool = False  # than the runner-up, by the test


def as_markdown(table: Table, language: Language) -> str:
    """Caption with the protocol, the table, and what is to be known of it."""
    study = table.study
    rows = {row: [_markdown_cell(one) for one in cells] for row, cells in _shown(table, language).items()}
    parts = [_caption(table, language).replace("*", r"\*"), ""]
    if protocols := _protocols(table, language):
        parts += [*(f"- {one}" for one in protocols), ""]
    parts += [*markdown(study.columns, rows), "", " ".join(_notes(table, language))]
    if tests := _tests(table, language):
        parts += ["", language["tests"], "", *(f"- {one}" for one in tests)]
    if study.against:
        parts += ["", language[study.against], "", *markdown(study.columns, _differences(table, language))]
    return "\n".join(parts) + "\n"


def _markdown_cell(one: Shown) -> str:
    number = f"**{one.number}**" if one.bold else one.number
    star = r"\*" if one.better else ""
    return f"{number}{star} {one.interval}".rstrip()


def as_latex(table: Table, language: Language) -> str:
    """``table`` environments for a thesis, shrunk where they are wider than the text; intervals stand below numbers."""
    study = table.study
    label = "tab:" + "-".join(name for name in study.folder.absolute().parts[-2:] if name != "experiments")
    caption = " ".join([_caption(table, language), *(f"{one}." for one in _protocols(table, language))])
    tests = [f"{language['tests']} {'; '.join(tests)}."] if (tests := _tests(table, language)) else []
    body: list[list[str]] = []
    for row, cells in _shown(table, language).items():
        body.append([_tex(row), *map(_latex_number, cells)])
        if any(one.interval for one in cells):  # on a line of their own: columns stay narrow
            body.append(["", *(rf"{{\scriptsize {_tex(one.interval)}}}" if one.interval else "" for one in cells)])
    lines = [
        r"% made by make tables; needs \usepackage[utf8]{inputenc}, \usepackage[T1]{fontenc}, booktabs and graphicx",
        *_latex_table(
            study, (language.question(study), caption), label, body, notes=[*_notes(table, language), *tests]
        ),
    ]
    if study.against:
        text = language[study.against].rstrip(":") + "."
        differences = [[_tex(row), *map(_tex, cells)] for row, cells in _differences(table, language).items()]
        lines += ["", *_latex_table(study, (text, text), f"{label}-differences", differences)]
    return "\n".join(lines) + "\n"


def _latex_table(
    study: Study, captions: tuple[str, str], label: str, body: Sequence[Sequence[str]], *, notes: Sequence[str] = ()
) -> list[str]:
    """A table with its caption, in short and in full; columns of other corpora stand below, as ``corpus, budget``."""
    short, full = map(_tex, captions)
    lines = [r"\begin{table}", r"\centering", rf"\caption[{{{short}}}]{{{full}}}\label{{{label}}}"]
    for corpus in dict.fromkeys(column.rpartition(", ")[0] for column in study.columns):
        places = [n for n, column in enumerate(study.columns, start=1) if column.rpartition(", ")[0] == corpus]
        lines += [r"\par\medskip", *_tabular(corpus, places, list(study.columns), body)]
    if notes:
        lines.append(
            rf"\par\medskip\begin{{minipage}}{{\linewidth}}\footnotesize {_tex(' '.join(notes))}\end{{minipage}}"
        )
    return [*lines, r"\end{table}"]


def _tabular(corpus: str, places: Sequence[int], columns: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Some columns of the body, in which the names of the rows stand at place 0."""
    n = len(places)
    lines = [cells for cells in body if cells[0] or any(cells[place] for place in places)]
    above = [rf" & \multicolumn{{{n}}}{{c}}{{{_tex(corpus)}}} \\", rf"\cmidrule(l){{2-{n + 1}}}"] if corpus else []
    return [
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        rf"\begin{{tabular}}{{l{'r' * n}}}",
        r"\toprule",
        *above,
        " & ".join(["", *(_tex(columns[place - 1].rpartition(", ")[2]) for place in places)]) + r" \\",
        r"\midrule",
        *(" & ".join([cells[0], *(cells[place] for place in places)]) + r" \\" for cells in lines),
        r"\bottomrule",
        r"\end{tabular}}",
    ]


def _latex_number(one: Shown) -> str:
    number = rf"\textbf{{{_tex(one.number)}}}" if one.bold else _tex(one.number)
    return number + (r"\rlap{*}" if one.better else "")


_TEX = {
    "\\": r"\textbackslash{}",
    "±": r"$\pm$",
    "–": "--",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
} | {character: f"\\{character}" for character in "&%$#_{}"}


def _tex(text: str) -> str:
    r"""Text for LaTeX; a hyphen before a number, at the start of a word, is a minus.

    >>> print(_tex("R&D_1: -1.2 ± 0.3"))
    R\&D\_1: $-$1.2 $\pm$ 0.3
    """
    escaped = "".join(_TEX.get(character, character) for character in text)
    return re.sub(r"(?<![\w-])-(?=\d)", "$-$", escaped)


def as_csv(table: Table) -> str:
    """A line for each row and column that has a number, with points as decimals and four of them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", "column", "seeds", "micro_f1", "deviation", "low", "high", "best", "adjusted_p"])
    p_values = {(one.column, one.best): one.p for one in table.comparisons}
    for (row, column), place in table.places.items():
        low, high = place.interval or (None, None)
        numbers = [_rounded(value) for value in (place.mean, place.deviation, low, high)]
        best = int(row in table.best(column))
        writer.writerow([row, column, len(place.f1), *numbers, best, _rounded(p_values.get((column, row)))])
    return out.getvalue()


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
                **({"untested": _UNTESTED[one.untested]} if one.untested else {}),
            }
            for one in table.comparisons
        ],
        "failed": table.failed,
        "sha256": {name: file_fingerprint(path) for name, path in files.items() if path.exists()},
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


_UNTESTED = {"untested": "no counts by sentence", "unpaired": "no seed in common"}


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


def _shown(table: Table, language: Language) -> dict[str, list[Shown]]:
    """Every row's cells, those of others' numbers too."""
    study = table.study
    better = {(one.best, one.column) for one in table.comparisons if one.p is not None and one.p < _SIGNIFICANT}
    best = {(row, column) for column in study.columns for row in table.best(column)}
    rows = {
        row: [
            _shown_place(
                table.places[place], language, n_seeds=len(study.seeds), bold=place in best, better=place in better
            )
            if (place := (row, column)) in table.places
            else Shown()
            for column in study.columns
        ]
        for row in study.rows
    }
    for name, numbers in study.published.items():
        cells = [Shown(language.number(numbers[column])) if column in numbers else Shown() for column in study.columns]
        rows[language["published"].format(name=name)] = cells
    return rows


def _shown_place(place: Place, language: Language, *, n_seeds: int, bold: bool, better: bool) -> Shown:
    deviation = "" if place.deviation is None else f" ± {language.number(place.deviation)}"
    few = "" if len(place.f1) == n_seeds else f" ({len(place.f1)})"
    interval = language.interval(*place.interval) if place.interval else ""
    return Shown(f"{language.number(place.mean)}{deviation}{few}", interval, bold=bold, better=better)


def _caption(table: Table, language: Language) -> str:
    """Question, score, and how to read a cell, as far as there are such cells."""
    n_seeds = len(table.study.seeds)
    score = language["score"] + (f", {language['seeds'].format(n=n_seeds)}" if n_seeds > 1 else "")
    there = {
        "interval": any(place.interval for place in table.places.values()),
        "bold": any(table.best(column) for column in table.study.columns),
        "test": any(one.p is not None for one in table.comparisons),
    }
    return f"{language.question(table.study)} {'; '.join([score, *(language[key] for key in there if there[key])])}."


def _protocols(table: Table, language: Language) -> list[str]:
    """What was scored; with the labels unless the protocol names them itself."""
    return [
        f"{corpus}: {protocol}"
        + ("" if all(label in protocol for label in labels) else f", {language['labels']} {', '.join(labels)}")
        + f", dev_labels={dev_labels}"
        for corpus, protocol, labels, dev_labels in table.protocols
    ]


def _tests(table: Table, language: Language) -> list[str]:
    return [
        f"{one.column}: {one.best} – {one.runner_up} {language.number(one.difference, '+.1f')}, "
        f"p = {language.number(one.p, '.4f')}"
        for one in table.comparisons
        if one.p is not None
    ]


def _notes(table: Table, language: Language) -> list[str]:
    """How much is there, and what could not be computed from it."""
    runs = table.all_runs
    without = sum(run.get("run_id") not in table.counted for run in runs)
    notes = [language["runs"].format(n=len(runs), all=len(table.study.cells))]
    if table.failed:
        notes.append(language["failed"].format(n=len(table.failed), cells="; ".join(table.failed)))
    if without:
        notes.append(language["without"].format(n=without, all=len(runs)))
    for why in _UNTESTED:
        if columns := [one.column for one in table.comparisons if one.untested == why]:
            notes.append(language[why].format(columns="; ".join(columns)))
    return notes


def _differences(table: Table, language: Language) -> dict[str, list[str]]:
    """Each row against what the study compares with (the first seed's run), and how much recall is possible at all."""
    study, result = table.study, {}
    keys = ("micro_f1_difference", "low", "high")
    for row in study.rows:
        firsts = [next(iter(table.runs[row, column].values()), {}) for column in study.columns]
        found = [run.get(str(study.against)) for run in firsts]
        numbers = [[language.number(100 * one[key], "+.1f") for key in keys] if one else None for one in found]
        result[row] = [f"{one[0]} ({one[1]} {language['to']} {one[2]})" if one else NONE for one in numbers]
    ceilings: dict[str, float] = {}
    for (_, column), by_seed in table.runs.items():
        for run in by_seed.values():
            if run.get("recall_ceiling"):
                ceilings[column] = 100 * run["recall_ceiling"]["test"]
    result[language["ceiling"]] = [
        language.number(ceilings[column]) if column in ceilings else NONE for column in study.columns
    ]
    return result
