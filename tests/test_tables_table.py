from pathlib import Path
from typing import Any

import numpy as np
import pytest
from curve_studies import curve_study
from study_files import STUDY, Write, record_of, study_of

from eigennamen.scoring import Scores
from eigennamen.studies.counts import write_study_counts
from eigennamen.studies.grid import Study
from eigennamen.tables.table import Table

SENTENCES = 12
PLAIN = {"row": "plain", "column": "tiny, 10"}


def counted(*, found: int, prefix: str = "s") -> Scores:
    """So many of 12 sentences with a span each are found, and nothing else is predicted in the others."""
    counts = np.array([[[1, 1, 1]]] * found + [[[0, 1, 1]]] * (SENTENCES - found))
    return Scores(tuple(f"{prefix}{place}" for place in range(SENTENCES)), ("PER",), counts)


def counted_study(write: Write, runs: dict[tuple[str, str, int], int], **changes: Any) -> Study:
    """Runs by b, a and seed, with the number of sentences in which the span is found, and their counts."""
    records, counts = [], {}
    for (b, a, seed), found in runs.items():
        run_id = f"r-{b}-{a}-{seed}"
        overrides = [f"b={b}", f"a={a}", *(["c=${name}"] if a == "2" else []), f"seed={seed}"]
        records.append(record_of(*overrides, f1=found / SENTENCES, run_id=run_id, git_commit="abc"))
        counts[run_id, None] = counted(found=found, prefix=changes.get(run_id, "s"))
    study = study_of(write, STUDY, *records)
    write_study_counts(study.folder / "counts.parquet", counts)
    return study


def test_places_have_means_deviations_and_the_interval_of_their_counts(write: Write) -> None:
    table = Table.of(counted_study(write, {("10", "1", 0): 6, ("10", "1", 1): 9, ("all", "1", 0): 12}))
    plain = table.places["plain", "tiny, 10"]
    assert (plain.f1, plain.mean) == ({0: 50, 1: 75}, 62.5)
    assert plain.deviation == pytest.approx(25 / np.sqrt(2))
    assert plain.interval is not None
    low, high = plain.interval
    assert 30 < low < 62.5 < high < 95
    every = table.places["plain", "tiny, all"]
    assert (every.deviation, every.interval) == (None, (100, 100))  # nothing is wrong in any resample
    assert set(table.places) == {("plain", "tiny, 10"), ("plain", "tiny, all")}
    assert table.best("tiny, 10") == []  # there is nothing to be better than
    assert table.labels == {"tiny, 10": ("PER",), "tiny, all": ("PER",)}


def test_a_single_run_without_counts_has_the_interval_of_its_record(write: Write) -> None:
    scores = {"scores": {"test": {"micro": {"f1": 0.5, "interval": [0.4, 0.6]}}}}
    first, second = (record_of("b=10", "a=1", f"seed={seed}", f1=0, **scores) for seed in (0, 1))
    assert Table.of(study_of(write, STUDY, first)).places["plain", "tiny, 10"].interval == (40, 60)
    assert Table.of(study_of(write, STUDY, first, second)).places["plain", "tiny, 10"].interval is None


def test_the_best_row_is_tested_against_the_next_one_and_corrected_over_the_columns(write: Write) -> None:
    runs = {("10", "1", 0): 0, ("10", "2", 0): 12, ("all", "1", 0): 6, ("all", "2", 0): 6, ("all", "2", 1): 12}
    table = Table.of(counted_study(write, runs))
    first, second = table.comparisons
    assert (first.best, first.runner_up, first.difference, first.seeds) == ("fancy", "plain", 100, (0,))
    assert first.p == pytest.approx(2 * 2 * 2**-12, abs=4e-4)  # two of the 2 ** 12 assignments, twice for Holm
    assert (second.best, second.difference, second.p) == ("fancy", 0, 1)  # seed 0 alone has both
    assert [one.some_seeds for one in table.comparisons] == [False, True]
    assert table.best("tiny, all") == ["fancy"]


def test_ties_are_all_the_best(write: Write) -> None:
    table = Table.of(counted_study(write, {("10", "1", 0): 6, ("10", "2", 0): 6}))
    assert table.best("tiny, 10") == ["plain", "fancy"]
    assert table.comparisons[0].p == 1


def test_what_cannot_be_tested_says_why(write: Write) -> None:
    study = study_of(
        write,
        STUDY,
        record_of("b=10", "a=1", "seed=0", f1=0.5),
        record_of("b=10", "a=2", "c=${name}", "seed=0", f1=0.4),
        record_of("b=all", "a=1", "seed=0", f1=0.5),
        record_of("b=all", "a=2", "c=${name}", "seed=1", f1=0.4),
        {"overrides": ["b=all", "a=1", "seed=1"], "error": "OSError: disk"},
    )
    table = Table.of(study)
    found = [(one.column, one.untested, one.p, round(one.difference, 9)) for one in table.comparisons]
    assert found == [("tiny, 10", "untested", None, 10), ("tiny, all", "unpaired", None, 10)]
    assert table.failed == ("plain, tiny, all, seed 1",)


def test_protocols_and_test_sets_are_not_mixed_in_a_column(write: Write) -> None:
    runs = {("10", "1", 0): 6, ("10", "2", 0): 6}
    with pytest.raises(ValueError, match=r"study: column 'tiny, 10' mixes two of test set: 'plain' with seed 0 has .*"):
        Table.of(counted_study(write, runs, **{"r-10-2-0": "other"}))
    records = [
        record_of("b=10", "a=1", "seed=0", f1=0.5),
        record_of("b=all", "a=1", "seed=0", f1=0.5, protocol="inner"),  # another column: that is fine
        record_of("b=10", "a=1", "seed=1", f1=0.5, protocol="inner"),
    ]
    Table.of(study_of(write, STUDY, *records[:2]))
    message = (
        r"mixes two of protocol: 'plain' with seed 0 has 'tiny: outer', 'plain' with seed 1 has 'tiny: inner'; what"
    )
    with pytest.raises(ValueError, match=message):
        Table.of(study_of(write, STUDY, *records))


def test_rounds_are_no_runs_of_a_table(tmp_path: Path) -> None:
    table = Table.of(curve_study(tmp_path))
    assert table.places["MNLP", "tiny"].f1 == {0: 60, 1: 61}
    assert table.places["MNLP", "tiny"].interval == (60.5, 60.5)
