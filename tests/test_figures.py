"""Figures are the same bytes for the same record."""

import math
from pathlib import Path

import pytest

from eigennamen.figures import draw_curve
from eigennamen.records import PretrainingRecord

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
    draw_curve(_record(POINT), tmp_path / "curve")
    assert (tmp_path / "curve.png").read_bytes() != first["curve.png"]
