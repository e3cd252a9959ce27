from dataclasses import replace
from pathlib import Path

import numpy as np
from curve_studies import curve_study

from eigennamen.learning_curves import curves_of
from eigennamen.tables.curves import curve_table, sections, signed, spanned


def _tables(text: str) -> str:
    return text[text.index("## ") :]


def test_areas_differences_and_budgets_of_a_study_without_noise(tmp_path: Path) -> None:
    """Areas by hand: (30 + 50) / 2, (40 + 60) / 2, (55 + 59) / 2, with half a point for the second seed.

    0.95 * 60.5 = 57.475 is 0.849 of the way from 40.5 to 60.5, 0.924 from 20.5 to 60.5, 0.829 from 52.5 to 58.5, and
    10 * 100 ** 0.924 words are 706.
    """
    study = curve_study(tmp_path)
    assert _tables(curve_table(study, curves_of(study, n=99))) == (
        "## tiny\n"
        "\n"
        "| | area, 10 to 1,000 words | to random | p | at 1,000 words | to random | p |\n"
        "|---|---:|---:|---:|---:|---:|---:|\n"
        "| random | 40.5 ± 0.7 | – | – | 60.5 ± 0.7 | – | – |\n"
        "| MNLP | 50.5 ± 0.7 | +10.0 (+10.0 to +10.0) | 0.040 | 60.5 ± 0.7 | +0.0 (+0.0 to +0.0) | 1.000 |\n"
        "| after weak labels | 57.5 ± 0.7 | +17.0 (+17.0 to +17.0) | 0.040 | 60.5 ± 0.7 | "
        "+0.0 (+0.0 to +0.0) | 1.000 |\n"
        "\n"
        "95% of *all sentences* (60.5), which is 57.5, is reached with:\n"
        "\n"
        "| | sentences | words | minutes |\n"
        "|---|---:|---:|---:|\n"
        "| random | 71 (71 to 71) | 706 (706 to 706) | 706 (706 to 706) |\n"
        "| MNLP | 8 (8 to 8) | 84 (84 to 84) | 84 (84 to 84) |\n"
        "| after weak labels | 7 (7 to 7) | 67 (67 to 67) | 128 (128 to 128) |\n"
    )


def test_budgets_are_those_of_the_seeds_that_all_labels_have_too(tmp_path: Path) -> None:
    study = curve_study(tmp_path, seeds=(0, 1))
    curves = curves_of(study, n=9)
    curves["random", "tiny"] = curves["random", "tiny"].of_seeds([1])
    text = _tables(curve_table(study, curves))
    assert "95% of *all sentences* (60.5), which is 57.5" in text
    # 0.95 * 61 = 57.95 is 0.924 of the way from 21 to 61, not 57.475, which is 0.912
    assert "| random | 70 (70 to 70) | 704 (704 to 704) |" in text
    curves["random", "tiny"] = replace(curves["random", "tiny"], seeds=(7,))
    assert "| random | 7" not in _tables(curve_table(study, curves))


def test_groups_have_sections_of_their_own_and_short_names(tmp_path: Path) -> None:
    study = curve_study(tmp_path, group="BERT", seeds=(0,))
    text = curve_table(study, curves_of(study, n=9))
    assert "## tiny, BERT\n" in text
    assert "| MNLP | 50.0 | +10.0 (+10.0 to +10.0) |" in text
    assert [title for title, _, _ in sections(study, curves_of(study, n=1))] == ["tiny, BERT"]


def test_without_a_baseline_there_are_areas_alone_and_without_all_labels_no_budgets(tmp_path: Path) -> None:
    study = curve_study(tmp_path, seeds=(0,), baseline=None, full=None)
    text = curve_table(study, curves_of(study, n=9))
    assert "| MNLP | 50.0 | 60.0 |" in text
    assert "95%" not in _tables(text)
    assert "None" not in text


def test_numbers_are_shown_with_what_resamples_make_of_them() -> None:
    assert signed(np.array([1.25, *[0.5] * 20, *[-0.5] * 20])) == "+1.2 (-0.5 to +0.5)"
    inf = np.inf
    assert spanned(np.array([30.0, 20.0, 25.0]), 10, 40) == "30 (20 to 25)"
    assert spanned(np.array([1500.0, -inf, inf]), 1000, 2000) == "1,500 (<1,000 to >2,000)"
    assert spanned(np.array([inf, 1990.0, inf]), 1000, 2000) == "not within 2,000 (1,990 to >2,000)"
    assert spanned(np.array([-inf, -inf, 1200.0]), 1000, 2000) == "<1,000 (<1,000 to 1,200)"
    assert spanned(np.array([-inf, -inf, -inf]), 1000, 2000) == "at 1,000 or before"
    assert spanned(np.array([1500.0, inf, inf]), 1000, 2000) == "1,500 (>2,000 to >2,000)"
