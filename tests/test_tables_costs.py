"""What rows cost, beside what they reach."""

from typing import Any

import pytest
from study_files import Write, record_of, study_of

from eigennamen.studies.results import write_tables
from eigennamen.tables.costs import costs_as_latex, costs_as_markdown
from eigennamen.tables.table import Table
from eigennamen.tables.words import ENGLISH, GERMAN

COSTS = """
question: Which is worth it?
seeds: [0, 1]
costs: true
rows: {rules: [a=1], hand_labels: [a=2], never: [a=3]}
columns: {tiny: [b=10], huge: [b=all]}
"""


def run(*overrides: str, f1: float, minutes: float | None, fit: float, **times: float) -> dict[str, Any]:
    cost = {} if minutes is None else {"cost": {"minutes": minutes}}
    return record_of(*overrides, f1=f1, times={"fit_seconds": fit, **times}, **cost)


@pytest.fixture
def table(write: Write) -> Table:
    alone = {"peak_memory_mb": 701.0, "peak_memory_of_run": True}
    of_process = {"prediction_words_per_second": 1234.4, "peak_memory_mb": 900.0}  # other runs before it, perhaps
    records = [
        run("b=10", "a=1", "seed=0", f1=0.25, minutes=None, fit=0.0, **of_process),
        run("b=10", "a=2", "seed=0", f1=0.5, minutes=100.0, fit=60.0, **alone | {"peak_memory_mb": 700.2}),
        run("b=10", "a=2", "seed=1", f1=0.6, minutes=103.0, fit=360.0, **alone),
    ]
    return Table.of(study_of(write, COSTS, *records))


def test_each_corpus_has_a_table_of_the_rows_that_were_run(table: Table) -> None:
    head, *lines = costs_as_markdown(table, ENGLISH).splitlines()
    assert "gold dev labels" in head
    assert lines == [
        "",
        "tiny:",
        "",
        "| | strict micro F1 on test (%) | annotation (min) | training (min) | prediction (words/s) | memory (MB) |",
        "|---|---:|---:|---:|---:|---:|",
        "| rules | 25.0 (1) | – | 0.0 | 1234 | – |",
        "| hand_labels | 55.0 ± 7.1 | 102 | 3.5 | – | 701 |",
    ]
    assert "| hand_labels | 55,0 ± 7,1 | 102 | 3,5 |" in costs_as_markdown(table, GERMAN)


def test_the_time_of_a_resumed_training_is_not_that_of_a_training(write: Write) -> None:
    times = {"a=1": {"fit": 60.0}, "a=2": {"fit": 6.0, "resumed": True}}
    records = [run("b=10", row, "seed=0", f1=0.5, minutes=1.0, **one) for row, one in times.items()]
    lines = costs_as_markdown(Table.of(study_of(write, COSTS, *records)), ENGLISH).splitlines()
    assert [line.split(" | ")[3] for line in lines if line.startswith(("| rules", "| hand"))] == ["1.0", "–"]


def test_latex_has_a_part_for_each_corpus(table: Table) -> None:
    text = costs_as_latex(table, ENGLISH)
    assert r"\multicolumn{5}{c}{tiny}" in text
    assert r"hand\_labels & 55.0 $\pm$ 7.1 & 102 & 3.5 & -- & 701 \\" in text
    assert "never" not in text
    assert r"\label{tab:" in text


def test_they_are_written_where_a_study_asks_for_them(write: Write) -> None:
    record = run("b=10", "a=1", "seed=0", f1=0.25, minutes=1.0, fit=60.0)
    study = study_of(write, COSTS, record)
    write_tables(study)
    assert "| rules | 25.0 (1) | 1.0 | 1.0 |" in (study.folder / "costs.md").read_text(encoding="utf-8")
    assert (study.folder / "costs.tex").exists()
    other = study_of(write, COSTS.replace("costs: true\n", ""), record)
    (study.folder / "costs.md").unlink()
    write_tables(other)
    assert not (study.folder / "costs.md").exists()
