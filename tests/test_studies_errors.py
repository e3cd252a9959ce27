import json
import logging
from pathlib import Path

import pytest
from error_studies import error_study, errors_of

from eigennamen.studies.errors import Epoch, RunErrors, add_errors, read_study_errors
from eigennamen.types import Span

ONE = errors_of("one", Span(0, 1, "PER"), epochs=[Epoch(None, 2.0), Epoch(0.5, None)], functions=True)
TWO = errors_of("two", functions=True)
THREE = errors_of("three")


def test_the_errors_of_a_run_are_kept_in_its_folder(tmp_path: Path) -> None:
    assert RunErrors.read(tmp_path) is None
    ONE.write(tmp_path)
    assert RunErrors.read(tmp_path) == ONE


def test_errors_of_another_version_are_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for text in ('{"version": 0}', '{"version": 1}', '{"ver'):
        (tmp_path / "errors.json").write_text(text, encoding="utf-8")
        assert RunErrors.read(tmp_path) is None
    assert "not a readable analysis (version 0, expected 1); python -m eigennamen.errors" in caplog.messages[0]
    assert "('run_id')" in caplog.messages[1] or "('labeling_functions')" in caplog.messages[1]
    assert "Unterminated string" in caplog.messages[2]


def test_a_study_has_a_line_for_each_run_and_functions_once(tmp_path: Path) -> None:
    path = tmp_path / "errors.jsonl"
    add_errors(path, {"two": TWO, "three": THREE}, keep={"one", "two", "three"})
    add_errors(path, {"one": ONE}, keep={"one", "two", "three"})
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["run_id"] for line in lines] == ["one", "three", "two"]
    assert [line["labeling_functions"] for line in lines[1:]] == [[], "one"]
    assert lines[0]["labeling_functions"][0] == ["towns", ["LOC"], 8, 0.5, 0.75]
    assert read_study_errors(path) == {"one": ONE, "two": TWO, "three": THREE}

    before = path.read_bytes()
    add_errors(path, {"three": THREE}, keep={"one", "two", "three"})
    assert path.read_bytes() == before
    add_errors(path, {}, keep={"two"})  # what the others did goes on being known
    assert read_study_errors(path) == {"two": TWO}


def test_lines_that_are_not_whole_are_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "errors.jsonl"
    assert read_study_errors(path) == {}
    add_errors(path, {"one": ONE, "three": THREE, "two": TWO}, keep={"one", "two", "three"})
    first, second, third = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([first[:-9], second, third, first.replace('"version":1', '"version":9')]), encoding="utf-8"
    )
    caplog.set_level(logging.WARNING)
    assert read_study_errors(path) == {"three": THREE}  # the functions of "two" stood in the line of "one"
    places = [message.partition(": left out")[0] for message in caplog.messages]
    assert places == [f"{path}:{number}" for number in (1, 3, 4)]
    assert "(version 9, expected 1)" in caplog.messages[2]


def test_a_study_keeps_only_what_its_records_speak_of(tmp_path: Path) -> None:
    study = error_study(tmp_path, figures=())
    path = tmp_path / "errors.jsonl"
    ids = {"plain-tiny-0", "plain-tiny-1", "fancy-tiny-0"}
    assert set(read_study_errors(path)) == ids
    assert study.add_errors({"plain-huge-0": errors_of("plain-huge-0"), "foreign": errors_of("foreign")}) == 1
    assert set(read_study_errors(path)) == {*ids, "plain-huge-0"}
    again = {"run_id": "other", "scores": {"test": {"micro": {"f1": 0.5}}}}
    study.add(study.cells[0], again, errors=errors_of("other"))
    assert set(read_study_errors(path)) == {*ids - {"plain-tiny-0"}, "plain-huge-0", "other"}
