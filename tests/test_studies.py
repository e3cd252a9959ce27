import json
import logging
from collections.abc import Callable
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from omegaconf import DictConfig

import eigennamen.run  # takes seconds, which no test should be charged with
from eigennamen import studies
from eigennamen.records import RunRecord
from eigennamen.scoring import Scores, write_counts
from eigennamen.studies import Cell, Study, main, run_missing, scores, summary, table
from eigennamen.study_counts import read_study_counts

Write = Callable[..., str]
STUDY = """
question: Which is better?
seeds: [0, 1]
rows:
  plain: [a=1]
  fancy: [a=2, "c=${name}"]
columns:
  "tiny, 10": [b=10]
  "tiny, all": [b=all]
"""
AGAINST = """
question: Which is better?
seeds: [0]
against: versus_majority_vote
rows: {plain: [a=1], fancy: [a=2]}
columns: {tiny: [b=10], huge: [b=all]}
published:
  theirs: {tiny: 51.26}
"""
CONF = "seed: 0\nname: x\na: 0\nb: 0\nc: 0\nlogger: null\noutput_dir: outputs\n"


def _study(write: Write, text: str = STUDY, *records: dict[str, Any] | str) -> Study:
    """The study in a folder with these lines of records."""
    if records:
        lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
        write("study/records.jsonl", "".join(line + "\n" for line in lines))
    return Study.read(Path(write("study/study.yaml", text)).parent)


def _record(*overrides: str, f1: float, **more: Any) -> dict[str, Any]:
    scored = {"scores": {"test": {"micro": {"f1": f1}}}, "corpus": "tiny", "protocol": "outer", "dev_labels": "gold"}
    return {"overrides": overrides, **scored, **more}


@pytest.fixture
def conf(write: Write) -> Path:
    return Path(write("conf/config.yaml", CONF)).parent


def test_cells_are_every_row_and_column_seed_by_seed(write: Write) -> None:
    cells = _study(write).cells
    assert [(cell.seed, cell.column, cell.row) for cell in cells][:5] == [
        (0, "tiny, 10", "plain"),
        (0, "tiny, 10", "fancy"),
        (0, "tiny, all", "plain"),
        (0, "tiny, all", "fancy"),
        (1, "tiny, 10", "plain"),
    ]
    assert cells[1].overrides == ("b=10", "a=2", "c=${name}", "seed=0")
    assert len(cells) == 8


