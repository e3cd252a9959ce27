from pathlib import Path

import pytest
from study_files import AGAINST, STUDY, Write, record_of, study_of

from eigennamen.scoring import score
from eigennamen.studies.cells import Cell
from eigennamen.studies.counts import COUNTS, read_study_counts, write_study_counts
from eigennamen.studies.grid import Study, scores
from eigennamen.types import Sentence, Span

ANNA = Sentence("anna", ("Anna",), (Span(0, 1, "PER"),))
FOUND = score([ANNA], [ANNA])


def test_cells_are_every_row_and_column_seed_by_seed(write: Write) -> None:
    cells = study_of(write).cells
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
        (STUDY.replace("plain: [a=1]", "plain:"), r"rows has 'plain': None; expected a name.* or \[\] for none"),
        (STUDY.replace("plain: [a=1]", "plain: a=1"), r"rows has 'plain': 'a=1'; expected a name"),
        (STUDY.replace("plain: [a=1]", "50: [a=1]"), r"rows has 50: .* expected a name, in quotes if it is a number"),
        (STUDY + "published: [1]", r"has published as \[1\]; expected"),
        ("- a list", r"has \[\]; expected"),
        ("", r"has \[\]; expected"),
        (AGAINST.replace("versus_majority_vote", "versus_us"), "against is 'versus_us'; expected one of"),
        (
            AGAINST.replace("tiny: 51.26", "tine: 51.26"),
            r"published has \['tine'\]; the columns are \['tiny', 'huge'\]",
        ),
        (STUDY + "error_columns: [tiny]", r"error_columns has \['tiny'\]; the columns are \['tiny, 10', 'tiny, all'\]"),
        (STUDY + "figures: [figure, pie]", r"figures has \['pie'\]; there are \['figure', 'curves', 'break_even', "),
        (STUDY + "baseline: plane", r"names the rows \['plane'\]; the rows are \['plain', 'fancy'\]"),
        (STUDY + "full: all\nbreak_even: [plain, weak]", r"names the rows \['all', 'weak'\]; the rows are"),
    ],
)
def test_a_study_that_is_not_whole_is_named(write: Write, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"study\.yaml: .*" + message):
        study_of(write, text)


def test_a_study_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere.study\.yaml: not there; expected the folder of a study"):
        Study.read(tmp_path / "nowhere")


def test_the_newest_record_counts_and_those_of_other_settings_do_not(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    study = study_of(
        write,
        STUDY,
        record_of("b=10", "a=1", "seed=1", f1=0.3),
        '{"overrides": ["b=10", "a=1", "se',
        '["a list"]',
        '{"row": "plain"}',
        record_of("b=10", "a=1", "seed=0", f1=0.1),
        record_of("b=10", "a=9", "seed=0", f1=0.9),
        record_of("b=10", "a=1", "seed=0", f1=0.2),
    )
    read = study.read_records()
    assert (read.n_broken, read.n_older, read.n_foreign) == (3, 1, 1)
    assert (
        read.left_out == "3 not whole, 1 older than another one of the same cell, 1 of other settings than any cell's"
    )
    found = study.records()
    assert [(cell.row, cell.column, cell.seed) for cell in found] == [
        ("plain", "tiny, 10", 0),
        ("plain", "tiny, 10", 1),
    ]
    assert scores(study)["plain", "tiny, 10"] == [20.0, 30.0]
    path = study.folder / "records.jsonl"
    assert caplog.messages == [f"{path}:{line}: not a whole record, left out" for line in (2, 3, 4)]


def test_without_records_nothing_is_known(write: Write) -> None:
    study = study_of(write)
    assert study.records() == {}
    assert set(map(len, scores(study).values())) == {0}


def test_a_run_that_failed_before_is_no_older_record(write: Write) -> None:
    failed = {"overrides": ["b=10", "a=1", "seed=0"], "error": "OSError: disk"}
    study = study_of(write, STUDY, failed, record_of("b=10", "a=1", "seed=0", f1=0.5))
    assert (len(study.records()), study.read_records().left_out) == (1, "")


def test_an_attempt_that_failed_does_not_hide_what_was_finished_before(write: Write) -> None:
    failed = {"overrides": ["b=10", "a=1", "seed=0"], "error": "OSError: disk"}
    study = study_of(write, STUDY, record_of("b=10", "a=1", "seed=0", f1=0.5), failed)
    assert scores(study)["plain", "tiny, 10"] == [50.0]
    assert study.read_records().left_out == ""


def test_counts_stay_as_long_as_a_record_speaks_of_them(write: Write) -> None:
    study = study_of(write, STUDY, record_of("b=10", "a=9", "seed=0", f1=0.5, run_id="r-of-a-row-taken-out"))
    first, second, *_ = study.cells
    write_study_counts(study.folder / COUNTS, {("r-of-a-row-taken-out", None): FOUND})
    result = {name: value for name, value in record_of(f1=0.5).items() if name != "overrides"}
    study.add(first, {**result, "run_id": "r-1"}, {("r-1", None): FOUND})
    study.add(first, {"error": "OSError: disk"})
    study.add(second, {**result, "run_id": "r-2"}, {("r-2", None): FOUND})
    assert {run for run, _ in read_study_counts(study.folder / COUNTS)} == {"r-of-a-row-taken-out", "r-1", "r-2"}
    study.add(first, {**result, "run_id": "r-3"}, {("r-3", None): FOUND})
    assert {run for run, _ in read_study_counts(study.folder / COUNTS)} == {"r-of-a-row-taken-out", "r-2", "r-3"}


def test_a_last_line_without_its_end_is_not_glued_to_the_next(write: Write) -> None:
    study = study_of(write, STUDY, record_of("b=10", "a=1", "seed=0", f1=0.5))
    path = study.folder / "records.jsonl"
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")  # as some editors leave it
    study.add(study.cells[1], {name: value for name, value in record_of(f1=0.7).items() if name != "overrides"})
    assert list(study.records()) == study.cells[:2]


def test_a_record_without_a_score_on_test_is_not_whole(write: Write) -> None:
    assert study_of(write, STUDY, {"overrides": ["b=10", "a=1", "seed=0"], "scores": {}}).read_records().n_broken == 1


def test_choices_that_are_not_in_the_configuration_are_all_named_before_anything_is_run(write: Write) -> None:
    for name in ("experiment/rules", "module/body/bert", "module/body/bilstm"):
        conf = Path(write(f"conf/{name}.yaml", "")).parents[name.count("/")]
    text = """
question: Which?
seeds: [0]
rows:
  good: ["module/body=bert", "a=${name}", "budgets=[1,2]", label_model=unknown]
  bad: [module/body=gru, +experiment=rule]
columns: {tiny: [+experiment=rules, b=bert, module/body@x=null]}
"""
    with pytest.raises(ValueError, match=r"study\.yaml: names what is not there") as caught:
        study_of(write, text).check_names(conf)
    assert str(caught.value).splitlines()[1:] == [
        f"row 'bad': module/body=gru: {conf / 'module/body'} has no gru.yaml; there are ['bert', 'bilstm']",
        f"row 'bad': +experiment=rule: {conf / 'experiment'} has no rule.yaml; there are ['rules']",
    ]
    study_of(write, STUDY).check_names(conf)
