"""Figures of learning curves: over words annotated, and over minutes beside what weak labels reach."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from eigennamen.figures.drawing import deviation, draw_legend, look, new_figure, write_figure
from eigennamen.learning_curves import Array, Curve
from eigennamen.studies.cells import in_group, row_in
from eigennamen.studies.grid import Study, groups_of, rows_of, scores
from eigennamen.tables.break_even import factors_of, hand_curves, minutes_at, weak_rows
from eigennamen.tables.curves import sections
from eigennamen.tables.words import ENGLISH, Language

Points = list[tuple[float, list[float]]]  # for each round the mean number of words annotated, and a score for each seed


def points_by_words(study: Study) -> dict[tuple[str, str], Points]:
    """Strict micro F1 on test in % after each round with hand labels, by row and column; from the records alone."""
    by_round: dict[tuple[str, str], dict[int, list[tuple[float, float]]]] = {}
    for cell, entry in study.records().items():
        rounds = by_round.setdefault((cell.row, cell.column), {})
        for one in entry.get("rounds", ()):
            if one["cost"]["sentences"] and "test" in one:
                rounds.setdefault(one["round"], []).append((one["cost"]["words"], 100 * one["test"]["f1"]))
    return {
        place: [(mean(words for words, _ in points), [f1 for _, f1 in points]) for points in rounds.values()]
        for place, rounds in by_round.items()
    }


def draw_learning_curves(study: Study, path: Path, language: Language = ENGLISH) -> None:
    """Strict micro F1 against words annotated, a panel for each column and group; bands are a deviation over seeds.

    A horizontal line is the row with all labels.
    """
    points, ends = points_by_words(study), scores(study)

    def draw(panel: Any, column: str, group: str) -> None:
        for row in rows_of(study, group):
            if found := points.get((row, column)):
                words, values = np.array([x for x, _ in found]), [values for _, values in found]
                _band(
                    panel, words, [mean(one) for one in values], [deviation(one) for one in values], **_look(study, row)
                )
        if all_labels := ends.get((row_in(group, study.full), column)):
            panel.axhline(mean(all_labels), color="0.4", linestyle=(0, (1, 1)), label=study.full)

    groups = {in_group(row)[0] for (row, _), found in points.items() if found}
    _draw_panels(study, path, draw, groups=groups, x_label="annotated", language=language)


def draw_break_even(
    study: Study, curves: Mapping[tuple[str, str], Curve], path: Path, language: Language = ENGLISH
) -> None:
    """Strict micro F1 against minutes of annotation, a panel for each column and group; bands are as above.

    Weak labels are a horizontal line with a point for each price of a labeling function; the last, thin part of the
    baseline leads to all labels.
    """
    by_place = {(title, group): rows for title, group, rows in sections(study, curves)}

    def draw(panel: Any, column: str, group: str) -> None:
        rows = by_place.get((", ".join(filter(None, (column, group))), group), {})
        for row, curve in hand_curves(study, group, rows).items():
            _draw_curve(panel, curve, rows[row].n_rounds, **_look(study, row))
        for row, weak in weak_rows(study, group, rows).items():
            _draw_weak(panel, weak, language, **_look(study, row))

    groups = {group for _, group in by_place}
    _draw_panels(study, path, draw, groups=groups, x_label="minutes", language=language)


def _draw_curve(panel: Any, curve: Curve, n_rounds: int, **style: Any) -> None:
    """Its own rounds, and what it goes on to in a thin line."""
    minutes, f1 = minutes_at(curve, 1).mean(axis=0), curve.f1[0]
    centers, spread = f1.mean(axis=0), [deviation(values) for values in f1.T.tolist()]
    _band(panel, minutes[:n_rounds], centers[:n_rounds], spread[:n_rounds], **style)
    if curve.n_rounds > n_rounds:
        rest = slice(n_rounds - 1, None)
        thin = {"linewidth": 0.7, "markerfacecolor": "white", "label": None, "markevery": slice(1, None)}
        panel.plot(minutes[rest], centers[rest], **style | thin)


def _draw_weak(panel: Any, weak: Curve, language: Language, **style: Any) -> None:
    """One height, at the cost that each price of a function makes."""
    from matplotlib.patheffects import withStroke

    by_factor = {factor: minutes_at(weak, factor)[:, -1].mean() for factor in factors_of(weak)}
    values = weak.f1[0, :, -1].tolist()
    heights = [mean(values)] * len(by_factor)
    panel.axhline(heights[0], color=style["color"], linestyle=style["linestyle"])
    panel.errorbar(
        list(by_factor.values()), heights, yerr=deviation(values), capsize=3, **style | {"linestyle": "none"}
    )
    below = {"xytext": (0, -15), "textcoords": "offset points", "ha": "center", "fontsize": 8}
    below |= {"path_effects": [withStroke(linewidth=2, foreground="white")]}  # to be read where it is on a curve
    for factor, minutes in by_factor.items():
        panel.annotate(f"×{language.number(factor, 'g')}", (minutes, heights[0]), **below)


def _band(panel: Any, x: Array, centers: Sequence[float], spread: Sequence[float], **style: Any) -> None:
    panel.plot(x, centers, **style)
    low, high = (np.array(centers) + sign * np.array(spread) for sign in (-1, 1))
    panel.fill_between(x, low, high, color=style["color"], alpha=0.15, linewidth=0)


def _draw_panels(
    study: Study,
    path: Path,
    draw: Callable[[Any, str, str], None],
    *,
    groups: Collection[str],
    x_label: str,
    language: Language,
) -> None:
    """A row of panels for each of these groups, a column for each of the study; one legend with each name once."""
    from matplotlib.ticker import LogLocator, NullFormatter  # here: most runs draw nothing

    shown = [group for group in groups_of(study) if group in groups]
    figure = new_figure(width=max(4.6 * len(study.columns), 6.4), height=0.8 + 3.4 * len(shown))
    panels = figure.subplots(len(shown), len(study.columns), squeeze=False, sharex="col", sharey="col")
    for group, in_row in zip(shown, panels, strict=True):
        for column, panel in zip(study.columns, in_row, strict=True):
            draw(panel, column, group)
            panel.set_title(", ".join(filter(None, (column, group))), fontsize="medium")
            panel.grid(axis="y", color="0.9")
        in_row[0].set_ylabel(language["micro_f1"])
    for panel in panels[-1]:
        panel.set_xlabel(language[x_label])
        panel.set_xscale("log")
        panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.xaxis.set_major_formatter(lambda x, _: language.number(x, ",.0f"))
        panel.xaxis.set_minor_formatter(NullFormatter())
    draw_legend(figure, panels.flat, ncols=3)
    write_figure(figure, path)


def _look(study: Study, row: str) -> dict[str, Any]:
    """The same for the same name in every group."""
    names = list(dict.fromkeys(in_group(one)[1] for one in study.rows))
    name = in_group(row)[1]
    return {**look(names.index(name)), "label": name}
