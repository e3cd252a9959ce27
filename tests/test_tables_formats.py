import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from study_files import AGAINST, STUDY, Write, record_of, study_of
from test_tables_table import counted_study

from eigennamen.tables.formats import as_csv, as_json, as_markdown
from eigennamen.tables.latex import as_latex
from eigennamen.tables.table import Table
from eigennamen.tables.words import ENGLISH, GERMAN

CAPTION = (
    "Which is better? Strict micro F1 on test in % (seqeval, mode strict, scheme IOB2), mean ± standard deviation over "
    "2 seeds, (n) where only n of them are there; "
)
RUNS = {("10", "1", 0): 0, ("10", "2", 0): 12}


def test_markdown_has_caption_protocol_numbers_and_what_is_missing(write: Write) -> None:
    study = study_of(
        write,
        STUDY,
        record_of("b=10", "a=1", "seed=0", f1=0.5),
        record_of("b=10", "a=1", "seed=1", f1=0.52),
        record_of("b=all", "a=1", "seed=1", f1=0.7, protocol="inner", labels=["LOC", "PER"]),
        record_of("b=10", "a=2", "c=${name}", "seed=0", f1=0.61),
        {"overrides": ["b=10", "a=2", "c=${name}", "seed=1"], "error": "ValueError: no"},
    )
    assert as_markdown(Table.of(study), ENGLISH) == (
        f"{CAPTION}bold: the best of its column.\n"
        "\n"
        "- tiny: inner, labels LOC, PER, dev_labels=gold\n"
        "- tiny: outer, dev_labels=gold\n"
        "\n"
        "| | tiny, 10 | tiny, all |\n"
        "|---|---:|---:|\n"
        "| plain | 51.0 ± 1.4 | 70.0 (1) |\n"
        "| fancy | **61.0 (1)** | – |\n"
        "\n"
        "4 of 8 runs are there. Failed runs: 1 (fancy, tiny, 10, seed 1). 4 of 4 runs have no counts by sentence; "
        "cells of several such runs have no interval. Not tested, since counts by sentence are missing for the best or "
        "the runner-up: tiny, 10.\n"
    )


def test_the_test_is_shown_in_either_language(write: Write) -> None:
    table = Table.of(counted_study(write, RUNS))
    english, german = (as_markdown(table, language).splitlines() for language in (ENGLISH, GERMAN))
    assert english[0] == (
        f"{CAPTION}in brackets the 95 % interval of a bootstrap over test sentences, seeds taken as they are; bold: "
        r"the best of its column; \*: better than the runner-up with adjusted p < 0.05, by approximate randomization "
        "over sentences, Holm's correction over the table, where both have the same seeds."
    )
    assert english[6:8] == ["| plain | 0.0 (1) [0.0, 0.0] | – |", r"| fancy | **100.0 (1)**\* [100.0, 100.0] | – |"]
    assert english[-1].startswith("- tiny, 10: fancy – plain +100.0, p = 0.000")
    assert german[0].startswith("Which is better? Strikte Micro-F1 auf den Testdaten in % (seqeval, Modus strict,")
    assert german[7] == r"| fancy | **100,0 (1)**\* [100,0; 100,0] | – |"
    assert german[9] == "2 von 8 Läufen liegen vor."


def test_labels_are_named_once(write: Write) -> None:
    known = {"labels": ["LOC", "PER"], "protocol": "labels PER, LOC"}
    study = study_of(write, STUDY, record_of("b=10", "a=1", "seed=0", f1=0.5, **known))
    assert as_markdown(Table.of(study), ENGLISH).splitlines()[2] == "- tiny: labels PER, LOC, dev_labels=gold"


def test_a_question_can_be_german(write: Write) -> None:
    table = Table.of(study_of(write, STUDY + "question_de: Was ist besser?\n"))
    assert as_markdown(table, GERMAN).startswith("Was ist besser? Strikte")
    assert as_markdown(table, ENGLISH).startswith("Which is better? Strict")


def _versus(points: float) -> dict[str, Any]:
    return {"versus_majority_vote": {"micro_f1_difference": points, "low": -0.002, "high": 0.03}}


def test_others_numbers_differences_and_ceilings(write: Write) -> None:
    """Also where a row has another name since it was run; differences are those of the first seed, in any order."""
    ceiling = {"recall_ceiling": {"test": 0.704}}
    study = study_of(
        write,
        AGAINST.replace("seeds: [0]", "seeds: [0, 1]"),
        record_of("b=10", "a=1", "seed=0", f1=0.5, **ceiling),
        record_of("b=10", "a=2", "seed=1", f1=0.514, **_versus(0.09)),
        record_of("b=10", "a=2", "seed=0", f1=0.514, row="once", column="small", **_versus(0.014), **ceiling),
    )
    lines = as_markdown(Table.of(study), GERMAN).splitlines()
    assert lines[6:9] == [
        "| plain | 50,0 (1) | – |",
        "| fancy | **51,4 ± 0,0** | – |",
        "| theirs (veröffentlicht) | 51,3 | – |",
    ]
    assert lines[-5:] == [
        "| | tiny | huge |",
        "|---|---:|---:|",
        "| plain | – | – |",
        "| fancy | +1,4 (-0,2 bis +3,0) | – |",
        "| höchster möglicher Recall der Funktionen | 70,4 | – |",
    ]


