from pathlib import Path

import pytest
from thesis_studies import write_study

from eigennamen.tables.words import ENGLISH, GERMAN
from eigennamen.thesis.facts import Facts
from eigennamen.thesis.saying import Saying


def facts_of(tmp_path: Path, percents: dict[str, int | None], **more: dict[str, int]) -> Facts:
    write_study(tmp_path / "experiments/some", percents, **more)
    return Facts(tmp_path / "experiments", "some", Saying(ENGLISH))


def test_a_cell_prints_its_mean_or_that_it_is_missing(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"plain": 50, "fancy": None})
    assert [str(facts.result(row, "tiny")) for row in facts.rows] == ["50.0", "not yet run"]
    assert (facts.done, facts.cells, facts.begun, facts.complete) == (1, 2, True, False)
    assert facts.computed_minutes == 1.5
    assert facts.rows_there("tiny") == ["plain"]
    assert facts.mean_of("plain", "tiny", "times", "total_seconds") == 90
    assert facts.mean_of("fancy", "tiny", "times", "total_seconds") is None


@pytest.mark.parametrize(
    ("percents", "verdict", "shown"),
    [
        ({"one": 60, "other": 50}, "better", "+10.0 points (p\xa0=\xa00.007)"),
        ({"one": 40, "other": 50}, "worse", "\N{MINUS SIGN}10.0 points (p\xa0=\xa00.007)"),
        ({"one": 50, "other": 50}, "open", "+0.0 points (p\xa0=\xa01.000)"),
        ({"one": 50, "other": None}, "missing", "not yet run"),
    ],
)
def test_the_verdict_on_two_rows_is_that_of_the_test(
    tmp_path: Path, percents: dict[str, int | None], verdict: str, shown: str
) -> None:
    difference = facts_of(tmp_path, percents).difference("one", "other", "tiny")
    assert difference.verdict == verdict
    assert str(difference) == shown


def test_several_comparisons_are_one_family(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"one": 60, "other": 50, "third": 45, "absent": None})
    alone = facts.difference("one", "other", "tiny")
    together = facts.versus("other", "tiny")
    assert [one.row for one in together] == ["one", "third", "absent"]
    assert alone.p is not None
    assert together[0].p == pytest.approx(2 * alone.p)
    assert together[2].verdict == "missing"


def test_without_counts_a_difference_is_not_tested(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"one": 60, "other": 50})
    (facts.folder / "counts.parquet").unlink()
    difference = Facts(tmp_path / "experiments", "some", Saying(ENGLISH)).difference("one", "other", "tiny")
    assert difference.verdict == "untested"
    assert str(difference) == "+10.0 points (not tested, since counts by sentence are missing)"


def test_steps_are_the_rows_that_are_better_than_all_cheaper_ones(tmp_path: Path) -> None:
    percents = {"cheap": 40, "dear": 60, "vain": 35, "middle": 40}
    words = {"cheap": 10, "middle": 15, "vain": 20, "dear": 30}
    steps = facts_of(tmp_path, percents, words=words).steps("tiny")
    assert [(step.row, step.minutes, str(step.result)) for step in steps] == [
        ("cheap", 10, "40.0"),
        ("dear", 30, "60.0"),
    ]
    assert [step.gain and step.gain.verdict for step in steps] == [None, "better"]


def test_variants_of_a_row_and_the_best_of_some(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"a": 50, "a, b": 60, "a, b, c": None, "ab": 70})
    assert facts.variants("a") == ["a, b", "a, b, c"]
    assert facts.best_of(facts.variants("a"), "tiny") == "a, b"
    assert facts.best_of(["a, b, c"], "tiny") == ""


def test_a_study_that_is_not_there_says_so_of_everything(tmp_path: Path) -> None:
    facts = Facts(tmp_path, "absent", Saying(GERMAN))
    assert (facts.rows, facts.columns, facts.cells, facts.begun) == ([], [], 0, False)
    assert str(facts.result("any", "where")) == "noch nicht gelaufen"
    assert facts.difference("any", "other", "where").verdict == "missing"
    assert facts.recorded("any", "where", "versus_label_model").verdict == "missing"
    assert facts.winner("where") is None
    assert facts.steps("where") == []


def test_a_row_that_the_study_does_not_have_is_a_mistake_in_the_template(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"study\.yaml: no cell of row 'plian' and column 'tiny'; rows are \['plain'\]"
    ):
        facts_of(tmp_path, {"plain": 50}).result("plian", "tiny")


def test_a_recorded_difference_is_judged_by_its_interval(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"plain": 50, "fancy": None})
    run = facts.table and facts.table.runs["plain", "tiny"][0]
    assert isinstance(run, dict)
    run["versus_label_model"] = {"micro_f1_difference": -0.1, "low": -0.12, "high": -0.08}
    found = facts.recorded("plain", "tiny", "versus_label_model")
    assert (found.verdict, found.size) == ("worse", "10.0")
    assert found.evidence == "95\xa0% interval \N{MINUS SIGN}12.0 to \N{MINUS SIGN}8.0"
    run["versus_label_model"]["high"] = 0.01
    assert facts.recorded("plain", "tiny", "versus_label_model").verdict == "open"
