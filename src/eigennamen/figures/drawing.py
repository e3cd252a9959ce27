"""Figures from records, each as PDF and PNG."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from eigennamen.files import renamed_to
from eigennamen.records import PretrainingRecord
from eigennamen.studies.cells import by_corpus
from eigennamen.studies.grid import Study, groups_of, rows_of, scores
from eigennamen.tables.words import ENGLISH, Language

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
_LINES = ("-", "--", ":", "-.")
IN_A_LINE = 4  # panels


def draw_curve(record: PretrainingRecord, path: Path, language: Language = ENGLISH) -> None:
    """Loss and held-out accuracy of a pretraining over its steps, written to ``path`` with both suffixes."""
    figure = new_figure(width=6.4, height=3.6)
    loss = figure.subplots()
    steps = [point["step"] for point in record.curve]
    loss.plot(steps, [point["train_loss"] for point in record.curve], color="0.6", label=language["train_loss"])
    held_out = [point["held_out_loss"] for point in record.curve]
    loss.plot(steps, held_out, color=_COLORS[0], marker="o", label=language["held_out_loss"])
    loss.set_xlabel(language["steps"])
    loss.set_ylabel(language["cross_entropy"])
    loss.xaxis.set_major_formatter(lambda x, _: language.number(x, ",.0f"))
    loss.yaxis.set_major_formatter(lambda y, _: language.number(y))
    right = loss.twinx()
    accuracy = [100 * point["held_out_accuracy"] for point in record.curve]
    right.plot(steps, accuracy, color=_COLORS[1], linestyle="--", marker="s", label=language["held_out_accuracy"])
    right.set_ylabel(language["guessed"])
    right.set_ylim(bottom=0)
    loss.set_title(record.run_id, fontsize="medium")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    write_figure(figure, path)


def draw_study(study: Study, path: Path, language: Language = ENGLISH) -> None:
    """Strict micro F1 of every row and column.

    A few rows are told apart by their looks, in a panel for each corpus (what stands before the comma in a column's
    name); many have a line each, in a panel for each column, and groups of them a look.
    """
    draw = _draw_looks if len(study.rows) <= len(_COLORS) else _draw_lines
    write_figure(draw(study, language), path)


def _draw_looks(study: Study, language: Language) -> Any:
    """Columns that are budgets (a number, or ``all``) are joined by a line; others stand for themselves."""
    by_place = scores(study)
    corpora = by_corpus(study.columns)
    figure = new_figure(width=max(4.2 * len(corpora), 6.4), height=3.8)
    panels = figure.subplots(1, len(corpora), sharey=True, squeeze=False)[0]
    for panel, (corpus, columns) in zip(panels, corpora.items(), strict=True):
        for number, row in enumerate(study.rows):
            style = look(number)
            aside = 0.06 * (number - (len(study.rows) - 1) / 2)  # so that intervals do not hide each other
            there = [(place, *one) for place, one in enumerate(columns) if by_place[row, one[0]]]
            budgets = [one for one in there if _is_budget(one[2])]
            alone = [one for one in there if not _is_budget(one[2])]
            for points, line in ((budgets, style["linestyle"]), (alone, "none")):
                panel.errorbar(
                    [place + aside for place, _, _ in points],
                    [mean(by_place[row, column]) for _, column, _ in points],
                    yerr=[deviation(by_place[row, column]) for _, column, _ in points],
                    capsize=3,
                    **style | {"linestyle": line},
                )
        panel.set_xticks(range(len(columns)), [name for _, name in columns])
        panel.set_xlim(-0.5, len(columns) - 0.5)
        panel.set_title(corpus)
        panel.grid(axis="y", color="0.9")
    panels[0].set_ylabel(language["micro_f1"])
    figure.legend(panels[0].containers[::2], list(study.rows), loc="outside lower center", ncols=2, frameon=False)
    return figure


def _draw_lines(study: Study, language: Language) -> Any:
    """The rows from top to bottom as in the table, those without a run as empty lines."""
    by_place, groups = scores(study), groups_of(study)
    figure = new_figure(width=max(2.6 * len(study.columns) + 2.4, 6.4), height=0.26 * len(study.rows) + 1)
    panels = figure.subplots(1, len(study.columns), sharex=True, sharey=True, squeeze=False)[0]
    for panel, column in zip(panels, study.columns, strict=True):
        for number, group in enumerate(groups):
            of_group = {[*study.rows].index(row): by_place[row, column] for row in rows_of(study, group)}
            if found := {place: values for place, values in of_group.items() if values}:
                draw_points(panel, [*found], [*found.values()], look(number) | {"linestyle": "none"}, across=True)
        panel.set_title(column, fontsize="medium")
        panel.set_xlabel(language["micro_f1"])
        panel.grid(color="0.9")
    panels[0].set_yticks(range(len(study.rows)), list(study.rows))
    panels[0].set_ylim(len(study.rows) - 0.5, -0.5)
    return figure


def _is_budget(name: str) -> bool:
    return name.isdecimal() or name == "all"


def look(number: int) -> dict[str, Any]:
    """Color, marker and line of one of several rows: to be told apart without seeing color, or in gray.

    The colors are those of M. Okabe and K. Ito, Color Universal Design, 2008.
    """
    return {"color": _COLORS[number % 8], "marker": "osD^vPX*"[number % 8], "linestyle": _LINES[number % 4]}


def deviation(values: Sequence[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


def new_figure(*, width: float, height: float) -> Any:
    from matplotlib.figure import Figure  # here: most runs draw nothing

    return Figure(figsize=(width, height), layout="constrained")


def new_panels(n: int, *, width: float, height: float, sharey: bool = False) -> tuple[Any, list[Any]]:
    """A figure and so many panels in it, of this size in inches each."""
    across = min(n, IN_A_LINE)
    down = -(-n // across)
    figure = new_figure(width=max(width * across, 6.4), height=height * down + 0.8)
    panels = list(figure.subplots(down, across, squeeze=False, sharey=sharey).flat)
    for unused in panels[n:]:
        unused.remove()
    return figure, panels[:n]


def draw_points(
    panel: Any, places: Any, values: Sequence[Sequence[float]], style: Mapping[str, Any], *, across: bool = False
) -> None:
    """Means with their deviation over seeds; ``across`` draws them from left to right instead of upwards."""
    means, spread = [mean(one) for one in values], [deviation(one) for one in values]
    if across:
        panel.errorbar(means, places, xerr=spread, capsize=2, **style)
    else:
        panel.errorbar(places, means, yerr=spread, capsize=2, **style)


def draw_legend(figure: Any, panels: Iterable[Any], *, ncols: int = 4, order: Sequence[str] = ()) -> None:
    """One below all panels, with each name once, in the order of the panels or in the given one."""
    shown: dict[str, Any] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            shown.setdefault(label, handle)
    names = [name for name in order if name in shown] or list(shown)
    figure.legend([shown[name] for name in names], names, loc="outside lower center", ncols=ncols, frameon=False)


def write_figure(figure: Any, path: Path) -> None:
    """``path.pdf`` and ``path.png``, without dates: the same records give the same bytes."""
    figure.get_layout_engine().execute(figure)  # once: placing many panels takes as long as drawing them
    figure.set_layout_engine(None)  # not "none", a placeholder, for which saving would draw everything once more
    options: dict[str, dict[str, Any]] = {"pdf": {"metadata": {"CreationDate": None}}, "png": {"dpi": 150}}
    for suffix, of_format in options.items():
        with renamed_to(path.with_suffix(f".{suffix}")) as temporary:
            figure.savefig(temporary, format=suffix, **of_format)