def test_latex_has_a_part_for_each_corpus_and_escapes_names(write: Write) -> None:
    study = counted_study(write, RUNS)
    lines = as_latex(Table.of(study), ENGLISH).splitlines()
    assert lines[1] == r"\begin{table}"
    assert lines[3].startswith(r"\caption[{Which is better?}]{Which is better? Strict micro F1 on test in \% (seqeval,")
    assert r"dev\_labels=gold.}\label{tab:" in lines[3]
    assert lines[lines.index(r"\toprule") :][:8] == [
        r"\toprule",
        r" & \multicolumn{2}{c}{tiny} \\",
        r"\cmidrule(l){2-3}",
        r" & 10 & all \\",
        r"\midrule",
        r"plain & 0.0 (1) & -- \\",
        r" & {\scriptsize [0.0, 0.0]} &  \\",
        r"fancy & \textbf{100.0 (1)}\rlap{*} & -- \\",
    ]


@pytest.mark.slow
def test_latex_compiles(write: Write, tmp_path: Path) -> None:
    if not (pdflatex := shutil.which("pdflatex")):
        pytest.skip("needs pdflatex")
    study = study_of(
        write,
        AGAINST.replace("plain:", "'100 % R&D_1, {#}~^ <$> \\':"),
        record_of("b=10", "a=2", "seed=0", f1=0.5, **_versus(0.014)),
    )
    packages = r"\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}\usepackage{booktabs,graphicx}"
    text = as_latex(Table.of(study), GERMAN)
    write("t.tex", rf"\documentclass{{article}}{packages}\begin{{document}}{text}\end{{document}}")
    command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_csv_and_json_are_numbers_with_where_they_come_from(write: Write) -> None:
    study = counted_study(write, RUNS)
    table = Table.of(study)
    p = round(table.comparisons[0].p or 0, 4)
    assert as_csv(table).splitlines() == [
        "row,column,seeds,micro_f1,deviation,low,high,best,adjusted_p,macro_f1",
        'plain,"tiny, 10",1,0.0,,0.0,0.0,0,,',
        f'fancy,"tiny, 10",1,100.0,,100.0,100.0,1,{p},',
    ]
    content = json.loads(as_json(table))
    assert content["protocols"] == [
        {"corpus": "tiny", "protocol": "outer", "labels": ["PER"], "dev_labels": "gold"},
    ]
    assert content["cells"][1]["runs"] == [
        {
            "seed": 0,
            "micro_f1": 100.0,
            "counts": True,
            "run_id": "r-10-2-0",
            "git_commit": "abc",
            "corpus": "tiny",
            "protocol": "outer",
            "dev_labels": "gold",
        }
    ]
    assert content["best_against_runner_up"][0] == {
        "column": "tiny, 10",
        "best": "fancy",
        "runner_up": "plain",
        "seeds": [0],
        "difference": 100.0,
        "adjusted_p": p,
    }
    digest = sha256((study.folder / "records.jsonl").read_bytes()).hexdigest()
    assert (content["sha256"]["records.jsonl"], len(content["sha256"])) == (digest, 3)


@pytest.mark.slow
def test_the_same_records_give_the_same_bytes_in_any_process(write: Write) -> None:
    study = counted_study(write, {**RUNS, ("10", "1", 1): 5, ("all", "1", 0): 7, ("all", "2", 0): 6})
    written = []
    for hash_seed in ("1", "2"):
        command = [sys.executable, "-m", "eigennamen.studies", str(study.folder), "--tables"]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": hash_seed}, check=True)
        tables = {path.name: path.read_bytes() for path in study.folder.glob("table.*")}
        for path in study.folder.glob("table.*"):
            path.unlink()
        written.append(tables)
    assert set(written[0]) == {"table.md", "table.tex", "table.csv", "table.json"}
    assert written[0] == written[1]


def test_a_row_is_not_called_better_by_seeds_that_are_not_all_of_its_mean(write: Write) -> None:
    runs = {("10", "1", 0): 0, ("10", "1", 1): 11, ("10", "2", 0): 12}
    table = Table.of(counted_study(write, runs))
    text = as_markdown(table, ENGLISH)
    assert "- tiny, 10: fancy – plain +100.0, p = 0.000" in text
    assert text.endswith(" (seeds that both have: 0)\n")
    assert "| fancy | **100.0 (1)** " in text  # without a star


def test_macro_f1_stands_beside_micro_f1_for_programs(write: Write) -> None:
    scores = [{"test": {"micro": {"f1": 0.5}, "macro": {"f1": value}}} for value in (0.25, 0.5)]
    records = [record_of("b=10", "a=1", f"seed={seed}", f1=0, scores=one) for seed, one in enumerate(scores)]
    (_, line) = as_csv(Table.of(study_of(write, STUDY, *records))).splitlines()
    assert line == 'plain,"tiny, 10",2,50.0,0.0,,,0,,37.5'
