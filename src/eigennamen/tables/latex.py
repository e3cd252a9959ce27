"""Tables for a thesis in LaTeX, with booktabs; German or English."""

import re
from collections.abc import Sequence

from eigennamen.studies.cells import by_corpus
from eigennamen.studies.grid import Study
from eigennamen.tables.parts import Shown, caption_of, differences_of, notes_of, protocols_of, shown, tests_of
from eigennamen.tables.table import Table
from eigennamen.tables.words import Language


def as_latex(table: Table, language: Language) -> str:
    """``table`` environments for a thesis, shrunk where they are wider than the text; intervals stand below numbers."""
    study = table.study
    label = label_of(study)
    caption = " ".join([caption_of(table, language), *(f"{one}." for one in protocols_of(table, language))])
    tests = [f"{language['tests']} {'; '.join(tests)}."] if (tests := tests_of(table, language)) else []
    body: list[list[str]] = []
    for row, cells in shown(table, language).items():
        body.append([tex(row), *map(_latex_number, cells)])
        if any(one.interval for one in cells):  # on a line of their own: columns stay narrow
            body.append(["", *(rf"{{\scriptsize {tex(one.interval)}}}" if one.interval else "" for one in cells)])
    lines = [
        r"% made by make tables; needs \usepackage[utf8]{inputenc}, \usepackage[T1]{fontenc}, booktabs and graphicx",
        *latex_table(
            list(study.columns),
            (language.question(study), caption),
            label,
            body,
            notes=[*notes_of(table, language), *tests],
        ),
    ]
    if study.against:
        text = language[study.against].rstrip(":") + "."
        differences = [[tex(row), *map(tex, cells)] for row, cells in differences_of(table, language).items()]
        lines += ["", *latex_table(list(study.columns), (text, text), f"{label}-differences", differences)]
    return "\n".join(lines) + "\n"


def label_of(study: Study) -> str:
    return "tab:" + "-".join(name for name in study.folder.absolute().parts[-2:] if name != "experiments")


def latex_table(
    columns: Sequence[str],
    captions: tuple[str, str],
    label: str,
    body: Sequence[Sequence[str]],
    *,
    notes: Sequence[str] = (),
) -> list[str]:
    """A table with its caption, in short and in full; columns of other corpora stand below, as ``corpus, budget``."""
    short, full = map(tex, captions)
    lines = [r"\begin{table}", r"\centering", rf"\caption[{{{short}}}]{{{full}}}\label{{{label}}}"]
    for corpus, of_corpus in by_corpus(columns).items():
        places = [1 + columns.index(column) for column, _ in of_corpus]
        lines += [r"\par\medskip", *_tabular(corpus, places, [name for _, name in of_corpus], body)]
    if notes:
        lines.append(
            rf"\par\medskip\begin{{minipage}}{{\linewidth}}\footnotesize {tex(' '.join(notes))}\end{{minipage}}"
        )
    return [*lines, r"\end{table}"]


def _tabular(corpus: str, places: Sequence[int], names: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Some columns of the body, in which the names of the rows stand at place 0, with the names of these columns."""
    n = len(places)
    lines = [cells for cells in body if cells[0] or any(cells[place] for place in places)]
    above = [rf" & \multicolumn{{{n}}}{{c}}{{{tex(corpus)}}} \\", rf"\cmidrule(l){{2-{n + 1}}}"] if corpus else []
    return [
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        rf"\begin{{tabular}}{{l{'r' * n}}}",
        r"\toprule",
        *above,
        " & ".join(["", *map(tex, names)]) + r" \\",
        r"\midrule",
        *(" & ".join([cells[0], *(cells[place] for place in places)]) + r" \\" for cells in lines),
        r"\bottomrule",
        r"\end{tabular}}",
    ]


def _latex_number(one: Shown) -> str:
    number = rf"\textbf{{{tex(one.number)}}}" if one.bold else tex(one.number)
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


def tex(text: str) -> str:
    r"""Text for LaTeX; a hyphen before a number, at the start of a word, is a minus.

    >>> print(tex("R&D_1: -1.2 ± 0.3"))
    R\&D\_1: $-$1.2 $\pm$ 0.3
    """
    escaped = "".join(_TEX.get(character, character) for character in text)
    return re.sub(r"(?<![\w-])-(?=\d)", "$-$", escaped)
