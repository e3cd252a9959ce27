"""A run that one study has done is not done again for another."""

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from error_studies import errors_of
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from study_files import Write, record_of, study_of

from eigennamen.scoring import score
from eigennamen.studies.cells import Cell
from eigennamen.studies.grid import Study
from eigennamen.studies.sharing import done_elsewhere
from eigennamen.studies.states import fingerprints_of
from eigennamen.types import Sentence, Span

CONF = Path(__file__).parents[1] / "conf"
RULES = """
question: Which?
seeds: [0, 1]
rows: {snorkel: [label_model=snorkel], vote: [label_model=majority_vote]}
columns: {mini: [+experiment=rules, corpus=mini]}
"""
ANNA = Sentence("anna", ("Anna",), (Span(0, 1, "PER"),))
COUNTS = score([ANNA], [ANNA])


def configured(cell: Cell, *extra: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", [*cell.overrides, "logger=none", *extra])


def done(write: Write, *, changed: dict[str, str] | None = None, **more: Any) -> tuple[Study, Cell]:
    """A study whose first cell is done, and another one where an error stands."""
    study = study_of(write, RULES)
    first, second, *_ = study.cells
    known = {**fingerprints_of(configured(first)), **(changed or {})}
    study.add(second, {"error": "OSError: disk"})
    record = record_of(f1=0.5, run_id="r-1", fingerprints=known, **more)
    errors = errors_of("r-1")
    study.add(first, {k: v for k, v in record.items() if k != "overrides"}, {("r-1", None): COUNTS}, errors)
    return study, first


@pytest.mark.slow
def test_record_counts_and_errors_of_the_same_run_are_taken_over(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    study, cell = done(write)
    with caplog.at_level(logging.INFO):
        found = done_elsewhere(configured(cell, "output_dir=somewhere", "prices.seconds_per_word=1"), [study.folder])
    assert found is not None
    assert found.result["run_id"] == "r-1"
    assert not {"row", "column", "seed", "overrides"} & set(found.result)
    assert {key: one.micro.f1 for key, one in found.counts.items()} == {("r-1", None): 1.0}
    assert found.errors == errors_of("r-1")
    assert f"taken from {study.folder}: r-1" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "text"), [("study.yaml", "rows: 3"), ("study.yaml", "rows: [a\nb: {"), ("counts.parquet", "none")]
)
def test_a_study_that_cannot_be_read_is_passed_over(
    write: Write, caplog: pytest.LogCaptureFixture, broken: str, text: str
) -> None:
    study, cell = done(write)
    other = study.folder.parent / "other"
    shutil.copytree(study.folder, other)
    (other / broken).write_text(text, encoding="utf-8")
    found = done_elsewhere(configured(cell), [other, study.folder])
    assert found is not None
    assert found.result["run_id"] == "r-1"
    assert f"{other}: no runs are taken from this study: " in caplog.text
    assert done_elsewhere(configured(cell), [other]) is None


@pytest.mark.slow
def test_another_run_is_not_taken(write: Write) -> None:
    study, cell = done(write)
    assert done_elsewhere(configured(cell), []) is None
    assert done_elsewhere(configured(study.cells[1]), [study.folder]) is None
    assert done_elsewhere(configured(study.cells[2]), [study.folder]) is None  # another seed


@pytest.mark.slow
def test_nothing_is_taken_where_the_corpus_cannot_be_compared(write: Write) -> None:
    study, _ = done(write)
    overrides = ("+experiment=rules", "corpus=germeval2014", "label_model=snorkel", "seed=0")
    elsewhere = configured(Cell("snorkel", "germeval2014", 0, overrides), "data_dir=nowhere")
    assert done_elsewhere(elsewhere, [study.folder]) is None


@pytest.mark.slow
@pytest.mark.parametrize("what", ["config", "source", "corpus", "label_source"])
def test_a_run_of_other_code_or_data_is_not_taken(write: Write, what: str) -> None:
    study, cell = done(write, changed={what: "other"})
    assert done_elsewhere(configured(cell), [study.folder]) is None
