"""Figures of what kinds of errors the runs of a study make, from its file of analyses alone; in percent.

Points are means over seeds with the standard deviation, except where spans of all seeds are added up: in confusions and
in the bins of reliability.
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from operator import add
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from eigennamen.errors.analysis import CLASSES, SCHEMES, calibration_error
from eigennamen.figures.drawing import IN_A_LINE, draw_legend, draw_points, look, new_figure, new_panels, write_figure
from eigennamen.figures.training import draw_labeling_functions, draw_training
from eigennamen.studies.errors import STUDY_ERRORS, ByPlace, RunErrors, read_study_errors
from eigennamen.studies.grid import Study
from eigennamen.tables.words import ENGLISH, Language

log = logging.getLogger(__name__)
_FEW = 10  # spans of a bin


def error_drawings(study: Study, path: Path, language: Language = ENGLISH) -> list[Callable[[], None]]:
    """A call for each figure of errors that the study names, which draws it into ``path``, in whatever process, as far
    as there is anything to draw.
    """
    names = [name for name in study.figures if name in _DRAWN]
    found = errors_in(study) if names else {}
    return [partial(_draw, name, study, found, path, language) for name in names] if found else []


def _draw(name: str, study: Study, found: ByPlace, path: Path, language: Language) -> None:
    if figure := _DRAWN[name](study, found, language):
        write_figure(figure, path / name)


def errors_in(study: Study) -> ByPlace:
    """The analyses of the columns to show; finished runs without one are named in the log."""
    by_run = read_study_errors(study.folder / STUDY_ERRORS)
    shown = study.error_columns or list(study.columns)
    found: dict[str, dict[str, list[RunErrors]]] = {}
    missing = []
    for cell, entry in study.records().items():
        if cell.column not in shown or "error" in entry:
            continue
        if errors := by_run.get(entry.get("run_id", "")):
            found.setdefault(cell.column, {}).setdefault(cell.row, []).append(errors)
        else:
            missing.append(f"{cell.row}, {cell.column}, seed {cell.seed}")
    if missing:
        log.warning("%s: runs without an analysis of errors, left out: %s", study.folder, "; ".join(missing))
    return {
        column: {row: found[column][row] for row in study.rows if row in found[column]}
        for column in shown
        if column in found
    }


def _draw_classes(study: Study, found: ByPlace, language: Language) -> Any:
    """F1 by label, by seen and unseen, by both lengths; a line of panels for each column."""
    groups = ("label", *CLASSES)
    rows = _rows(study, found)
    asides = dict(zip(rows, 0.7 * ((np.arange(len(rows)) + 0.5) / len(rows) - 0.5), strict=True))
    figure = new_figure(width=3.2 * len(groups), height=0.9 + 2.7 * len(found))
    panels = figure.subplots(len(found), len(groups), squeeze=False, sharey="row")
    for (column, by_row), line in zip(found.items(), panels, strict=True):
        for group, panel in zip(groups, line, strict=True):
            names = _occurring(by_row, group)
            for row, runs in by_row.items():
                f1 = [[100 * one.analysis.counts[group][name].f1 for one in runs] for name in names]
                draw_points(panel, np.arange(len(names)) + asides[row], f1, _style(study, row))
            panel.set_xticks(range(len(names)), [_class_name(name, group, language) for name in names])
            panel.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
            panel.grid(axis="x", which="minor", color="0.9")
            panel.tick_params(axis="x", which="minor", length=0)
            panel.set_xlim(-0.5, len(names) - 0.5)
            panel.set_xlabel(language[group])
            panel.grid(axis="y", color="0.9")
        line[0].set_ylabel(f"{column}\n{language['f1']}")
    draw_legend(figure, panels.flat, order=rows)
    return figure


def _rows(study: Study, found: ByPlace) -> list[str]:
    """Those with a run in any column that is shown."""
    return [row for row in study.rows if any(row in by_row for by_row in found.values())]


def _style(study: Study, row: str) -> dict[str, Any]:
    """Of single points; a row looks the same in every figure."""
    return look(list(study.rows).index(row)) | {"linestyle": "none", "markersize": 5, "label": row}


def _occurring(by_row: Mapping[str, Sequence[RunErrors]], group: str) -> list[str]:
    """The classes of a group in which some run has a gold or predicted span."""
    counts = [one.analysis.counts[group] for runs in by_row.values() for one in runs]
    return [name for name in counts[0] if any(one[name].gold + one[name].predicted for one in counts)]


def _class_name(name: str, group: str, language: Language) -> str:
    return language[f"{group}_{name}"] if group == "seen" else name.replace("-", "–")


def _draw_confusion(study: Study, found: ByPlace, language: Language) -> Any:
    """Spans with equal bounds, a panel for each row and column; shades are shares of a line of the table.

    Rows of one column have the same labels, which are written to the left of them and below.
    """
    across = min(IN_A_LINE, max(map(len, found.values())))
    down = sum(math.ceil(len(by_row) / across) for by_row in found.values())
    figure = new_figure(width=max(2.6 * across, 6.4), height=2.8 * down + 0.4)
    panels = figure.subplots(down, across, squeeze=False)
    line = 0
    for column, by_row in found.items():
        for place, (row, runs) in enumerate(by_row.items()):
            panel = panels[line + place // across, place % across]
            _draw_table(panel, runs, language)
            panel.tick_params(labelleft=place % across == 0, labelbottom=place + across >= len(by_row))
            panel.set_title(f"{column}\n{row}", fontsize="small")
        line += math.ceil(len(by_row) / across)
    for unused in (panel for panel in panels.flat if not panel.images):
        unused.remove()
    figure.supxlabel(language["predicted"], fontsize="medium")
    figure.supylabel(language["gold"], fontsize="medium")
    return figure


def _draw_table(panel: Any, runs: Sequence[RunErrors], language: Language) -> None:
    """Numbers of spans, in the mean over seeds."""
    table = np.mean([one.analysis.confusion for one in runs], axis=0)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    panel.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    none = len(table) - 1
    for (line, place), share in np.ndenumerate(shares):
        if (line, place) != (none, none):  # nothing is neither gold nor predicted
            color = "white" if share > 0.5 else "black"
            text = language.number(table[line, place], ",.0f")
            panel.text(place, line, text, ha="center", va="center", fontsize=7, color=color, in_layout=False)
    labels = runs[0].analysis.labels
    panel.set_xticks(range(none + 1), [*labels, language["missed"]], rotation=90, fontsize=8)
    panel.set_yticks(range(none + 1), [*labels, language["spurious"]], fontsize=8)


def _draw_boundaries(study: Study, found: ByPlace, language: Language) -> Any:
    """F1 in the four schemes of SemEval, a panel for each column."""
    rows = _rows(study, found)
    figure, panels = new_panels(len(found), width=3.6, height=0.9 + 0.42 * len(rows), sharey=True)
    for panel, (column, by_row) in zip(panels, found.items(), strict=True):
        places = np.array([rows.index(row) for row in by_row])
        for number, scheme in enumerate(SCHEMES):
            f1 = [[100 * one.analysis.boundaries[scheme].f1 for one in runs] for runs in by_row.values()]
            style = look(number) | {"linestyle": "none", "markersize": 6, "label": language[scheme]}
            draw_points(panel, places + 0.15 * (number - 1.5), f1, style, across=True)
        panel.set_yticks(range(len(rows)), rows)
        panel.set_ylim(len(rows) - 0.5, -0.5)
        panel.set_xlabel(language["f1"])
        panel.set_title(column, fontsize="medium")
        panel.grid(axis="x", color="0.9")
    draw_legend(figure, panels, ncols=2)
    return figure


def _draw_reliability(study: Study, found: ByPlace, language: Language) -> Any:
    """Precision of spans against their confidence; a larger mark has more of the row's spans.

    Bins of fewer than ``_FEW`` spans are not drawn, but are part of the expected calibration error (ECE).
    """
    n_rows = max(len(by_row) for by_row in found.values())
    figure, panels = new_panels(len(found), width=4.2, height=3.6 + 0.19 * n_rows)
    for panel, (column, by_row) in zip(panels, found.items(), strict=True):
        panel.plot([0, 100], [0, 100], color="0.6", linewidth=1)
        for row, runs in by_row.items():
            error = mean(100 * calibration_error(one.analysis.reliability) for one in runs)
            style = look(list(study.rows).index(row))
            _draw_bins(panel, runs, label=f"{row}: ECE {language.number(error)}", **style)
        panel.set_xlabel(language["confidence"])
        panel.set_ylabel(language["precision"])
        panel.set_title(column, fontsize="medium")
        panel.set_aspect("equal")
        panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False, fontsize="small")
    return figure


def _draw_bins(panel: Any, runs: Sequence[RunErrors], *, marker: str, label: str, **style: Any) -> None:
    bins = [reduce(add, of_seeds) for of_seeds in zip(*(one.analysis.reliability for one in runs), strict=True)]
    n_spans = sum(one.spans for one in bins)
    drawn = [one for one in bins if one.spans >= _FEW]
    x, y = [100 * one.confidence / one.spans for one in drawn], [100 * one.right / one.spans for one in drawn]
    sizes = [8 + 200 * one.spans / n_spans for one in drawn]
    panel.plot(x, y, linewidth=1, **style)
    panel.scatter(x, y, s=sizes, marker=marker, color=style["color"], alpha=0.8)
    panel.plot([], [], marker=marker, label=label, **style)


_DRAWN: Mapping[str, Callable[[Study, ByPlace, Language], Any]] = {
    "errors": _draw_classes,
    "confusion": _draw_confusion,
    "boundaries": _draw_boundaries,
    "reliability": _draw_reliability,
    "labeling_functions": draw_labeling_functions,
    "training": draw_training,
}
