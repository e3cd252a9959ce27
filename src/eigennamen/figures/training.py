"""Figures of what goes into a training and how it goes: labeling functions on train, scores and losses by epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eigennamen.figures.drawing import draw_legend, look, new_figure, new_panels
from eigennamen.studies.errors import ByPlace, LabelingFunctionRow
from eigennamen.studies.grid import Study
from eigennamen.tables.words import Language


def draw_labeling_functions(study: Study, found: ByPlace, language: Language) -> Any:
    """Coverage against precision on train, a panel for each set of functions of a column.

    Those with the most wrong votes are named.
    """
    sets = _sets_of_functions(found)
    if not sets:
        return None
    figure, panels = new_panels(len(sets), width=5.4, height=4.2)
    kinds = list(dict.fromkeys(_kind(one, language) for functions in sets.values() for one in functions))
    for panel, (title, functions) in zip(panels, sets.items(), strict=True):
        for number, kind in enumerate(kinds):
            points = [_percent(one) for one in functions if _kind(one, language) == kind]
            panel.plot(*zip(*points, strict=True), label=kind, **look(number) | {"linestyle": "none", "alpha": 0.8})
        _name_worst(panel, functions)
        panel.set_xscale("log")
        panel.xaxis.set_major_formatter(lambda x, _: language.number(x, "g"))
        panel.set_xlabel(language["coverage"])
        panel.set_ylabel(language["train_precision"])
        panel.set_ylim(-8, 105)
        panel.set_title(title, fontsize="medium")
        panel.grid(color="0.9")
    draw_legend(figure, panels)
    return figure


def _name_worst(panel: Any, functions: Sequence[LabelingFunctionRow]) -> None:
    from matplotlib.patheffects import withStroke

    proposing = [one for one in functions if one.labels]
    style: dict[str, Any] = {
        "xytext": (8, -12),
        "textcoords": "offset points",
        "ha": "right",
        "fontsize": 7,
        "zorder": 1,
    }
    style |= {"path_effects": [withStroke(linewidth=2, foreground="white")]}  # to be read on other points
    for one in sorted(proposing, key=lambda one: -one.votes * (1 - (one.precision or 0)))[:4]:
        panel.annotate(one.name, _percent(one), **style)


def _percent(function: LabelingFunctionRow) -> tuple[float, float]:
    return 100 * function.coverage, 100 * (function.precision or 0)


def _sets_of_functions(found: ByPlace) -> dict[str, Sequence[LabelingFunctionRow]]:
    """Those that gave any vote and can be said to be right or wrong, each set once in a column, by its title."""
    sets: dict[str, Sequence[LabelingFunctionRow]] = {}
    for column, by_row in found.items():
        rows = {row: runs[0].labeling_functions for row, runs in by_row.items() if runs[0].labeling_functions}
        first = {functions: row for row, functions in reversed(rows.items())}
        for functions, row in reversed(first.items()):
            title = column if len(first) == 1 else f"{column}: {row}"
            sets[title] = [one for one in functions if one.coverage and one.precision is not None]
    return sets


def _kind(function: LabelingFunctionRow, language: Language) -> str:
    if len(function.labels) > 1:
        return language["several"]
    return function.labels[0] if function.labels else language["against"]


def draw_training(study: Study, found: ByPlace, language: Language) -> Any:
    """Dev score and loss after each epoch of the last fit, a line for each run."""
    from matplotlib.ticker import LogLocator, NullFormatter

    shown = {column: by_row for column, by_row in found.items() if any(runs[0].training for runs in by_row.values())}
    if not shown:
        return None
    figure = new_figure(width=max(4.2 * len(shown), 6.4), height=5.6)
    panels = figure.subplots(2, len(shown), squeeze=False, sharex="col", sharey="row")
    for (column, by_row), (above, below) in zip(shown.items(), panels.T, strict=True):
        for row, run in ((row, run) for row, runs in by_row.items() for run in runs):
            style = look(list(study.rows).index(row)) | {"marker": "none", "linewidth": 1, "label": row}
            epochs = np.arange(1, len(run.training) + 1)
            dev, loss = np.array(run.training, dtype=float).reshape(-1, 2).T
            above.plot(epochs[~np.isnan(dev)], 100 * dev[~np.isnan(dev)], **style)
            below.plot(epochs, loss, **style)
        above.set_title(column, fontsize="medium")
        below.set_xlabel(language["epoch"])
        below.set_yscale("log")
        below.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        below.yaxis.set_major_formatter(lambda y, _: language.number(y, "g"))
        below.yaxis.set_minor_formatter(NullFormatter())
        above.grid(axis="y", color="0.9")
    panels[0, 0].set_ylabel(language["dev_micro_f1"])
    panels[1, 0].set_ylabel(language["train_loss"])
    draw_legend(figure, panels.flat, order=list(study.rows))
    return figure