def test_a_command_can_be_pasted_into_a_shell() -> None:
    cell = Cell("r", "c", 0, ("+experiment=rules", "c=${name}", "d=it's", "e={a: b}"))
    assert cell.command == """python train.py +experiment=rules 'c=${name}' 'd=it'"'"'s' 'e={a: b}'"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("question: Why?\nrows: {a: [b]}\nseeds: [0]", r"has \['question', 'rows', 'seeds'\]; expected \['columns', "),
        (STUDY.replace("seeds: [0, 1]", "seeds: []"), "none of them empty"),
        (STUDY + "colour: red", "has .*'colour'.*expected .* and perhaps"),
        ("- a list", r"has \[\]; expected"),
        ("", r"has \[\]; expected"),
        (AGAINST.replace("versus_majority_vote", "versus_us"), "against is 'versus_us'; expected one of"),
        (
            AGAINST.replace("tiny: 51.26", "tine: 51.26"),
            r"published has \['tine'\]; the columns are \['tiny', 'huge'\]",
        ),
        (STUDY + "baseline: plane", r"names the rows \['plane'\]; the rows are \['plain', 'fancy'\]"),
        (STUDY + "full: all\nbreak_even: [plain, weak]", r"names the rows \['all', 'weak'\]; the rows are"),
    ],
)
def test_a_study_that_is_not_whole_is_named(write: Write, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"study\.yaml: .*" + message):
        _study(write, text)


def test_a_study_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere.study\.yaml: not there; expected the folder of a study"):
        Study.read(tmp_path / "nowhere")


def test_the_newest_record_counts_and_those_of_other_settings_do_not(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    study = _study(
        write,
        STUDY,
        _record("b=10", "a=1", "seed=1", f1=0.3),
        '{"overrides": ["b=10", "a=1", "se',
        '["a list"]',
        '{"row": "plain"}',
        _record("b=10", "a=1", "seed=0", f1=0.1),
        _record("b=10", "a=9", "seed=0", f1=0.9),
        _record("b=10", "a=1", "seed=0", f1=0.2),
    )
    found = study.records()
    assert [(cell.row, cell.column, cell.seed) for cell in found] == [
        ("plain", "tiny, 10", 0),
        ("plain", "tiny, 10", 1),
    ]
    assert scores(study)["plain", "tiny, 10"] == [20.0, 30.0]
    path = study.folder / "records.jsonl"
    assert caplog.messages[:3] == [f"{path}:{line}: not a whole record, left out" for line in (2, 3, 4)]


def test_without_records_nothing_is_known(write: Write) -> None:
    study = _study(write)
    assert study.records() == {}
    assert set(map(len, scores(study).values())) == {0}


def test_a_table_has_means_deviations_and_how_many_seeds_are_there(write: Write) -> None:
    study = _study(
        write,
        STUDY,
        _record("b=10", "a=1", "seed=0", f1=0.5),
        _record("b=10", "a=1", "seed=1", f1=0.52),
        _record("b=all", "a=1", "seed=1", f1=0.7),
        _record("b=10", "a=2", "c=${name}", "seed=0", f1=0.61, protocol="inner"),
        {"overrides": ["b=10", "a=2", "c=${name}", "seed=1"], "error": "ValueError: no"},
    )
    assert table(study) == (
        "Which is better? Strict micro F1 on test, %, mean ± standard deviation over 2 seeds; (n) where only n of them "
        "are there.\n"
        "\n"
        "- tiny: inner, dev_labels=gold\n"
        "- tiny: outer, dev_labels=gold\n"
        "\n"
        "| | tiny, 10 | tiny, all |\n"
        "|---|---:|---:|\n"
        "| plain | 51.0 ± 1.4 | 70.0 (1) |\n"
        "| fancy | 61.0 (1) | – |\n"
    )


def test_a_table_shows_what_others_published_differences_and_ceilings(write: Write) -> None:
    """Also where a row has another name since it was run."""
    difference = {"versus_majority_vote": {"micro_f1_difference": 0.014, "low": -0.002, "high": 0.03}}
    ceiling = {"recall_ceiling": {"test": 0.704}}
    study = _study(
        write,
        AGAINST,
        _record("b=10", "a=1", "seed=0", f1=0.5, **ceiling),
        _record("b=10", "a=2", "seed=0", f1=0.514, row="once", column="small", **difference, **ceiling),
    )
    assert table(study) == (
        "Which is better? Strict micro F1 on test, %.\n"
        "\n"
        "- tiny: outer, dev_labels=gold\n"
        "\n"
        "| | tiny | huge |\n"
        "|---|---:|---:|\n"
        "| plain | 50.0 | – |\n"
        "| fancy | 51.4 | – |\n"
        "| theirs (published) | 51.3 | – |\n"
        "\n"
        "Difference to the majority vote on the same candidates, points of micro F1 with the 95 % interval of a paired "
        "bootstrap:\n"
        "\n"
        "| | tiny | huge |\n"
        "|---|---:|---:|\n"
        "| plain | – | – |\n"
        "| fancy | +1.4 (-0.2 to +3.0) | – |\n"
        "| recall ceiling of the functions | 70.4 | – |\n"
    )


def test_differences_are_those_of_the_first_seed_in_whatever_order_they_were_run(write: Write) -> None:
    def versus(points: float) -> dict[str, Any]:
        return {"versus_majority_vote": {"micro_f1_difference": points, "low": 0.0, "high": 0.1}}

    study = _study(
        write,
        AGAINST.replace("seeds: [0]", "seeds: [0, 1]"),
        _record("b=10", "a=1", "seed=1", f1=0.5, **versus(0.09)),
        _record("b=10", "a=1", "seed=0", f1=0.5, **versus(0.05)),
    )
    assert "| plain | +5.0 (+0.0 to +10.0) | – |" in table(study)


def _finished(f1: float = 0.5, **changes: Any) -> RunRecord:
    split = {"micro": {"f1": f1}, "macro": {"f1": f1}, "by_label": {}}
    settings: dict[str, Any] = {
        "run_id": "r-1",
        "experiment": "x",
        "seed": 0,
        "model": {"body": "bert"},
        "times": {"fit_seconds": 1.0},
        "environment": {"git_commit": "abc", "python": "3"},
        "fingerprints": {},
        "corpus": "tiny",
        "protocol": "outer",
        "method": "weak",
        "dev_labels": "gold",
        "dev_sentences": 3,
        "scores": {"test": split},
        "label_source": {},
        "counters": {},
    }
    return RunRecord(**(settings | changes))


def test_a_summary_is_what_tables_need() -> None:
    found = summary(_finished())
    assert found == {
        "run_id": "r-1",
        "corpus": "tiny",
        "protocol": "outer",
        "method": "weak",
        "dev_labels": "gold",
        "dev_sentences": 3,
        "model": {"body": "bert"},
        "parents": (),
        "times": {"fit_seconds": 1.0},
        "scores": {"test": {"micro": {"f1": 0.5}, "macro": {"f1": 0.5}}},
        "label_model": None,
        "git_commit": "abc",
    }
    weak = summary(_finished(label_model={"test": {"micro": {"f1": 0.4}, "macro": {}}}, recall_ceiling={"test": 0.7}))
    assert weak["label_model"] == {"test": {"micro": {"f1": 0.4}}}
    assert weak["recall_ceiling"] == {"test": 0.7}


def test_a_summary_keeps_what_rounds_cost_and_reached_but_not_what_was_chosen() -> None:
    one = {"round": 0, "cost": {"words": 50}, "test": {"f1": 0.5}}
    cost, prices = {"words": 50, "minutes": 2.5}, {"seconds_per_word": 3.0}
    kept = summary(_finished(cost=cost, prices=prices))
    assert (kept["cost"], kept["prices"]) == (cost, prices)
    annotated = _finished(rounds=[{**one, "epochs": 8, "chosen_ids": ["a", "b"]}])
    assert summary(annotated)["rounds"] == [one]
    assert "rounds" not in summary(_finished(rounds=[{"round": 0, "dev_micro_f1": 0.5}]))  # self-training


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[DictConfig]:
    """What ``run`` was called with; it fails for ``a=2`` with an error that no one foresees."""
    calls: list[DictConfig] = []

    def run(cfg: DictConfig) -> RunRecord:
        calls.append(cfg)
        if cfg.a == 2:
            raise ZeroDivisionError("nothing to divide")
        return _finished()

    monkeypatch.setattr(eigennamen.run, "run", run)
    return calls


def _run(study: Study, conf: Path, *extra: str, **changes: Any) -> None:
    minutes = changes.pop("minutes", 5.0)
    chosen: dict[str, Any] = {"rows": [], "columns": [], "seeds": []}
    run_missing(study, study.chosen(**(chosen | changes)), conf=conf, minutes=minutes, extra=extra)


def test_missing_runs_are_done_and_one_that_fails_does_not_lose_the_others(
    write: Write, conf: Path, ran: list[DictConfig]
) -> None:
    study = _study(write, STUDY, _record("b=10", "a=1", "seed=0", f1=0.1))
    _run(study, conf, "output_dir=elsewhere", seeds=[0])
    assert [(cfg.b, cfg.a, cfg.seed, cfg.logger, cfg.output_dir) for cfg in ran] == [
        (10, 2, 0, "none", "elsewhere"),
        ("all", 1, 0, "none", "elsewhere"),
        ("all", 2, 0, "none", "elsewhere"),
    ]
    assert ran[0].c == "x"
    lines = [json.loads(line) for line in (study.folder / "records.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line.get("error") for line in lines] == [
        None,
        "ZeroDivisionError: nothing to divide",
        None,
        "ZeroDivisionError: nothing to divide",
    ]
    assert [lines[2][key] for key in ("row", "column", "seed", "run_id")] == ["plain", "tiny, all", 0, "r-1"]
    assert scores(study)["plain", "tiny, all"] == [50.0]
    assert scores(study)["fancy", "tiny, all"] == []


def test_runs_that_failed_are_tried_again_and_finished_ones_are_not(
    write: Write, conf: Path, ran: list[DictConfig]
) -> None:
    study = _study(
        write,
        STUDY,
        {"overrides": ["b=10", "a=1", "seed=0"], "error": "OSError: disk"},
        _record("b=all", "a=1", "seed=0", f1=0.1),
    )
    _run(study, conf, rows=["plain"], columns=["tiny, 10"], seeds=[0])
    _run(study, conf, rows=["plain"], columns=["tiny, all"], seeds=[0])
    assert [(cfg.b, cfg.a) for cfg in ran] == [(10, 1)]
    assert scores(study)["plain", "tiny, 10"] == [50.0]


def _counted(folder: Path, run_id: str, *, found: int, rounds: int = 0) -> None:
    """What a run writes: two sentences, one with two gold spans, of which it found some."""
    counts = Scores(("s0", "s1"), ("PER",), np.array([[[found, found, 2]], [[0, 0, 0]]]))
    names = ["counts.parquet", *(f"rounds/{number}.parquet" for number in range(rounds))]
    for name in names:
        write_counts(folder / run_id / name, counts)


def test_counts_stand_beside_records_and_go_with_them(
    write: Write, conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = tmp_path / "outputs"
    monkeypatch.setattr(eigennamen.run, "run", lambda cfg: _finished(run_id=f"r-{cfg.a}-{cfg.b}-{cfg.seed}"))
    for a, b, seed in product((1, 2), (10, "all"), (0, 1)):
        _counted(outputs, f"r-{a}-{b}-{seed}", found=a, rounds=a)
    study = _study(write)
    path = study.folder / "counts.parquet"
    _run(study, conf, f"output_dir={outputs}", columns=["tiny, 10"], seeds=[0])
    keys = {("r-1-10-0", None), ("r-1-10-0", "0"), ("r-2-10-0", None), ("r-2-10-0", "0"), ("r-2-10-0", "1")}
    whole = read_study_counts(path)
    assert set(whole) == keys
    assert [whole["r-2-10-0", None].micro.f1, whole["r-1-10-0", "0"].micro.f1] == [1, 2 / 3]

    before = path.read_bytes()
    records = study.folder / "records.jsonl"
    records.write_text(records.read_text(encoding="utf-8").splitlines(keepends=True)[1], encoding="utf-8")
    path.unlink()
    _run(study, conf, f"output_dir={outputs}", columns=["tiny, 10"], seeds=[0])
    assert set(read_study_counts(path)) == {key for key in keys if key[0] == "r-1-10-0"}  # only what was run again
    records.unlink()
    _run(study, conf, f"output_dir={outputs}", columns=["tiny, 10"], seeds=[0])
    assert path.read_bytes() == before

    other = _study(write, STUDY.replace("a=1", "a=1, b=all"))  # the first row has other settings
    _run(other, conf, f"output_dir={outputs}", rows=["plain"], columns=["tiny, 10"], seeds=[0])
    assert {run for run, _ in read_study_counts(path)} == {"r-1-all-0", "r-2-10-0"}


def test_a_setting_that_is_not_there_is_recorded_too(write: Write, conf: Path, ran: list[DictConfig]) -> None:
    study = _study(write, STUDY.replace("a=2", "typo=2"))
    _run(study, conf, seeds=[0])
    errors = {cell.row: entry.get("error", "") for cell, entry in study.records().items()}
    assert errors["fancy"].startswith("ConfigCompositionException: Could not override 'typo'")
    assert errors["plain"] == ""
    assert len(ran) == 2


def test_no_run_is_started_after_the_time_is_over(
    write: Write, conf: Path, ran: list[DictConfig], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 10_000, 60))  # a minute passes between any two looks at it
    monkeypatch.setattr(studies, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    caplog.set_level(logging.INFO)
    _run(_study(write, STUDY.replace("a=2", "a=3")), conf, minutes=2)
    assert len(ran) == 2
    assert caplog.messages[0] == "[1/8] python train.py b=10 a=1 seed=0"
    assert caplog.messages[1] == "[2/8, about 14 min left] python train.py b=10 a=3 'c=${name}' seed=0"
    assert caplog.messages[-1] == "6 runs are left: 2 minutes are over"


def test_the_list_shows_what_is_done_failed_and_missing(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    study = _study(
        write,
        AGAINST,
        _record("b=10", "a=1", "seed=0", f1=0.1),
        {"overrides": ["b=10", "a=2", "seed=0"], "error": "ValueError: no"},
    )
    main([str(study.folder), "--list"])
    assert capsys.readouterr().out.splitlines() == [
        "done    python train.py b=10 a=1 seed=0",
        "failed  python train.py b=10 a=2 seed=0",
        "missing python train.py b=all a=1 seed=0",
        "missing python train.py b=all a=2 seed=0",
    ]
    assert not (study.folder / "table.md").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--row", "best"], "no row ['best']; there are ['plain', 'fancy']"),
        (["--seed", "7"], "no seed [7]; there are [0, 1]"),
    ],
)
def test_rows_and_seeds_that_are_not_there_are_named(
    write: Write, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([str(_study(write).folder), *arguments])
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_does_the_runs_and_writes_table_and_figure(write: Write, conf: Path, ran: list[DictConfig]) -> None:
    study = _study(write)
    main([str(study.folder), "--row", "plain", "--conf", str(conf), "output_dir=elsewhere"])
    assert [cfg.output_dir for cfg in ran] == ["elsewhere"] * 4
    assert (study.folder / "table.md").read_text(encoding="utf-8") == table(study)
    assert "| plain | 50.0 ± 0.0 | 50.0 ± 0.0 |" in table(study)
    assert {path.name for path in study.folder.iterdir()} == {
        "study.yaml",
        "records.jsonl",
        "table.md",
        "figure.pdf",
        "figure.png",
    }
