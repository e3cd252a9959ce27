"""The thesis's sources: no number is typed in them, whatever is cited is known, and both languages say the same."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from eigennamen.thesis.templates import CHAPTERS, environment_of

SOURCES = Path(__file__).parent.parent / "thesis"
LANGUAGES = ("en", "de")
TEMPLATES = [path for language in LANGUAGES for path in sorted((SOURCES / language).glob("*.md"))]
# names of measures, models, tagging schemes and corpora, and how a number is to be written
_NAMES = re.compile(r"(?i)\b(?:F1|T5|IOB2|GermEval ?2014)\b|^\+?\.\df$")
_CITATION = re.compile(r"@[\w-]+")
_NUMBER = re.compile(
    r"\S*\d\S*|\b(?:four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred|thousand"
    r"|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwanzig|dreißig|fünfzig|hundert|tausend)\b",
    re.IGNORECASE,
)


def typed_numbers(source: str, environment: Environment) -> list[str]:
    """Numbers that stand in a template instead of being filled in.

    In text those are digits, and number words above three, outside of citations and names. In expressions they are
    constants, unless they are compared with, say a place in a list, or say how a number is to be written.
    """
    return list(_typed(environment.parse(source)))


def _typed(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.TemplateData):
        yield from _NUMBER.findall(_NAMES.sub("", _CITATION.sub("", node.data)))
    elif isinstance(node, nodes.Const):
        if isinstance(node.value, str):
            yield from _NUMBER.findall(_NAMES.sub("", node.value))
        elif not isinstance(node.value, bool | None):
            yield str(node.value)
    for child in node.iter_child_nodes():
        counted = isinstance(child, nodes.Const) and isinstance(child.value, int)
        place = isinstance(node, nodes.Operand | nodes.Compare | nodes.Getitem)
        place |= isinstance(node, nodes.Keyword) and node.key == "attribute"
        if not (counted and place):
            yield from _typed(child)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_number_is_typed(path: Path) -> None:
    assert typed_numbers(path.read_text(encoding="utf-8"), environment_of(path.parent)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("It reaches 51.2 points of F1.", ["51.2"]),
        ("On 5,100 sentences of GermEval 2014 [@shen2017], in IOB2, by T5.", ["5,100"]),
        ("All seven rows, alle sieben Zeilen.", ["seven", "sieben"]),
        ("{{ 51.2 }} and {{ 51 | number }} and {{ '51.2' }}", ["51.2", "51", "51.2"]),
        ("{% set x = 51.2 %}{{ x }} {{ x * 2 }}", ["51.2", "2"]),
        ('{{ number(x, "51") }}', ["51"]),
        ('{{ x | number("+.1f") }}{% if n == 1 %}{{ first[0] }}{% endif %}{{ study("germeval2014") }}', []),
    ],
)
def test_what_counts_as_typed(source: str, found: list[str]) -> None:
    assert typed_numbers(source, environment_of(SOURCES)) == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_all_chapters_and_cites_what_the_bibliography_has(language: str) -> None:
    texts = [(SOURCES / language / name).read_text(encoding="utf-8") for name in (*CHAPTERS, "words.md")]
    cited = {key.removeprefix("@") for text in texts for key in _CITATION.findall(text)}
    entries = re.findall(r"^@\w+\{(\w+),", (SOURCES / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited == set(entries)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_studies_that_are_named_are_laid_out(path: Path) -> None:
    names = re.findall(r'\bstudy\("([^"]*)"\)', path.read_text(encoding="utf-8"))
    experiments = SOURCES.parent / "experiments"
    assert [name for name in names if not (experiments / name / "study.yaml").exists()] == []


@pytest.mark.parametrize("chapter", [*CHAPTERS, "words.md"])
def test_both_languages_ask_the_same_of_the_studies(chapter: str) -> None:
    asked = []
    for language in LANGUAGES:
        text = (SOURCES / language / chapter).read_text(encoding="utf-8")
        asked.append(
            re.findall(r"\.(?:recorded|difference|differences|versus|winner|steps|result|mean_of)\([^)]*\)", text)
        )
    assert asked[0] == asked[1]
