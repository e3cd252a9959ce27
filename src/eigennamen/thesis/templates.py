"""The chapters' templates: Markdown with Jinja2, filled from the studies of an experiments folder."""

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eigennamen.records import RECORD, git
from eigennamen.resampling import randomization_p_value, resampled_f1
from eigennamen.studies.grid import Study, study_folders
from eigennamen.studies.results import write_results
from eigennamen.tables.break_even import FACTORS
from eigennamen.tables.latex import tex
from eigennamen.tables.parts import SIGNIFICANT
from eigennamen.tables.words import Language
from eigennamen.thesis.corpus_facts import corpora_of
from eigennamen.thesis.curve_facts import sections_of
from eigennamen.thesis.facts import Facts
from eigennamen.thesis.saying import Saying

_LABEL = re.compile(r"\\label\{([^}]*)\}")
_WIDTH = "85%"  # of figures, of the text's
CHAPTERS = ("design.md", "results.md", "discussion.md", "figures.md", "provenance.md")


def fill(sources: Path, *, language: Language, root: Path, build: Path) -> str:
    """The chapters in a language as Markdown for pandoc.

    Args:
        sources: the folder with a folder of templates for each language.
        language: of text, numbers, tables and, where there are some, of figures.
        root: with ``experiments``, ``conf`` and ``models``.
        build: where tables and figures are made in the language; paths of figures begin with it.

    Raises:
        jinja2.TemplateError: a template is not well-formed or asks for a name that nothing gives.
        ValueError: it asks a study for a row or column that the study does not have.
    """
    environment = environment_of(sources / language.code)
    environment.globals |= _functions(root, build, language)
    saying = Saying(language)
    environment.filters |= {name: getattr(saying, name) for name in ("number", "whole", "millions", "percent")}
    return "\n\n".join(environment.get_template(name).render() for name in CHAPTERS) + "\n"


def environment_of(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )


def _functions(root: Path, build: Path, language: Language) -> Mapping[str, Any]:
    """What templates call, by name."""
    experiments = root / "experiments"

    @cache
    def study(name: str) -> Facts:
        return Facts(experiments, name, Saying(language))

    @cache
    def made(facts: Facts) -> Path:
        return write_material(facts.study, build / "experiments" / facts.name, language) if facts.study else build

    def studies() -> list[Facts]:
        """Those that are there."""
        return [study(str(folder.relative_to(experiments))) for folder in study_folders(experiments)]

    def figures(facts: Facts) -> list[str]:
        """The names of all figures of a study, the one of its table first."""
        names = [path.stem for path in made(facts).glob("*.pdf")] if facts.begun else []
        return sorted(names, key=lambda name: (name != "figure", name))

    def figure(facts: Facts, name: str, caption: str) -> str:
        place, label = made(facts) / f"{name}.pdf", _label(facts, name)
        return f"\n\n![{caption}]({place}){{#{label} width={_WIDTH}}}\n\n"

    def table(facts: Facts) -> str:
        return (made(facts) / "table.tex").read_text(encoding="utf-8") if facts.begun else ""

    return {
        "study": study,
        "studies": studies,
        "corpora": lambda: corpora_of(studies()),
        "curves": cache(lambda facts: list(sections_of(facts))),
        "table": lambda facts: _raw(table(facts)),
        "tabular": _tabular,
        "table_label": lambda facts: "".join(_LABEL.findall(table(facts))[:1]),
        "figure": figure,
        "figures": figures,
        "figure_label": _label,
        "pretrained": lambda name: json.loads((root / "models" / name / RECORD).read_text(encoding="utf-8")),
        "resamples": signature(resampled_f1).parameters["n"].default,
        "assignments": signature(randomization_p_value).parameters["n"].default,
        "alpha": SIGNIFICANT,
        "price_factors": FACTORS,
        "commit": git("rev-parse", "--short", "HEAD"),
    }


def write_material(study: Study, folder: Path, language: Language) -> Path:
    """Tables and figures of a study in a language, made in a copy of its folder: the committed ones stay as they are.

    Figures that are not made of its records are copied.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(study.folder, folder, ignore=shutil.ignore_patterns("table.*", "*.md", "*.png"))
    copy = Study.read(folder)
    if copy.records():
        write_results(copy, language=language)
    return folder


def _tabular(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A small table in the text, which no page break divides; names on the left, numbers on the right."""
    lines = [" & ".join(tex(str(cell)) for cell in row) + r" \\" for row in (head, *rows)]
    begin = rf"\begin{{center}}\small\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}"
    end = r"\end{tabular}\end{center}"
    return _raw("\n".join([begin, r"\toprule", lines[0], r"\midrule", *lines[1:], r"\bottomrule", end]) + "\n")


def _raw(latex: str) -> str:
    return f"\n\n```{{=latex}}\n{latex}```\n\n"


def _label(facts: Facts, name: str) -> str:
    return f"fig:{facts.name}-{name}".replace("_", "-").replace("/", "-")
