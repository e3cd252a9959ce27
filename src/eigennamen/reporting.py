"""What a run shows: tables on the terminal, the same in W&B."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import WandbLogger
from omegaconf import DictConfig
from rich.console import Console
from rich.table import Table

from eigennamen.records import PretrainingRecord, RunRecord

_console = Console(width=None if sys.stdout.isatty() else 120)  # a file or pipe has no width; 80 cuts tables


def show(renderable: Any) -> None:
    """Print a table or text."""
    _console.print(renderable, soft_wrap=isinstance(renderable, str))  # a command stays whole


def show_scores(record: RunRecord) -> None:
    """The scores of a run beside those of its label model, and the difference on test."""
    table = Table(title=f"{record.run_id}: strict span scores, %", title_justify="left")
    for column in ("", "split", "precision", "recall", "micro F1", "95 % interval", "macro F1"):
        table.add_column(column, justify="left" if column in ("", "split") else "right", no_wrap=True)
    rows = {"majority vote": record.majority_vote, str(record.label_source.get("label_model")): record.label_model}
    if record.model["body"] != "none":
        rows[f"{record.model['body']} ({record.model['initialization']})"] = record.scores
    for name, by_split in rows.items():
        for split, scores in (by_split or {}).items():
            table.add_row(name, split, *_cells(scores))
    table.caption = f"{record.protocol}; dev_labels={record.dev_labels} ({record.dev_sentences} sentences)"
    show(table)
    if versus := record.versus_label_model:
        numbers = (100 * versus[key] for key in ("micro_f1_difference", "low", "high"))
        show("end model minus label model on test: {:+.1f} micro F1, 95 % interval {:+.1f} to {:+.1f}".format(*numbers))


def show_pretraining(record: PretrainingRecord, model: Path) -> None:
    """What a pretraining saw and reached, and how its model is used."""
    table = Table(title=record.run_id, title_justify="left", show_header=False)
    text = record.text
    table.add_row(
        "text", f"{text['lines']:,} lines, {text['words']:,} words; left out: {text['excluded_lines'] or 'none'}"
    )
    for name, value in {**record.model, **record.training}.items():
        table.add_row(name, f"{round(value, 3):,}" if isinstance(value, int | float) else str(value))
    if record.curve:
        last = record.curve[-1]
        table.add_row("held out", f"loss {last['held_out_loss']:.3f}, {100 * last['held_out_accuracy']:.1f} % right")
    setting = "module.word_vectors" if record.objective == "train_skip_gram" else "module.pretrained"
    show(table)
    experiment = "seq2seq" if record.objective == "span_corruption" else "weak_labels"
    show(f"python train.py +experiment={experiment} {setting}={model}")


def _cells(scores: Mapping[str, Any]) -> list[str]:
    micro = scores["micro"]
    low, high = micro["interval"]
    ratios = [f"{100 * micro[name]:.1f}" for name in ("precision", "recall", "f1")]
    return [*ratios, f"{100 * low:.1f}–{100 * high:.1f}", f"{100 * scores['macro']['f1']:.1f}"]


def describe(logger: WandbLogger, cfg: DictConfig, *, corpus: str, method: str) -> None:
    """What runs are grouped by in W&B, as plain values: study, method, corpus and, there already, seed."""
    facts = {"study": cfg.get("study"), "method": method, "corpus": corpus, "corpus_settings": dict(cfg.corpus)}
    logger.experiment.config.update(facts, allow_val_change=True)


def attach(record: RunRecord, run_dir: Path, logger: WandbLogger) -> None:
    """What tables are made from, as files of the run in W&B: its record, its counts and those of its rounds."""
    folder = Path(logger.experiment.dir)
    record.write(folder)
    for path in (run_dir / "counts.parquet", *sorted(run_dir.glob("rounds/*.parquet"))):
        if path.exists():
            (folder / path.relative_to(run_dir)).parent.mkdir(exist_ok=True)
            shutil.copyfile(path, folder / path.relative_to(run_dir))
    for name in ("record.json", "counts.parquet", "rounds/*.parquet"):
        logger.experiment.save(str(folder / name), base_path=str(folder), policy="end")


def log_results(record: RunRecord, logger: WandbLogger) -> None:
    """Final scores as the run's summary, the per-label and the labeling-function table as tables."""
    summary = {"wall_seconds": record.times["total_seconds"], "method": record.method, "dev_labels": record.dev_labels}
    summary |= {f"cost/{name}": value for name, value in record.cost.items()}
    logger.experiment.config.update({"method": record.method}, allow_val_change=True)
    for split, scores in record.scores.items():
        summary |= {f"{split}/micro_{name}": value for name, value in scores["micro"].items()}
        summary[f"{split}/macro_f1"] = scores["macro"]["f1"]
    for split, scores in (record.label_model or {}).items():
        summary[f"label_model/{split}/micro_f1"] = scores["micro"]["f1"]
    logger.experiment.summary.update(summary)
    for split, scores in record.scores.items():
        columns = ["label", *next(iter(scores["labels"].values()), {})]
        rows = [[label, *values.values()] for label, values in scores["labels"].items()]
        logger.log_table(f"{split}/labels", columns=columns, data=rows)
    if record.labeling_functions and (lf_rows := record.labeling_functions["rows"]):
        data = [[" ".join(v) if isinstance(v, tuple | list) else v for v in row.values()] for row in lf_rows]
        logger.log_table("labeling_functions", columns=list(lf_rows[0]), data=data)
