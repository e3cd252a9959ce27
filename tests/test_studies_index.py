import json
from pathlib import Path

import pytest
from study_files import STUDY, Write, record_of

from eigennamen.studies.__main__ import main
from eigennamen.studies.index import BEGIN, END, index, write_index

EXPERIMENTS = Path(__file__).parent.parent / "experiments"
HEAD = "| question | study | runs done | minutes measured | command | results |\n|---|---|---:|---:|---|---|\n"


def test_a_line_has_question_runs_minutes_command_and_what_is_there(write: Write, tmp_path: Path) -> None:
    write("all/deep/one/study.yaml", STUDY)
    write("all/deep/README.md", "")
    write("all/deep/one/break_even.md", "")
    done = [record_of("b=10", "a=1", f"seed={seed}", f1=0.5, times={"total_seconds": 45}) for seed in (0, 1)]
    failed = {"overrides": ["b=all", "a=1", "seed=0"], "error": "ValueError: no"}
    write("all/deep/one/records.jsonl", "".join(json.dumps(one) + "\n" for one in (*done, failed)))
    line = "| Which is better? | [deep/one](deep/README.md) | 2 of 8 | 2 | `make study STUDY=deep/one` |"
    assert index(tmp_path / "all") == f"{HEAD}{line} [break even](deep/one/break_even.md) |"


def test_only_what_is_between_the_marks_is_written_anew(write: Write, tmp_path: Path) -> None:
    write("all/one/study.yaml", STUDY)
    path = Path(write("all/README.md", f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n"))
    write_index(tmp_path / "all")
    assert path.read_text(encoding="utf-8") == f"Before.\n{BEGIN}\n\n{index(tmp_path / 'all')}\n\n{END}\nAfter.\n"
    path.write_text("No marks.\n", encoding="utf-8")
    write_index(tmp_path / "all")
    assert path.read_text(encoding="utf-8") == "No marks.\n"


def test_tables_bring_the_index_up_to_date(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("experiments/one/study.yaml", STUDY)
    readme = Path(write("experiments/README.md", f"{BEGIN}\n{END}\n"))
    main(["one", "--list"])
    assert readme.read_text(encoding="utf-8") == f"{BEGIN}\n{END}\n"
    main(["one", "--tables"])
    assert "[table](one/table.md)" in readme.read_text(encoding="utf-8")


def test_the_committed_index_is_up_to_date() -> None:
    text = (EXPERIMENTS / "README.md").read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == index(EXPERIMENTS), "make tables writes it anew"
