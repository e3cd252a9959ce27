import json
import logging
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from error_studies import error_study, errors_of
from omegaconf import DictConfig
from study_files import AGAINST, STUDY, Write, record_of, study_of

import eigennamen.run  # takes seconds, which no test should be charged with
from eigennamen.records import RunRecord
from eigennamen.scoring import Scores, score, write_counts
from eigennamen.studies import __main__ as studies
from eigennamen.studies import runs, states
from eigennamen.studies.__main__ import main
from eigennamen.studies.counts import read_study_counts
from eigennamen.studies.errors import read_study_errors
from eigennamen.studies.grid import Study, scores
from eigennamen.studies.index import BEGIN, END
from eigennamen.studies.results import write_results
from eigennamen.studies.runs import run_missing, summary
from eigennamen.studies.sharing import Done
from eigennamen.types import Sentence, Span

CONF = "seed: 0\nname: x\na: 0\nb: 0\nc: 0\nlogger: null\noutput_dir: outputs\n"


@pytest.fixture
def conf(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (studies, runs):
        monkeypatch.setattr(module, "EXPERIMENTS", tmp_path / "experiments")  # no other study
    return Path(write("conf/config.yaml", CONF)).parent


def _finished(f1: float = 0.5, **changes: Any) -> RunRecord:
    split = {"micro": {"f1": f1}, "macro": {"f1": f1}, "labels": {}}
    settings: dict[str, Any] = {
        "run_id": "r-1",
        "experiment": "x",
        "seed": 0,
        "model": {"body": "bert"},
        "times": {"fit_seconds": 1.0},
        "environment": {"git_commit": "abc", "python": "3"},
        "fingerprints": {"config": "123456789abcdef"},
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


def test_a_summary_has_the_labels_of_the_gold_spans() -> None:
    gold = Sentence("anna", ("Anna", "in", "Ulm"), (Span(0, 1, "PER"), Span(2, 3, "LOC")))
    scores = score([gold], [gold.with_spans([Span(0, 1, "ORG")])]).as_dict()
    assert summary(_finished(scores={"test": scores}))["labels"] == ["LOC", "PER"]


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
        "fingerprints": {"config": "123456789abc"},
    }
    weak = summary(_finished(label_model={"test": {"micro": {"f1": 0.4}, "macro": {}}}, recall_ceiling={"test": 0.7}))
    assert weak["label_model"] == {"test": {"micro": {"f1": 0.4}}}
    assert weak["recall_ceiling"] == {"test": 0.7}


def test_a_summary_keeps_what_was_wrong_with_what_a_generator_wrote() -> None:
    rates = {"format_error_rate": 0.25, "unaligned_mention_rate": 0.0}
    assert summary(_finished(generation=rates))["generation"] == rates
    assert "generation" not in summary(_finished())


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
    minutes, stale = changes.pop("minutes", 5.0), changes.pop("stale", False)
    chosen: dict[str, Any] = {"rows": [], "columns": [], "seeds": []}
    run_missing(study, study.chosen(**(chosen | changes)), conf=conf, minutes=minutes, extra=extra, stale=stale)


def test_missing_runs_are_done_and_one_that_fails_does_not_lose_the_others(
    write: Write, conf: Path, ran: list[DictConfig]
) -> None:
    study = study_of(write, STUDY, record_of("b=10", "a=1", "seed=0", f1=0.1))
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


def test_a_corpus_without_gold_on_test_fails_by_name(write: Write, conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eigennamen.run, "run", lambda cfg: _finished(scores={}))
    study = study_of(write)
    _run(study, conf, columns=["tiny, 10"], rows=["plain"], seeds=[0])
    [entry] = study.records().values()
    assert "column 'tiny, 10' has no test sentences with gold" in entry["error"]


def test_an_error_that_no_one_foresees_is_logged_with_its_place(
    write: Write, conf: Path, ran: list[DictConfig], caplog: pytest.LogCaptureFixture
) -> None:
    _run(study_of(write), conf, rows=["fancy"], columns=["tiny, 10"], seeds=[0])
    assert "in run\n" in caplog.text
    assert ran


def test_runs_that_failed_are_tried_again_and_finished_ones_are_not(
    write: Write, conf: Path, ran: list[DictConfig]
) -> None:
    study = study_of(
        write,
        STUDY,
        {"overrides": ["b=10", "a=1", "seed=0"], "error": "OSError: disk"},
        record_of("b=all", "a=1", "seed=0", f1=0.1),
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
    study = study_of(write)
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

    other = study_of(write, STUDY.replace("a=1", "a=1, b=all"))  # the first row has other settings
    _run(other, conf, f"output_dir={outputs}", rows=["plain"], columns=["tiny, 10"], seeds=[0])
    runs = {"r-1-10-0", "r-1-all-0", "r-2-10-0"}
    assert {run for run, _ in read_study_counts(path)} == runs  # the old settings may come back
    lines = records.read_text(encoding="utf-8").splitlines(keepends=True)
    records.write_text("".join(line for line in lines if "r-1-" not in line), encoding="utf-8")
    _run(other, conf, f"output_dir={outputs}", rows=["plain"], columns=["tiny, 10"], seeds=[0])
    assert {run for run, _ in read_study_counts(path)} == {"r-1-all-0", "r-2-10-0"}


def test_errors_stand_beside_records_too(
    write: Write, conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eigennamen.run, "run", lambda cfg: _finished(run_id=f"r-{cfg.seed}"))
    for seed, known in enumerate([True, False]):
        (tmp_path / f"outputs/r-{seed}").mkdir(parents=True)
        if known:
            errors_of(f"r-{seed}").write(tmp_path / f"outputs/r-{seed}")
    study = study_of(write)
    _run(study, conf, f"output_dir={tmp_path / 'outputs'}", rows=["plain"], columns=["tiny, 10"])
    assert read_study_errors(study.folder / "errors.jsonl") == {"r-0": errors_of("r-0")}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["figure", "errors", "pretraining"])
def test_a_study_names_its_figures(tmp_path: Path, name: str) -> None:
    write_results(replace(error_study(tmp_path, figures=[name]), pretrained="models/eigennamen-bert-mini"))
    assert [path.stem for path in tmp_path.glob("*.png")] == [name]


def test_a_study_without_runs_has_no_figure(write: Write) -> None:
    study = study_of(write)
    write_results(study)
    assert not list(study.folder.glob("*.p*"))


def test_stale_runs_are_done_again_where_that_is_asked_for(
    write: Write, conf: Path, ran: list[DictConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "_changed", lambda finished, conf: dict.fromkeys(finished, ("config",)))
    study = study_of(write, STUDY, record_of("b=10", "a=1", "seed=0", f1=0.1))
    _run(study, conf, rows=["plain"], columns=["tiny, 10"], seeds=[0])
    assert ran == []
    _run(study, conf, rows=["plain"], columns=["tiny, 10"], seeds=[0], stale=True)
    assert [(cfg.b, cfg.a) for cfg in ran] == [(10, 1)]
    assert scores(study)["plain", "tiny, 10"] == [50.0]


def test_a_setting_that_is_not_there_is_recorded_too(write: Write, conf: Path, ran: list[DictConfig]) -> None:
    study = study_of(write, STUDY.replace("a=2", "typo=2"))
    _run(study, conf, seeds=[0])
    errors = {cell.row: entry.get("error", "") for cell, entry in study.records().items()}
    assert errors["fancy"].startswith("ConfigCompositionException: Could not override 'typo'")
    assert errors["plain"] == ""
    assert len(ran) == 2


def test_no_run_is_started_after_the_time_is_over(
    write: Write, conf: Path, ran: list[DictConfig], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 10_000, 60))  # a minute passes between any two looks at it
    monkeypatch.setattr(runs, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    caplog.set_level(logging.INFO)
    _run(study_of(write, STUDY.replace("a=2", "a=3")), conf, minutes=2)
    assert len(ran) == 2
    assert caplog.messages[0] == "[1/8] python train.py b=10 a=1 seed=0"
    assert caplog.messages[1] == "[2/8, about 14 min left] python train.py b=10 a=3 'c=${name}' seed=0"
    assert caplog.messages[-1] == "6 runs are left: the time is over"


def test_the_list_shows_what_is_not_done(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    study = study_of(
        write,
        AGAINST,
        record_of("b=10", "a=1", "seed=0", f1=0.1, times={"total_seconds": 90}),
        {"overrides": ["b=10", "a=2", "seed=0"], "error": "ValueError: no"},
    )
    main([str(study.folder), "--list"])
    assert capsys.readouterr().out.splitlines() == [
        f"{study.folder}: 1 of 4 done, 2 missing, 1 failed, about 4 min left",
        "failed     1.5 min  python train.py b=10 a=2 seed=0",
        "missing    1.5 min  python train.py b=all a=1 seed=0",
        "missing    1.5 min  python train.py b=all a=2 seed=0",
    ]
    assert not (study.folder / "table.md").exists()


def test_without_a_folder_all_studies_are_shown_and_one_that_is_broken_is_named(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"experiments: no study\.yaml in it or below"):
        main([])
    for name, text in (("one", AGAINST), ("deep/two", STUDY), ("broken", "question: Why?")):
        write(f"experiments/{name}/study.yaml", text)
    with pytest.raises(SystemExit, match=r"experiments/broken/study\.yaml: has \['question'\]; expected"):
        main([])
    assert capsys.readouterr().out.splitlines() == [
        "experiments/deep/two: 0 of 8 done, 8 missing, 0 failed, time left unknown",
        "experiments/one: 0 of 4 done, 4 missing, 0 failed, time left unknown",
    ]
    main(["one", "--list", "--row", "plain", "--column", "tiny"])  # by its name alone
    assert capsys.readouterr().out.splitlines()[1:] == ["missing      ? min  python train.py b=10 a=1 seed=0"]


@pytest.mark.slow
def test_tables_are_written_in_the_language_that_is_asked_for(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    one = record_of("b=10", "a=1", "seed=0", f1=0.125)
    study = study_of(write, AGAINST, one, one, '{"overrides": ["b=10"')
    main([str(study.folder), "--tables", "--language", "de"])
    assert {path.name for path in study.folder.iterdir()} == {
        "study.yaml",
        "records.jsonl",
        *(f"table.{suffix}" for suffix in ("md", "tex", "csv", "json")),
        "figure.pdf",
        "figure.png",
    }
    assert "| plain | 12,5 | – |" in (study.folder / "table.md").read_text(encoding="utf-8")
    message = "records that are left out: 1 not whole, 1 older than another one of the same cell"
    assert caplog.messages[-1] == f"{study.folder}: {message}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--row", "best"], "study.yaml: no row ['best']; there are ['plain', 'fancy']"),
        (["--seed", "7"], "study.yaml: no seed [7]; there are [0, 1]"),
    ],
)
def test_rows_and_seeds_that_are_not_there_are_named(write: Write, arguments: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(study_of(write).folder), *arguments])
    assert str(caught.value).endswith(message)


