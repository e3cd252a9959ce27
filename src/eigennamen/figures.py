"""Figures from records, each as PDF and PNG."""

from pathlib import Path
from typing import Any

from eigennamen.records import PretrainingRecord


def draw_curve(record: PretrainingRecord, path: Path) -> None:
    """Loss and held-out accuracy of a pretraining over its steps, written to ``path`` with both suffixes."""
    from matplotlib.figure import Figure  # here: most runs draw nothing

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    loss = figure.subplots()
    steps = [point["step"] for point in record.curve]
    loss.plot(steps, [point["train_loss"] for point in record.curve], color="0.6", label="loss in training")
    loss.plot(steps, [point["held_out_loss"] for point in record.curve], color="C0", marker="o", label="loss, held out")
    loss.set_xlabel("steps")
    loss.set_ylabel("cross-entropy (nats)")
    right = loss.twinx()
    accuracy = [100 * point["held_out_accuracy"] for point in record.curve]
    right.plot(steps, accuracy, color="C1", linestyle="--", marker="s", label="right, held out")
    right.set_ylabel("hidden sub-words guessed right (%)")
    right.set_ylim(bottom=0)
    loss.set_title(record.run_id, fontsize="medium")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    write_figure(figure, path)


def write_figure(figure: Any, path: Path) -> None:
    """``path.pdf`` and ``path.png``, without dates: the same records give the same bytes."""
    figure.savefig(path.with_suffix(".pdf"), metadata={"CreationDate": None})
    figure.savefig(path.with_suffix(".png"), dpi=150)
