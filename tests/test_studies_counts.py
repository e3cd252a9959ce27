import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eigennamen.scoring import Scores, write_counts
from eigennamen.studies.counts import add_counts, counts_of_run, read_study_counts, read_totals, write_study_counts

#                 LOC        PER
GOLD_AND_WRONG = [[[0, 0, 1], [1, 2, 2]], [[0, 0, 0], [0, 0, 0]], [[0, 1, 0], [0, 0, 0]]]
NOTHING_FOUND = [[[0, 0, 1], [0, 0, 2]], [[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]]


def _scores(counts: list[list[list[int]]], *, prefix: str = "s", labels: tuple[str, ...] = ("LOC", "PER")) -> Scores:
    return Scores(tuple(f"{prefix}{place}" for place in range(len(counts))), labels, np.array(counts))


def _plain(scores: Scores) -> tuple[tuple[str, ...], tuple[str, ...], list[list[list[int]]]]:
    return scores.ids, scores.labels, scores.counts.tolist()


def test_runs_rounds_and_test_sets_come_back_with_the_sentences_without_any_span(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    counts = {
        ("a", None): _scores(GOLD_AND_WRONG),
        ("a", "0"): _scores(NOTHING_FOUND),
        ("a", "start"): _scores(GOLD_AND_WRONG),
        ("b", None): _scores([[[0, 1, 0]], [[1, 1, 1]]], prefix="other", labels=("ORG",)),
    }
    write_study_counts(path, counts)
    read = read_study_counts(path)
    assert {key: _plain(scores) for key, scores in read.items()} == {key: _plain(counts[key]) for key in counts}
    first = path.read_bytes()
    write_study_counts(path, dict(reversed(counts.items())))
    assert path.read_bytes() == first
    assert [one.name for one in tmp_path.iterdir()] == ["counts.parquet"]


def test_totals_are_of_the_end_of_runs_over_all_labels(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    assert read_totals(path) == {}
    write_study_counts(
        path,
        {
            ("a", None): _scores(GOLD_AND_WRONG),
            ("a", "0"): _scores(NOTHING_FOUND),
            ("b", None): _scores(NOTHING_FOUND),
            ("c", None): _scores([[[0, 1, 0]], [[1, 1, 1]]], labels=("ORG",)),
        },
    )
    totals = read_totals(path)
    assert {run: one.counts.tolist() for run, one in totals.items()} == {
        "a": [[1, 2, 3], [0, 0, 0], [0, 1, 0]],
        "b": [[0, 0, 3], [0, 0, 0], [0, 0, 0]],
        "c": [[0, 1, 0], [1, 1, 1]],
    }
    assert [one.labels for one in totals.values()] == [("LOC", "PER"), ("LOC", "PER"), ("ORG",)]
    assert totals["a"].test_set == totals["b"].test_set != totals["c"].test_set


def test_a_label_that_one_run_alone_predicts_is_there_for_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    write_study_counts(
        path,
        {
            ("a", None): _scores([[[0, 1, 1]]], labels=("PER",)),
            ("b", None): _scores([[[0, 2, 0], [1, 1, 1]]], labels=("LOC", "PER")),
        },
    )
    read = read_study_counts(path)
    assert _plain(read["a", None]) == (("s0",), ("LOC", "PER"), [[[0, 0, 0], [0, 1, 1]]])
    assert _plain(read["b", None]) == (("s0",), ("LOC", "PER"), [[[0, 2, 0], [1, 1, 1]]])


def test_new_counts_replace_those_of_the_same_run_and_superseded_runs_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    add_counts(path, {("a", None): _scores(GOLD_AND_WRONG), ("a", "0"): _scores(NOTHING_FOUND)}, keep={"a"})
    add_counts(path, {("b", None): _scores(GOLD_AND_WRONG)}, keep={"a", "b"})
    assert set(read_study_counts(path)) == {("a", None), ("a", "0"), ("b", None)}
    add_counts(path, {("a", None): _scores(NOTHING_FOUND)}, keep={"a"})
    assert {key: scores.micro.predicted for key, scores in read_study_counts(path).items()} == {("a", None): 0}


def test_the_counts_of_a_run_are_those_of_its_folder(tmp_path: Path) -> None:
    assert counts_of_run(tmp_path / "r-1") == {}
    write_counts(tmp_path / "r-1" / "counts.parquet", _scores(GOLD_AND_WRONG))
    write_counts(tmp_path / "r-1" / "rounds" / "start.parquet", _scores(NOTHING_FOUND))
    found = {key: scores.micro.predicted for key, scores in counts_of_run(tmp_path / "r-1").items()}
    assert found == {("r-1", None): 3, ("r-1", "start"): 0}


def test_another_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    assert read_study_counts(path) == {}
    pq.write_table(pa.table({"id": ["a"]}), path)
    with pytest.raises(ValueError, match=re.escape(f"{path}: has the columns ['id']; expected ['test_set',")):
        read_study_counts(path)
