import logging
import re
from pathlib import Path

import numpy as np
import pytest
from curve_studies import PRICES, ROWS, add_run, curve_study, scores_of

from eigennamen.costs import Prices
from eigennamen.learning_curves import crossing, curves_of, mean_height, mixed_at, prices_of
from eigennamen.studies.counts import COUNTS, read_study_counts, write_study_counts


def test_curves_have_what_rows_reach_and_cost_by_seed_and_round(tmp_path: Path) -> None:
    curves = curves_of(curve_study(tmp_path), n=3)
    assert list(curves) == [(row, "tiny") for row in ROWS]
    curve = curves["MNLP", "tiny"]
    assert curve.seeds == (0, 1)
    assert curve.f1.shape == (4, 2, 3)
    assert curve.f1[0].tolist() == [[20, 60, 60], [21, 61, 61]]
    assert curve.f1 == pytest.approx(np.array([curve.f1[0]] * 4))  # all sentences are alike
    assert curve.costs["words"].tolist() == curve.costs["minutes"].tolist() == [[10, 100, 1000]] * 2
    end = curves["weak labels", "tiny"]
    assert (end.n_rounds, end.f1[0].tolist()) == (1, [[50], [51]])
    assert end.costs["minutes"].tolist() == end.costs["function_minutes"].tolist() == [[50], [50]]


def test_all_rows_are_resampled_alike(tmp_path: Path) -> None:
    study = curve_study(tmp_path, seeds=(0,))
    counts = read_study_counts(tmp_path / COUNTS)
    rng = np.random.default_rng(0)
    found = rng.integers(0, 90, size=(4, 1))
    for key, scores in counts.items():
        more = 10 if key[0] == "MNLP-0" else 0
        scores.counts[..., 0] = found + more  # of a hundred, in each sentence
    write_study_counts(tmp_path / COUNTS, counts)
    curves = curves_of(study, n=50)
    random, mnlp = (curves[row, "tiny"].f1[:, 0, 0] for row in ("random", "MNLP"))
    assert len(set(random.tolist())) > 10
    assert mnlp - random == pytest.approx(np.full(51, 10.0))


def test_seeds_and_rounds_that_are_not_there_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    study = curve_study(tmp_path)
    cells = {(cell.row, cell.seed): cell for cell in study.cells}
    add_run(study, cells["random", 1], {10: 20, 100: 40})  # it was broken off: its seed's last round is missing
    counts = read_study_counts(tmp_path / COUNTS)
    write_study_counts(tmp_path / COUNTS, {key: one for key, one in counts.items() if key[0] != "MNLP-0"})
    curves = curves_of(study, n=1)
    assert curves["random", "tiny"].f1[0].tolist() == [[20, 40], [21, 41]]
    assert curves["MNLP", "tiny"].seeds == (1,)
    assert caplog.messages == [
        "python train.py c=1 row=1 seed=0: no cost or no counts in its record, left out of the learning curves"
    ]


def test_a_start_without_hand_labels_is_no_part_of_a_curve_over_words(tmp_path: Path) -> None:
    curve = curves_of(curve_study(tmp_path), n=1)["after weak labels", "tiny"]
    assert curve.costs["words"][0].tolist() == [0, 10, 100, 1000]
    assert curve.with_hand_labels().costs["words"][0].tolist() == [10, 100, 1000]
    assert curve.with_hand_labels().f1[0, 0] == pytest.approx([52, 58, 60])


def test_a_curve_goes_on_with_another_for_the_seeds_of_both(tmp_path: Path) -> None:
    curves = curves_of(curve_study(tmp_path), n=1)
    one, other = curves["random", "tiny"], curves["all sentences", "tiny"].of_seeds([1])
    both = one.then(other)
    assert both.seeds == (1,)
    assert both.f1[0].tolist() == [[21, 41, 61, 61]]
    assert both.costs["words"].tolist() == [[10, 100, 1000, 10_000]]


def test_runs_on_other_test_sentences_are_named(tmp_path: Path) -> None:
    study = curve_study(tmp_path)
    counts = read_study_counts(tmp_path / COUNTS)
    write_study_counts(tmp_path / COUNTS, {**counts, ("MNLP-1", "0"): scores_of(30, prefix="other")})
    with pytest.raises(ValueError, match=re.escape("column 'tiny': run MNLP-1 was scored on other test sentences")):
        curves_of(study, n=1)


def test_records_with_several_prices_are_priced_alike(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    study = curve_study(tmp_path)
    dear = Prices(seconds_per_word=600, seconds_per_span=0, seconds_per_function=0)
    add_run(study, study.cells[-1], ROWS["weak labels"], prices=dear)
    caplog.set_level(logging.WARNING)
    assert prices_of(study) == PRICES
    assert "records have several prices" in caplog.text
    assert curves_of(study, n=1)["weak labels", "tiny"].costs["minutes"].tolist() == [[50], [50]]


def test_mean_heights_are_areas_of_straight_lines() -> None:
    places, values = np.array([0.0, 1.0, 3.0]), np.array([0.0, 10.0, 20.0])
    assert values @ mean_height(places, 0, 3) == pytest.approx((5 + 30) / 3)
    assert values @ mean_height(places, 0.5, 2) == pytest.approx((7.5 * 0.5 + 12.5) / 1.5)
    assert values @ mixed_at(places, [0.5, 2, 9]) == pytest.approx([5, 15, 20])


def test_a_crossing_is_where_a_level_is_first_reached() -> None:
    values = np.array([[0.0, 10.0, 5.0, 20.0], [10, 0, 0, 0], [0, 1, 2, 3], [0, 0, 0, 10]])
    found = crossing(np.array([0.0, 1.0, 2.0, 3.0]), values, np.array([8.0, 8.0, 8.0, 5.0]))
    assert found.tolist() == [0.8, -np.inf, np.inf, 2.5]
    of_each = np.array([[0.0, 1.0], [10.0, 20.0]])
    assert crossing(of_each, np.array([[0.0, 1.0]] * 2), np.array([0.5, 0.5])).tolist() == [0.5, 15]
    assert crossing(np.array([7.0]), np.array([[1.0], [2.0]]), np.array([2.0, 2.0])).tolist() == [np.inf, -np.inf]
