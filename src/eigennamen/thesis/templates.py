"""The chapters' templates: Markdown with Jinja2, filled from the studies of an experiments folder."""

import json
import re
from collections.abc import Mapping
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from omegaconf import OmegaConf

from eigennamen.break_even import FACTORS
from eigennamen.curve_table import SHARE
from eigennamen.records import RECORD, _git
from eigennamen.resampling import randomization_p_value, resampled_f1
from eigennamen.table_formats import _SIGNIFICANT, as_latex
from eigennamen.table_words import Language
from eigennamen.thesis.corpus_facts import corpora_of
from eigennamen.thesis.curve_facts import sections_of
from eigennamen.thesis.facts import Facts
from eigennamen.thesis.saying import Saying

_WIDTH = "85%"  # of figures, of the text's
CHAPTERS = ("design.md", "results.md", "discussion.md", "provenance.md")


def fill(sources: Path, *, language: Language, root: Path) -> str:
    """The chapters in a language as Markdown for pandoc.

    Args:
        sources: the folder with a folder of templates for each language.
        language: of text, numbers, tables and, where there are some, of figures.
        root: with ``experiments``, ``conf`` and ``models``; paths of figures begin there.

    Raises:
        jinja2.TemplateError: a template is not well-formed or asks for a name that nothing gives.
        ValueError: it asks a study for a row or column that the study does not have.
    """
    environment = environment_of(sources / language.code)
    environment.globals |= _functions(root, language)
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


def _functions(root: Path, language: Language) -> Mapping[str, Any]:
    """What templates call, by name."""
    experiments = root / "experiments"

    @cache
    def study(name: str) -> Facts:
        return Facts(experiments, name, Saying(language))

    def studies() -> list[Facts]:
        """Those that are there."""
        return [study(str(path.parent.relative_to(experiments))) for path in sorted(experiments.rglob("study.yaml"))]

    def figure(facts: Facts, name: str, caption: str) -> str:
        place = _figure(facts, name, language).relative_to(root)
        return f"\n\n![{caption}]({place}){{#{_label('fig', facts, name)} width={_WIDTH}}}\n\n"

    return {
        "study": study,
        "studies": studies,
        "corpora": lambda: corpora_of(studies()),
        "curves": cache(lambda facts: list(sections_of(facts))),
        "table": lambda facts: _raw(as_latex(facts.table, language)) if facts.table else "",
        "table_label": lambda facts: _label_of_table(as_latex(facts.table, language)) if facts.table else "",
        "figure": figure,
        "figures": _figures,
        "figure_label": lambda facts, name: _label("fig", facts, name),
        "setting": lambda file, key: OmegaConf.load(root / "conf" / f"{file}.yaml")[key],
        "pretrained": lambda name: json.loads((root / "models" / name / RECORD).read_text(encoding="utf-8")),
        "resamples": signature(resampled_f1).parameters["n"].default,
        "assignments": signature(randomization_p_value).parameters["n"].default,
        "alpha": _SIGNIFICANT,
        "price_factors": FACTORS,
        "near": SHARE,
        "commit": _git("rev-parse", "--short", "HEAD"),
    }


def _figures(facts: Facts) -> list[str]:
    """The names of all figures of a study, the one of its table first."""
    names = {path.stem.partition(".")[0] for path in facts.folder.glob("*.pdf")}
    return sorted(names, key=lambda name: (name != "figure", name))


def _figure(facts: Facts, name: str, language: Language) -> Path:
    """The figure in the language asked for, ``curves.de.pdf``, or else the one without a language."""
    own = facts.folder / f"{name}.{language.code}.pdf"
    return own if own.exists() else facts.folder / f"{name}.pdf"


def _label(kind: str, facts: Facts, name: str) -> str:
    return f"{kind}:{facts.name}-{name}".replace("_", "-").replace("/", "-")


def _label_of_table(latex: str) -> str:
    found = re.search(r"\\label\{([^}]*)\}", latex)
    return found.group(1) if found else ""


def _raw(latex: str) -> str:
    return f"\n\n```{{=latex}}\n{latex}```\n\n"
