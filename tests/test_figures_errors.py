import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.figure  # noqa: F401  takes a second, which no test should be charged with
import pytest
from error_studies import error_study

from eigennamen.figures import errors as error_figures
from eigennamen.figures.errors import error_drawings, errors_in
from eigennamen.studies.grid import ERROR_FIGURES, Study
from eigennamen.tables.words import GERMAN

Draw = Callable[..., Any]


@pytest.fixture
def draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Draw one of the figures of the made-up study; None where there is nothing to draw."""

    def draw_one(name: str, *arguments: Any) -> Any:
        drawn: dict[str, Any] = {}
        monkeypatch.setattr(error_figures, "write_figure", lambda figure, path: drawn.update({path.name: figure}))
        _draw_all(error_study(tmp_path, figures=["figure", name]), tmp_path, *arguments)
        assert set(drawn) <= {name}
        return drawn.get(name)

    return draw_one


def _draw_all(*arguments: Any) -> None:
    for draw_figure in error_drawings(*arguments):
        draw_figure()


def _points(panel: Any) -> dict[str, tuple[list[float], list[float]]]:
    """Where the marks of each row are."""
    lines = {one.get_label(): one.lines[0] for one in panel.containers}
    return {row: (list(line.get_xdata()), list(line.get_ydata())) for row, line in lines.items()}


def test_errors_are_by_column_and_row_and_missing_ones_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    study = error_study(tmp_path, figures=())
    caplog.set_level(logging.WARNING)
    found = {
        column: {row: [one.run_id for one in runs] for row, runs in by_row.items()}
        for column, by_row in errors_in(study).items()
    }
    assert found == {"tiny": {"plain": ["plain-tiny-0", "plain-tiny-1"], "fancy": ["fancy-tiny-0"]}}
    names = "plain, huge, seed 0; fancy, huge, seed 0; plain, huge, seed 1"
    assert caplog.messages == [f"{tmp_path}: runs without an analysis of errors, left out: {names}"]
    caplog.clear()
    only = Study(tmp_path, study.question, study.rows, study.columns, study.seeds, error_columns=["tiny"])
    assert list(errors_in(only)) == ["tiny"]
    assert caplog.messages == []


def test_f1_by_class(draw: Draw) -> None:
    figure = draw("errors")
    panels = {panel.get_xlabel(): panel for panel in figure.axes}
    names = {key: [label.get_text() for label in panel.get_xticklabels()] for key, panel in panels.items()}
    assert names == {
        "label": ["LOC", "PER"],
        "mention was in training": ["seen", "unseen"],
        "words in the mention": ["1", "2"],
        "words in the sentence": ["1–10"],
    }
    left, right = -0.175, 0.175
    assert _points(panels["label"]) == {
        "plain": ([left, 1 + left], [50, 100]),  # LOC: nothing of seed 0, all of seed 1
        "fancy": ([right, 1 + right], [0, pytest.approx(200 / 3)]),
    }
    assert _points(panels["mention was in training"])["plain"][1] == [100, 50]
    assert _points(panels["words in the mention"])["fancy"][1] == [100, 0]
    assert _points(panels["words in the sentence"])["plain"][1] == [pytest.approx((200 / 3 + 100) / 2)]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["plain", "fancy"]


def test_words_are_german_where_that_is_asked_for(draw: Draw) -> None:
    panels = draw("errors", GERMAN).axes
    assert [panel.get_xlabel() for panel in panels][:2] == ["Klasse", "Nennung kam im Training vor"]
    assert [label.get_text() for label in panels[1].get_xticklabels()] == ["gesehen", "ungesehen"]
    (panel,) = draw("reliability", GERMAN).axes
    assert "plain: ECE 25,0" in [text.get_text() for text in panel.get_legend().get_texts()]


def test_confusions_are_means_over_seeds(draw: Draw) -> None:
    plain, fancy = draw("confusion").axes
    assert plain.get_title() == "tiny\nplain"
    numbers = [text.get_text() for text in plain.texts]
    # LOC: right once, missed once; PER: right twice; nothing is spurious; half a span is rounded to even
    assert numbers == ["0", "0", "0", "0", "1", "0", "0", "0"]
    assert [text.get_text() for text in fancy.texts] == ["0", "1", "0", "0", "1", "0", "0", "0"]
    assert plain.images[0].get_array().tolist() == [[0.5, 0, 0.5], [0, 1, 0], [0, 0, 0]]
    assert [label.get_text() for label in plain.get_xticklabels()] == ["LOC", "PER", "missed"]
    assert [label.get_text() for label in plain.get_yticklabels()] == ["LOC", "PER", "spurious"]


def test_boundaries_are_f1_in_four_schemes(draw: Draw) -> None:
    (panel,) = draw("boundaries").axes
    assert [label.get_text() for label in panel.get_yticklabels()] == ["plain", "fancy"]
    plain = (200 / 3 + 100) / 2
    expected = {
        "strict: bounds and label": [plain, 50],
        "exact: bounds, any label": [plain, 100],
        "partial: overlap counts half, any label": [plain, 100],
        "type: overlap and label": [plain, 50],
    }
    assert {name: pytest.approx(x) for name, (x, _) in _points(panel).items()} == expected


def test_reliability_adds_up_seeds_and_leaves_small_bins_out(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_figures, "_FEW", 3)
    (panel,) = draw("reliability").axes
    diagonal, plain, _, fancy, _ = panel.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 100]
    assert (list(plain.get_xdata()), list(plain.get_ydata())) == ([75], [100])  # three spans, all right
    assert list(fancy.get_xdata()) == []  # two spans
    legend = [text.get_text() for text in panel.get_legend().get_texts()]
    assert legend == ["plain: ECE 25.0", "fancy: ECE 25.0"]


def test_labeling_functions_stand_where_they_say_something(draw: Draw) -> None:
    (panel,) = draw("labeling_functions").axes
    assert panel.get_title() == "tiny"  # all runs have the same functions
    points = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in panel.lines}
    assert points == {"LOC": ([50], [75]), "several labels": ([25], [50]), "votes against only": ([1], [100])}
    assert [text.get_text() for text in panel.texts] == ["towns", "names"]  # two wrong votes each


def test_training_has_a_line_for_each_run(draw: Draw) -> None:
    dev, loss = draw("training").axes
    assert [line.get_label() for line in loss.lines] == ["plain", "plain", "fancy"]
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in dev.lines] == [([2], [50])] * 3
    assert list(loss.lines[0].get_ydata()) == [2, 0.25]
    assert loss.get_yscale() == "log"


def test_nothing_is_drawn_without_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_figures, "write_figure", lambda figure, path: pytest.fail("something is drawn"))
    _draw_all(Study(tmp_path, "Why?", {"a": []}, {"b": []}, [0], figures=ERROR_FIGURES), tmp_path)


@pytest.mark.slow
def test_figures_are_the_same_bytes_for_the_same_analyses(tmp_path: Path) -> None:
    study = error_study(tmp_path, figures=ERROR_FIGURES)
    names = [f"{name}.{suffix}" for name in ERROR_FIGURES for suffix in ("pdf", "png")]
    _draw_all(study, tmp_path)
    first = {name: (tmp_path / name).read_bytes() for name in names}
    _draw_all(study, tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in names} == first