def test_the_studies_of_a_folder_are_done_one_after_the_other_in_one_time(
    write: Write, conf: Path, ran: list[DictConfig], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(conf.parent)
    for module in (studies, runs):
        monkeypatch.setattr(module, "EXPERIMENTS", Path("experiments"))
    monkeypatch.setattr(runs, "done_elsewhere", lambda cfg, folders: None)
    quiet = STUDY.replace("a=2", "a=3") + "figures: [errors]\n"
    for name, text in (("deep/one", quiet), ("deep/two", quiet.replace("c=", "c=two-")), ("other", "")):
        write(f"experiments/{name}/study.yaml", text)
    write("experiments/README.md", f"{BEGIN}\n{END}\n")
    clock = iter(range(0, 10_000, 60))  # a minute passes between any two looks at it
    for module in (studies, runs):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    message = r"^experiments/other/study\.yaml: has \[\]; expected"  # the index cannot be written, all else is done
    with pytest.raises(SystemExit, match=message):
        main(["deep", "--conf", str(conf), "--minutes", "12"])
    assert [len(Study.read(Path("experiments/deep") / name).records()) for name in ("one", "two")] == [8, 2]
    assert "6 runs are left: the time is over" in caplog.messages
    for name in ("one", "two"):
        assert Path("experiments/deep", name, "table.md").exists()


def test_a_run_that_another_study_has_done_is_taken_unless_force_asks_for_it(
    write: Write, conf: Path, ran: list[DictConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Done({**summary(_finished(0.25)), "run_id": "r-2"}, {})
    monkeypatch.setattr(runs, "done_elsewhere", lambda cfg, folders: known)
    study = study_of(write)
    one = {"rows": ["plain"], "columns": ["tiny, 10"], "seeds": [0]}
    _run(study, conf, **one)
    assert (ran, scores(study)["plain", "tiny, 10"]) == ([], [25.0])
    (study.folder / "records.jsonl").unlink()
    _run(study, conf, "+force=true", **one)
    assert (len(ran), scores(study)["plain", "tiny, 10"]) == (1, [50.0])


@pytest.mark.slow
def test_the_command_does_the_runs_and_writes_table_and_figure(write: Write, conf: Path, ran: list[DictConfig]) -> None:
    study = study_of(write)
    main([str(study.folder), "--row", "plain", "--conf", str(conf), "output_dir=elsewhere"])
    assert [cfg.output_dir for cfg in ran] == ["elsewhere"] * 4
    assert "| plain | 50.0 ± 0.0 | 50.0 ± 0.0 |" in (study.folder / "table.md").read_text(encoding="utf-8")
    assert {path.name for path in study.folder.iterdir()} == {
        "study.yaml",
        "records.jsonl",
        *(f"table.{suffix}" for suffix in ("md", "tex", "csv", "json")),
        "figure.pdf",
        "figure.png",
    }


def test_a_source_of_tables_starts_no_runs(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(study_of(write).folder), "--source", "wandb"])
    assert "--source says what --tables are made from; give --tables as well" in capsys.readouterr().err


def test_what_is_wrong_with_a_study_names_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(study: Study, **_: Any) -> None:
        raise ValueError("no number of rows")

    monkeypatch.setattr(studies, "write_results", broken)
    folder = study_of(write).folder
    with pytest.raises(SystemExit, match=f"{folder}: no number of rows"):
        main([str(folder), "--tables"])
