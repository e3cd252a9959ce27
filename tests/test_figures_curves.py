import math
from pathlib import Path
from typing import Any

import pytest
from curve_studies import curve_study

from eigennamen.figures import curves as curve_figures
from eigennamen.figures.curves import draw_break_even, draw_learning_curves, points_by_words
from eigennamen.learning_curves import curves_of
from eigennamen.studies.grid import Study
from eigennamen.studies.results import write_results
from eigennamen.tables.words import GERMAN


def _round(number: int | str, *, sentences: int, words: int, f1: float) -> dict[str, Any]:
    return {"round": number, "cost": {"sentences": sentences, "words": words}, "test": {"f1": f1}}


def test_learning_curves_are_means_over_seeds_by_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"plain": ["a=1"], "fancy": ["a=2"], "rules: vote": ["a=3"]}
    study = Study(tmp_path, "Why?", rows, {"tiny": ["b=1"]}, seeds=[0, 1])
    study.add(study.cells[2], {"scores": {"test": {"micro": {"f1": 0.4}}}})  # no panel for a group without curves
    start = _round("start", sentences=0, words=0, f1=0.3)  # weak labels alone: no hand label is paid for
    for seed, cell in enumerate(cell for cell in study.cells if cell.row == "plain"):
        later = _round(1, sentences=8, words=100 + 20 * seed, f1=0.6 + 0.02 * seed)
        rounds = [start, _round(0, sentences=4, words=50, f1=0.5), later]
        study.add(cell, {"scores": {"test": {"micro": {"f1": 0.6}}}, "rounds": rounds})
    curves = points_by_words(study)
    assert curves == {("plain", "tiny"): [(50, [50, 50]), (110, [60, pytest.approx(62)])], ("rules: vote", "tiny"): []}
    drawn: list[Any] = []
    monkeypatch.setattr(curve_figures, "write_figure", lambda figure, path: drawn.append(figure))
    draw_learning_curves(study, Path("nowhere"))
    (panel,) = drawn[0].axes
    (plain,) = panel.lines  # nothing is known of the second row
    assert (list(plain.get_xdata()), list(plain.get_ydata())) == ([50, 110], [50, 61])
    assert panel.get_xscale() == "log"
    band = panel.collections[0].get_paths()[0].vertices
    assert {tuple(point) for point in band[band[:, 0] == 110].round(4).tolist()} == {
        (110, round(61 - math.sqrt(2), 4)),
        (110, round(61 + math.sqrt(2), 4)),
    }


def _drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    figures: list[Any] = []
    monkeypatch.setattr(curve_figures, "write_figure", lambda figure, path: figures.append(figure))
    return figures


def test_all_labels_are_a_line_that_curves_approach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = _drawn(monkeypatch)
    draw_learning_curves(curve_study(tmp_path, group="BERT", seeds=(0,)), Path("nowhere"))
    (panel,) = drawn[0].axes
    assert panel.get_title() == "tiny, BERT"
    lines = {line.get_label(): list(line.get_ydata()) for line in panel.lines}
    expected = {"random": [20, 40, 60], "MNLP": [20, 60, 60], "after weak labels": [52, 58, 60]}
    assert lines == {name: pytest.approx(values) for name, values in {**expected, "all sentences": [60, 60]}.items()}


def test_weak_labels_have_a_height_and_a_cost_for_each_price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = _drawn(monkeypatch)
    study = curve_study(tmp_path, seeds=(0,))
    draw_break_even(study, curves_of(study, n=1), Path("nowhere"))
    (panel,) = drawn[0].axes
    random, rest, mnlp, after, height, *_ = panel.lines
    assert (list(random.get_xdata()), list(random.get_ydata())) == ([10, 100, 1000], [20, 40, 60])
    assert (list(rest.get_xdata()), list(rest.get_ydata())) == ([1000, 10_000], [60, 60])
    assert list(mnlp.get_xdata()) == [10, 100, 1000]
    assert list(after.get_xdata()) == [50, 60, 150, 1050]
    assert list(height.get_ydata()) == [50, 50]
    (points,) = panel.containers
    assert list(points.lines[0].get_xdata()) == [25, 50, 100]
    assert [text.get_text() for text in panel.texts] == ["×0.5", "×1", "×2"]
    (legend,) = drawn[0].legends
    assert [text.get_text() for text in legend.get_texts()] == ["random", "MNLP", "after weak labels", "weak labels"]
    draw_break_even(study, curves_of(study, n=1), Path("nowhere"), GERMAN)
    (panel,) = drawn[1].axes
    assert [text.get_text() for text in panel.texts] == ["×0,5", "×1", "×2"]
    assert panel.get_xlabel() == "Minuten Annotation, Dev-Labels mitgezählt"
    assert panel.xaxis.get_major_formatter()(1000, 0) == "1.000"


@pytest.mark.slow
def test_figures_are_drawn_where_the_study_is_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("here", "there"):  # the processes that draw began in the first
        (tmp_path / place / "experiments").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / place)
        write_results(curve_study(Path("experiments")))
        assert (tmp_path / place / "experiments" / "figure.png").exists()


def test_without_counts_there_is_no_curve_and_no_figure_of_one(tmp_path: Path) -> None:
    study = curve_study(tmp_path)
    (tmp_path / "counts.parquet").unlink()
    write_results(study)
    assert [path.stem for path in tmp_path.glob("*.png")] == ["figure"]


@pytest.mark.slow
def test_results_are_the_same_bytes_for_the_same_records(tmp_path: Path) -> None:
    study = curve_study(tmp_path)
    made = ("table.md", "curves.md", "curves.pdf", "curves.png", "break_even.md", "break_even.pdf", "break_even.png")
    write_results(study)
    first = {name: (tmp_path / name).read_bytes() for name in made}
    write_results(study)
    assert {name: (tmp_path / name).read_bytes() for name in made} == first
