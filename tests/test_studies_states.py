from pathlib import Path
from typing import Any

import pytest
from study_files import STUDY, Write, record_of, study_of

import eigennamen.run  # noqa: F401 - takes seconds, which no test should be charged with
from eigennamen.studies.states import _changed, fingerprints_of, overview, states_of

CONF = Path(__file__).parents[1] / "conf"


def _timed(*overrides: str, minutes: float) -> dict[str, Any]:
    return record_of(*overrides, f1=0.5, times={"total_seconds": 60 * minutes})


def test_states_have_minutes_from_what_is_done(write: Write) -> None:
    study = study_of(
        write,
        STUDY,
        _timed("b=10", "a=1", "seed=0", minutes=2),
        _timed("b=all", "a=1", "seed=0", minutes=8),
        {"overrides": ["b=all", "a=1", "seed=1"], "error": "OSError: disk"},
    )
    states = states_of(study, study.cells)
    assert [one.name for one in states] == ["done", "missing", "done", "missing", *["missing"] * 2, "failed", "missing"]
    # the second row has no run: the columns' own times
    assert [round(one.minutes or 0, 6) for one in states] == [2, 2, 8, 8] * 2
    assert overview(study, states) == f"{study.folder}: 2 of 8 done, 5 missing, 1 failed, about 30 min left"
    assert str(states[1]) == "missing    2.0 min  python train.py b=10 a=2 'c=${name}' seed=0"


def test_a_row_that_takes_longer_is_taken_to_do_so_in_every_column(write: Write) -> None:
    records = [
        _timed("b=10", "a=1", "seed=0", minutes=2),
        _timed("b=all", "a=1", "seed=0", minutes=8),
        _timed("b=10", "a=2", "c=${name}", "seed=0", minutes=6),
    ]
    study = study_of(write, STUDY, *records)
    states = {(one.cell.row, one.cell.column): one.minutes for one in states_of(study, study.cells[-4:])}
    #  the mean of logarithms, over places: (2 * 8 * 6) ** (1 / 3); row 6, column 8
    assert states["fancy", "tiny, all"] == pytest.approx(6 * 8 / 96 ** (1 / 3))
    empty = study_of(write, STUDY.replace("Which", "What"))
    (empty.folder / "records.jsonl").unlink()
    assert states_of(empty, empty.cells)[0].minutes is None


MINI = """
question: Which?
seeds: [0, 1]
rows: {snorkel: [label_model=snorkel], vote: [label_model=majority_vote]}
columns: {mini: [+experiment=rules, corpus=mini]}
"""


@pytest.mark.slow
def test_a_cell_is_stale_where_its_configuration_code_data_or_parents_are_others_now(write: Write) -> None:
    from hydra import compose, initialize_config_dir

    def now(cell: Any) -> dict[str, str]:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return fingerprints_of(compose("config", [*cell.overrides, "logger=none"]))

    study = study_of(write, MINI)
    cells = study.cells
    known = now(cells[0])
    assert set(known) == {"config", "source", "corpus", "label_source"}
    assert {len(value) for value in known.values()} == {12}
    records: list[dict[str, Any]] = [
        {"fingerprints": known},
        {"fingerprints": {**now(cells[1]), "config": "x", "source": "y", "corpus": "z"}},
        {"fingerprints": known},  # of another seed
        {},
    ]
    study = study_of(write, MINI, *(record_of(*c.overrides, f1=0.5, **r) for c, r in zip(cells, records, strict=True)))
    states = states_of(study, cells, conf=CONF)
    assert [(one.name, one.changed) for one in states] == [
        ("done", ()),
        ("stale", ("config", "source", "corpus")),
        ("stale", ("config",)),
        ("unknown", ()),
    ]
    assert overview(study, states).endswith(": 1 of 4 done, 0 missing, 0 failed, 2 stale, 1 unknown")


@pytest.mark.slow
def test_a_cell_with_a_setting_that_is_no_more_is_stale(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    records = [
        record_of("+experiment=rules", "corpus=mini", "of_old=1", "seed=0", f1=0.5, fingerprints={"config": "x"})
    ]
    study = study_of(write, MINI.replace("label_model=snorkel", "of_old=1"), *records)
    [state] = states_of(study, study.cells[:1], conf=CONF)
    assert (state.name, state.changed) == ("stale", ("config",))
    assert "Could not override 'of_old'" in caplog.text


@pytest.mark.slow
def test_fingerprints_are_those_of_the_run(tmp_path: Path) -> None:
    from hydra import compose, initialize_config_dir

    from eigennamen.datamodule import NERDataModule
    from eigennamen.execution import build
    from eigennamen.identity import Identity

    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", ["+experiment=weak_labels", "logger=none", "seed=3", f"output_dir={tmp_path}"])
    datamodule: NERDataModule = build(cfg.datamodule, corpus=build(cfg.corpus))
    identity = Identity.of(cfg, corpus=datamodule.corpus, label_source=datamodule.label_source)
    found = fingerprints_of(cfg)
    assert found == {name: identity.fingerprints[name][:12] for name in found}
    assert set(identity.fingerprints) - set(found) == {"parents"}
    assert _changed({}, conf=CONF) == {}
