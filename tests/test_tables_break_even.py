from pathlib import Path

import numpy as np
import pytest
from curve_studies import curve_study

from eigennamen.learning_curves import Array, Curve, curves_of
from eigennamen.studies.grid import Study
from eigennamen.tables.break_even import Comparison, break_even_table, factors_of, hand_curves, minutes_at


def _curve(
    f1: list[list[float]], minutes: list[float], *, functions: float = 0, resamples: Array | None = None
) -> Curve:
    """A curve whose seeds cost the same; ``functions`` are minutes for them in each round."""
    measured = np.array([f1])
    costs = {
        "minutes": np.array([minutes] * len(f1)) + functions,
        "function_minutes": np.full((len(f1), len(minutes)), functions),
        "functions": np.full((len(f1), len(minutes)), functions / 10),
    }
    resampled = np.repeat(measured, 50, axis=0) if resamples is None else resamples
    return Curve(tuple(range(len(f1))), costs, np.concatenate([measured, resampled]))


WEAK = _curve([[50.0]], [0.0], functions=50.0)


def _difference(f1: list[float], minutes: list[float], factor: float, **more: float) -> str:
    compared = Comparison.of(_curve([f1], minutes, **more), WEAK)
    assert compared
    return compared.difference(factor)


def test_the_table_of_a_study_without_noise(tmp_path: Path) -> None:
    """On the logarithm 50 is halfway from 40 (100 minutes) to 60 (1,000), and 25 and 50 minutes are 0.398 and 0.699
    of the way from 10 to 100.
    """
    study = curve_study(tmp_path, seeds=(0,))
    text = break_even_table(study, curves_of(study, n=9))
    assert "- minutes are estimates: 60 s a word, 0 s a span, 600 s a function\n" in text
    assert text[text.index("## ") :] == (
        "## tiny: weak labels\n"
        "\n"
        "Weak labels reach 50.0 with 5 labeling functions and 0 minutes for dev labels.\n"
        "\n"
        "| | crossing, minutes | at 25 minutes (functions x 0.5) | at 50 minutes (functions x 1) |"
        " at 100 minutes (functions x 2) |\n"
        "|---|---:|---:|---:|---:|\n"
        "| random | 316 (316 to 316) | -22.0 (-22.0 to -22.0) worse | -16.0 (-16.0 to -16.0) worse |"
        " -10.0 (-10.0 to -10.0) worse |\n"
        "| MNLP | 56 (56 to 56) | -14.1 (-14.1 to -14.1) worse | -2.0 (-2.0 to -2.0) worse |"
        " +10.0 (+10.0 to +10.0) better |\n"
        "| after weak labels | at 50 or before | +0.0 (+0.0 to +0.0) no clear difference |"
        " +0.0 (+0.0 to +0.0) no clear difference | +0.0 (+0.0 to +0.0) no clear difference |\n"
        "\n"
        "The curve of *random* goes on to *all sentences*, where random choice ends.\n"
    )


def test_functions_cost_those_curves_too_that_need_them() -> None:
    curve = _curve([[20.0, 60.0]], [10, 100], functions=50.0)
    assert minutes_at(curve, 2).tolist() == [[110, 200]]
    assert minutes_at(curve, 0.5).tolist() == [[35, 125]]
    assert factors_of(curve) == (0.5, 1.0, 2.0)
    assert factors_of(_curve([[20.0]], [10])) == (1.0,)


@pytest.mark.parametrize(
    ("f1", "minutes", "expected"),
    [
        ([20.0, 60.0], [10, 40], "+10.0 (+10.0 to +10.0) better †"),  # with fewer minutes even
        ([20.0, 40.0], [10, 40], "-10.0 (-10.0 to -10.0) open †"),  # perhaps ten minutes more were enough
        ([40.0, 60.0], [60, 90], "-10.0 (-10.0 to -10.0) worse †"),  # with more minutes even
        ([55.0, 60.0], [60, 90], "+5.0 (+5.0 to +5.0) open †"),
        ([30.0, 50.0], [10, 50], "+0.0 (+0.0 to +0.0) no clear difference"),
    ],
)
def test_what_can_be_said_where_a_curve_ends_before_or_begins_after(
    f1: list[float], minutes: list[float], expected: str
) -> None:
    assert _difference(f1, minutes, 1) == expected


def test_no_crossing_within_the_budget_is_a_result() -> None:
    compared = Comparison.of(_curve([[20.0, 40.0]], [10, 1000]), WEAK)
    assert compared
    assert compared.crossing() == "no crossing within 1,000"


def test_intervals_are_over_sentences_and_seeds() -> None:
    two_seeds = _curve([[40.0], [60.0]], [10])
    weak = _curve([[50.0], [50.0]], [10])
    compared = Comparison.of(two_seeds, weak)
    assert compared
    assert compared.difference(1) == "+0.0 (-10.0 to +10.0) no clear difference"
    resamples = np.linspace(20, 80, 200).reshape(-1, 1, 1)
    over_sentences = Comparison.of(_curve([[55.0]], [10], resamples=resamples), WEAK_AT_10)
    assert over_sentences
    low, high = over_sentences.difference(1).split("(")[1].split(")")[0].split(" to ")
    assert (float(low), float(high)) == (pytest.approx(-28.5, abs=0.5), pytest.approx(28.5, abs=0.5))


WEAK_AT_10 = _curve([[50.0]], [10], resamples=np.full((200, 1, 1), 50.0))


def test_only_seeds_of_both_sides_are_compared() -> None:
    assert Comparison.of(WEAK.of_seeds([]), WEAK) is None
    compared = Comparison.of(_curve([[20.0], [90.0]], [50]), WEAK)
    assert compared
    assert compared.curve.seeds == (0,)


def test_the_baseline_alone_goes_on_to_all_labels(tmp_path: Path) -> None:
    study = curve_study(tmp_path)
    rows = {row: curve for (row, _), curve in curves_of(study, n=1).items()}
    curves = hand_curves(study, "", rows)
    assert {row: curve.n_rounds for row, curve in curves.items()} == {"random": 4, "MNLP": 3, "after weak labels": 4}
    other = Study(tmp_path, "?", study.rows, study.columns, study.seeds)
    assert hand_curves(other, "", rows)["random"].n_rounds == 3
