"""Figures are the same bytes for the same record."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from eigennamen.figures import drawing as figures
from eigennamen.figures.drawing import draw_curve, draw_study
from eigennamen.records import PretrainingRecord
from eigennamen.studies.grid import Study
from eigennamen.tables.words import GERMAN

POINT = {"step": 10, "subwords": 100, "train_loss": 3.0, "held_out_loss": 2.5, "held_out_accuracy": 0.25}


def _record(*points: dict[str, float]) -> PretrainingRecord:
    empty: dict[str, dict[str, str]] = {
        name: {} for name in ("model", "environment", "fingerprints", "text", "training")
    }
    return PretrainingRecord(
        run_id="mlm-text-0-abc", experiment="mlm", seed=0, times={}, objective="mlm", curve=points, **empty
    )


@pytest.mark.slow
def test_a_curve_is_drawn_as_pdf_and_png_and_the_same_again(tmp_path: Path) -> None:
    record = _record(POINT, {**POINT, "step": 20, "train_loss": math.nan})
    draw_curve(record, tmp_path / "curve")
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert first["curve.pdf"].startswith(b"%PDF")
    assert first["curve.png"].startswith(b"\x89PNG")
    draw_curve(record, tmp_path / "curve")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
    draw_curve(record, tmp_path / "german", GERMAN)
    assert (tmp_path / "german.png").read_bytes() != first["curve.png"]
    draw_curve(_record(POINT), tmp_path / "curve")
    assert (tmp_path / "curve.png").read_bytes() != first["curve.png"]


STUDY = Study(
    Path(),
    "Which is better?",
    rows={"plain": ["a=1"], "fancy": ["a=2"]},
    columns={"tiny, 10": ["b=10"], "tiny, all": ["b=all"], "tiny, weak": ["b=weak"], "huge, 10": ["c=10"]},
    seeds=[0, 1],
)


def _write_records(folder: Path) -> Study:
    """All runs of the first row, 10 % in the first column and 10 points more in each, a point more with seed 1."""
    study = Study(folder, STUDY.question, STUDY.rows, STUDY.columns, STUDY.seeds)
    places = list(study.columns)
    for cell in study.cells:
        if cell.row == "plain":
            f1 = 0.1 * (1 + places.index(cell.column)) + 0.01 * cell.seed
            study.add(cell, {"scores": {"test": {"micro": {"f1": f1}}}})
    return study


def _panels(study: Study, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    drawn: list[Any] = []
    monkeypatch.setattr(figures, "write_figure", lambda figure, path: drawn.append(figure))
    draw_study(study, Path("nowhere"))
    return list(drawn[0].axes)


def _line(container: Any) -> tuple[str, list[float], list[float]]:
    """Style and points of what a row's means are drawn with."""
    line = container.lines[0]
    return line.get_linestyle(), list(line.get_xdata()), list(line.get_ydata())


def test_budgets_are_joined_and_others_stand_for_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny, huge = _panels(_write_records(tmp_path), monkeypatch)
    assert (tiny.get_title(), huge.get_title()) == ("tiny", "huge")
    assert [label.get_text() for label in tiny.get_xticklabels()] == ["10", "all", "weak"]
    budgets, alone, *others = tiny.containers
    aside = -0.03  # the first of two rows
    assert _line(budgets) == ("-", [aside, 1 + aside], pytest.approx([10.5, 20.5]))
    assert _line(alone) == ("None", [2 + aside], pytest.approx([30.5]))
    assert [_line(one)[1:] for one in others] == [([], []), ([], [])]  # nothing is known of the second row
    assert _line(huge.containers[0])[2] == pytest.approx([40.5])
    (interval,) = alone.lines[2][0].get_segments()
    deviation = math.sqrt(0.5)  # of 30 and 31
    assert interval[:, 1] == pytest.approx([30.5 - deviation, 30.5 + deviation])


def test_words_are_german_where_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(figures, "write_figure", lambda figure, path: drawn.append(figure))
    draw_study(_write_records(tmp_path), Path("nowhere"), GERMAN)
    assert drawn[0].axes[0].get_ylabel() == "strikte Micro-F1 auf den Testdaten (%)"


def test_one_seed_has_no_interval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study(tmp_path, "Why?", {"plain": ["a=1"]}, {"tiny": ["b=1"]}, seeds=[0])
    study.add(study.cells[0], {"scores": {"test": {"micro": {"f1": 0.5}}}})
    (panel,) = _panels(study, monkeypatch)
    (interval,) = panel.containers[1].lines[2][0].get_segments()
    assert interval[:, 1] == pytest.approx([50, 50])
    assert [label.get_text() for label in panel.get_xticklabels()] == ["tiny"]


def test_many_rows_have_a_line_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {f"{'ab'[i > 5]}: {i}": [f"a={i}"] for i in range(9)}
    study = Study(tmp_path, "Why?", rows, {"tiny": ["b=1"], "huge": ["b=2"]}, seeds=[0, 1])
    for cell in study.cells:
        if cell.row in ("a: 2", "b: 8") and cell.column == "tiny":
            study.add(cell, {"scores": {"test": {"micro": {"f1": 0.2 + 0.1 * cell.seed}}}})
    tiny, huge = _panels(study, monkeypatch)
    assert [label.get_text() for label in tiny.get_yticklabels()] == list(rows)
    assert [_line(one) for one in tiny.containers] == [("None", [pytest.approx(25)], [place]) for place in (2, 8)]
    assert len({one.lines[0].get_color() for one in tiny.containers}) == 2  # groups differ
    assert not huge.containers


@pytest.mark.slow
def test_a_study_is_drawn_as_pdf_and_png_and_the_same_again(tmp_path: Path) -> None:
    study = _write_records(tmp_path)
    draw_study(study, tmp_path / "figure")
    first = {suffix: (tmp_path / f"figure.{suffix}").read_bytes() for suffix in ("pdf", "png")}
    assert first["pdf"].startswith(b"%PDF")
    assert first["png"].startswith(b"\x89PNG")
    draw_study(study, tmp_path / "figure")
    assert {suffix: (tmp_path / f"figure.{suffix}").read_bytes() for suffix in first} == first
    entry = json.loads((tmp_path / "records.jsonl").read_text(encoding="utf-8").splitlines()[0])
    study.add(study.cells[0], {**entry, "scores": {"test": {"micro": {"f1": 0.9}}}})
    draw_study(study, tmp_path / "figure")
    assert (tmp_path / "figure.png").read_bytes() != first["png"]
