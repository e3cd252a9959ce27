import pytest
from benchmarks import Comparison, alternate, report


def test_the_ratio_is_the_median_over_turns_not_the_ratio_of_medians() -> None:
    row = Comparison("words", "words/s", ours=(100.0, 900.0, 300.0), peer=(50.0, 100.0, 300.0), goal="at least 1.6")
    assert row.ratios == [2.0, 9.0, 1.0]
    assert row.cells() == ("words", "words/s", "300", "100", "2.00", "1.00 to 9.00", "at least 1.6")


def test_a_single_repetition_has_no_spread() -> None:
    assert Comparison("padding", "share", (0.08,), (0.5,)).cells() == (
        "padding",
        "share",
        "0.080",
        "0.500",
        "0.16",
        "",
        "",
    )


def test_a_peer_that_reaches_nothing_does_not_lose_the_report() -> None:
    assert Comparison("quality", "F1", (0.5,), (0.0,)).cells()[4] == "inf"


def test_repetitions_must_come_in_pairs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        _ = Comparison("words", "words/s", (1.0, 2.0), (1.0,)).ratios


def test_the_sides_take_turns_and_the_first_turn_is_thrown_away() -> None:
    calls: list[str] = []

    def side(name: str) -> int:
        calls.append(name)
        return len(calls)

    assert alternate(lambda: side("ours"), lambda: side("peer"), repetitions=2) == [(3, 4), (5, 6)]
    assert calls == ["ours", "peer"] * 3
    assert alternate(lambda: side("ours"), lambda: side("peer"), repetitions=1, warm_up=False) == [(7, 8)]


def test_the_report_is_markdown() -> None:
    rows = [Comparison("`train.py --help`", "s", (0.3,), (0.2,), goal="at most 1.5")]
    text = report(rows, facts={"date": "2026-01-31"}, skipped={"gazetteers": "needs skweak"})
    assert text == (
        "# Speed against the peers\n\nWritten by `make benchmarks`; README.md says how to read it.\n\n"
        "- date: 2026-01-31\n\n"
        "| benchmark | unit | ours | peer | ratio | least to most | goal |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| `train.py --help` | s | 0.300 | 0.200 | 1.50 |  | at most 1.5 |\n\n"
        "- skipped gazetteers: needs skweak\n"
    )
