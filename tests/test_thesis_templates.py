from pathlib import Path

import pytest
from thesis_studies import write_study

from eigennamen.tables.words import ENGLISH, LANGUAGES
from eigennamen.thesis.templates import fill

ROOT = Path(__file__).parent.parent
CONSTRAINED, FREE = "generative: brackets", "generative: brackets, unconstrained"


def filled(root: Path, language: str = "en") -> str:
    if not (root / "models").exists():
        (root / "models").symlink_to(ROOT / "models")
    text = fill(ROOT / "thesis", language=LANGUAGES[language], root=root, build=root / "build")
    return " ".join(text.split())  # of no-break spaces, too


def test_a_template_prints_what_is_asked_of_a_study(tmp_path: Path) -> None:
    write_study(tmp_path / "experiments/some", {"one": 60, "other": 50})
    for name in ("design", "results", "discussion", "figures", "provenance"):
        (tmp_path / f"thesis/en/{name}.md").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"thesis/en/{name}.md").write_text(name, encoding="utf-8")
    (tmp_path / "thesis/en/results.md").write_text(
        '{{ study("some").difference("one", "other", "tiny") }}{{ tabular(["a_b", "c"], [["d", 1]]) }}',
        encoding="utf-8",
    )
    text = fill(tmp_path / "thesis", language=ENGLISH, root=tmp_path, build=tmp_path / "build")
    assert text == (
        "design\n\n+10.0 points (p\xa0=\xa00.007)\n\n```{=latex}\n"
        "\\begin{center}\\small\\begin{tabular}{lr}\n\\toprule\na\\_b & c \\\\\n\\midrule\nd & 1 \\\\\n\\bottomrule\n"
        "\\end{tabular}\\end{center}\n```\n\n\n\ndiscussion\n\nfigures\n\nprovenance\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ["The study *generation* is not there yet.", "the question stays open", "can therefore not be said here"],
        ),
        ("de", ["Die Studie *generation* gibt es noch nicht.", "sodass die Frage offen bleibt"]),
    ],
)
def test_without_any_study_all_is_said_to_be_missing(tmp_path: Path, language: str, said: list[str]) -> None:
    text = filled(tmp_path, language)
    assert [one for one in said if one not in text] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("free", "said"),
    [
        (60, f"Against *{CONSTRAINED}*, *{FREE}* (+10.0, p = 0.007) is better."),
        (40, f"Against *{CONSTRAINED}*, *{FREE}* (\N{MINUS SIGN}10.0, p = 0.007) is worse."),
        (50, f"Against *{CONSTRAINED}*, no difference can be shown for *{FREE}* (+0.0, p = 1.000)."),
        (None, f"Against *{CONSTRAINED}*, *{FREE}* has not been run yet."),
    ],
)
def test_studies_are_picked_up_and_their_outcomes_choose_the_text(tmp_path: Path, free: int | None, said: str) -> None:
    write_study(tmp_path / "experiments/generation", {"classifier": 70, CONSTRAINED: 50, FREE: free})
    percents = {"rules": 50, "hand, all": 70, "weak + generative": None}
    write_study(tmp_path / "experiments/main_comparison/real", percents, words={"rules": 5, "hand, all": 500})
    text = filled(tmp_path)
    assert said in text
    assert "of the best of both kinds, *generative: brackets" in text
    assert "is worse than *classifier* by" in text
    assert "The cheapest way is *rules*: 5 minutes, 50.0." in text
    assert "From 500 minutes on, *hand, all* is worth it: 70.0, 20.0 points more (p = 0.007)." in text
    assert "Of the study *main_comparison/real* 2 of 3 runs are done" in text
    assert (tmp_path / "build/experiments/generation/figure.pdf").exists()
    assert not (tmp_path / "experiments/generation/figure.pdf").exists()  # the study's own folder stays as it is


@pytest.mark.slow
def test_the_templates_ask_only_for_what_the_committed_studies_have(tmp_path: Path) -> None:
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    assert r"\label{tab:label_models}" in filled(tmp_path, "de")
