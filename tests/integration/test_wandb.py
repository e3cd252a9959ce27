"""Runs that were tracked offline are uploaded, and the tables made from the server are those of the records.

The server is a local stand-in; the client is the real one.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb
from study_files import Write
from wandb_server import ENTITY, Server, wandb_server

from eigennamen.studies import wandb_source
from eigennamen.studies.__main__ import main
from eigennamen.studies.grid import Study
from eigennamen.studies.records import RECORDS
from eigennamen.studies.results import write_tables
from eigennamen.studies.runs import run_missing
from eigennamen.studies.wandb_source import from_wandb
from eigennamen.wandb_sync import sync

CONF = Path(__file__).parents[2] / "conf"
STUDY = """
question: Which vote is better?
seeds: [0, 1]
rows:
  majority vote: [label_model=majority_vote]
  weighted vote: [label_model=weighted_vote]
columns:
  mini: [+experiment=rules, corpus.n_train=60, corpus.n_dev=20, corpus.n_test=40]
"""
MADE = [RECORDS, "counts.parquet", *(f"table.{suffix}" for suffix in ("md", "tex", "csv", "json"))]
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # wandb's own dependencies warn in many ways


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("WANDB_API_KEY", "a" * 40)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.chdir(tmp_path)
    with wandb_server() as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        wandb.teardown()  # W&B reads its environment once
        yield server
        wandb.teardown()


def run(study: Study, outputs: Path, *settings: str) -> None:
    tracked = ["logger=wandb", "logger.mode=offline", f"output_dir={outputs}"]
    run_missing(study, study.cells, conf=CONF, minutes=10, extra=[*tracked, *settings])


def test_both_sources_give_the_same_bytes(
    server: Server, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    study = Study.read(Path(write("experiments/votes/study.yaml", STUDY)).parent)
    outputs = tmp_path / "outputs"
    run(study, outputs)
    assert sync(outputs) == f"{outputs}: 4 runs uploaded; 0 had been before"
    assert sync(outputs) == f"{outputs}: nothing to upload; 4 offline runs, all uploaded"
    write_tables(study)

    monkeypatch.setattr(wandb_source, "PER_PAGE", 3)
    caplog.set_level(logging.INFO)
    found = from_wandb(study, project="eigennamen", folder=tmp_path / "wandb")
    assert found is not None
    write_tables(found)
    assert [(found.folder / name).read_bytes() for name in MADE] == [(study.folder / n).read_bytes() for n in MADE]
    assert [variables.get("cursor") for name, variables in server.asked if name == "Runs"] == [None, "3"]
    assert "votes: 4 of 4 cells are in the W&B project eigennamen" in caplog.text
    grouped = [{key: one["value"] for key, one in run.items()} for run in map(server.config, server.runs)]
    assert {(one["study"], one["method"], one["corpus"]) for one in grouped} == {("votes", "weak", "mini")}
    assert sorted(one["seed"] for one in grouped) == [0, 0, 1, 1]

    server.runs["without-a-record"] = {**next(iter(server.runs.values())), "files": {}}
    server.runs["of-other-settings"] = {**next(iter(server.runs.values())), "config": '{"study": {"value": "votes"}}'}
    n_downloads = len([name for name, _ in server.asked if name == "RunFiles"])
    main(["experiments/votes", "--tables", "--source", "wandb", "--project", f"{ENTITY}/eigennamen"])
    assert "left out: 1 runs of other settings than any cell's" in caplog.text
    assert "left out: 1 runs without a record" in caplog.text
    mirror = tmp_path / "outputs" / "wandb" / ENTITY / "eigennamen" / "experiments" / "votes"
    assert (mirror / "table.md").read_bytes() == (study.folder / "table.md").read_bytes()
    assert len([name for name, _ in server.asked if name == "RunFiles"]) == n_downloads + 5


def test_the_run_that_ended_last_counts(
    server: Server, write: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = STUDY.replace("[0, 1]", "[0]").replace("  weighted vote: [label_model=weighted_vote]\n", "")
    study = Study.read(Path(write("experiments/votes/study.yaml", text)).parent)
    for name in ("first", "second"):
        (study.folder / RECORDS).unlink(missing_ok=True)
        run(study, tmp_path / name)
    for name in ("second", "first"):  # the older one reaches the server last
        sync(tmp_path / name)
    caplog.set_level(logging.INFO)
    found = from_wandb(study, project="eigennamen", folder=tmp_path / "wandb")
    assert found is not None
    assert (found.folder / RECORDS).read_bytes() == (study.folder / RECORDS).read_bytes()
    assert "1 runs are older than another one of the same cell" in caplog.text


def test_a_project_that_is_not_there_is_named(server: Server, write: Write, tmp_path: Path) -> None:
    study = Study.read(Path(write("experiments/votes/study.yaml", STUDY)).parent)
    with pytest.raises(ValueError, match="W&B project nothing: cannot be read"):
        from_wandb(study, project="nothing", folder=tmp_path)


def test_a_server_that_does_not_answer_is_named(server: Server, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    wandb.teardown()
    folder = Path(write("outputs/r/wandb/offline-run-1/run-1.wandb", "")).parents[3]
    with pytest.raises(ConnectionError, match=r"http://127.0.0.1:9: the W&B server does not answer"):
        sync(folder)


def test_without_a_key_nothing_is_asked(server: Server, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_API_KEY")
    wandb.teardown()
    folder = Path(write("outputs/r/wandb/offline-run-1/run-1.wandb", "")).parents[3]
    with pytest.raises(ValueError, match="no API key for the W&B server"):
        sync(folder)
    assert not server.asked
