import json
import logging
from pathlib import Path

import pytest
from error_studies import error_study
from finished_runs import finished_run
from omegaconf import OmegaConf

from eigennamen.errors.__main__ import main
from eigennamen.studies.errors import RunErrors, read_study_errors


def test_the_command_names_what_it_leaves_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    study = error_study(tmp_path, figures=("figure",))
    (tmp_path / "study.yaml").write_text(
        OmegaConf.to_yaml(
            {"question": "Which?", "rows": dict(study.rows), "columns": dict(study.columns), "seeds": [0, 1]}
        ),
        encoding="utf-8",
    )
    whole, foreign = finished_run(tmp_path, "plain-huge-0"), finished_run(tmp_path, "foreign")
    older, broken, unpredicted = (finished_run(tmp_path, name) for name in ("older", "broken", "unpredicted"))
    state = json.loads((older / "record.json").read_text(encoding="utf-8"))
    (older / "record.json").write_text(json.dumps(state | {"version": 0}), encoding="utf-8")
    (broken / "record.json").write_text('{"run_id": "bro', encoding="utf-8")
    (unpredicted / "predictions.jsonl").unlink()
    caplog.set_level(logging.INFO)
    folders = [whole, older, broken, unpredicted, tmp_path / "nothing", foreign]
    with pytest.raises(SystemExit) as caught:
        main([*map(str, folders), "--study", str(tmp_path)])
    problems = str(caught.value).splitlines()
    assert [problem.split(": ")[1] for problem in problems] == [
        f"{older / 'record.json'}",
        f"{broken / 'record.json'}",
        f"{unpredicted / 'predictions.jsonl'}",
        f"{tmp_path / 'nothing' / 'record.json'}",
    ]
    assert "version 0, expected 1" in problems[0]
    assert capsys.readouterr().out == f"{tmp_path}: 1 of 2 analyses belong to its records\n"
    assert read_study_errors(tmp_path / "errors.jsonl")["plain-huge-0"] == RunErrors.read(whole)
    assert RunErrors.read(foreign) is not None
