"""Looking at labeling functions: they vote, a label model is fitted, and both come out as tables and a page to read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from eigennamen import reporting
from eigennamen.execution import build, explained_write_errors
from eigennamen.files import write_atomically
from eigennamen.identity import labels_id
from eigennamen.labeling.output import write_analysis
from eigennamen.labeling.report import page
from eigennamen.labeling.stream import label_stream
from eigennamen.labels.weak import WeakLabels
from eigennamen.records import json_line
from eigennamen.scoring import score
from eigennamen.types import Corpus, Prediction, Sentence
from eigennamen.weak.analysis import LFReport


def label(cfg: DictConfig) -> Path:
    """Do what ``cfg`` describes, as the weak_labels experiment would, up to the labels; returns the folder.

    Raises:
        ValueError: the split has no sentences, the labels are no weak ones, or a labeling function or the label model
            cannot do with them.
    """
    if cfg.max_sentences is not None and cfg.max_sentences < 1:
        raise ValueError(f"max_sentences={cfg.max_sentences}; expected at least 1, or null for all")
    source = build(cfg.datamodule.label_source)
    if not isinstance(source, WeakLabels):
        raise ValueError(
            f"label.py looks at labeling functions, but the labels are {source.name}; choose datamodule=weak_labels"
        )
    if cfg.stream:
        return label_stream(cfg, source)
    corpus: Corpus = build(cfg.corpus)
    sentences = corpus.split(cfg.split)
    source.training_set(corpus)  # fits the label model
    folder = Path(cfg.output_dir) / "labels" / labels_id(cfg, corpus=corpus, label_source=source)
    with explained_write_errors(folder):
        _write(folder, cfg, corpus, source, sentences)
    return folder


def _write(folder: Path, cfg: DictConfig, corpus: Corpus, source: WeakLabels, sentences: Sequence[Sentence]) -> None:
    """Show the table, and write it with the labels and the report."""
    analysis, predicted = source.analysis(sentences), source.predict(sentences)
    f1 = _micro_f1(sentences, {source.label_model: predicted, source.majority_vote: source.majority(sentences)})
    title = f"Labeling functions on {corpus.name} {cfg.split}"
    facts = _facts(corpus, analysis, f1)
    html = page(
        source.matrix(sentences),
        predicted,
        analysis,
        title=title,
        facts=facts,
        label_map=corpus.lf_label_map,
        max_sentences=cfg.max_sentences,
    )
    about = {"corpus": corpus.name, "protocol": corpus.protocol, "split": cfg.split, "strict_micro_f1": f1}
    folder.mkdir(parents=True, exist_ok=True)
    write_analysis(folder, analysis, about=about)
    write_atomically(folder / "labels.jsonl", "".join(map(json_line, predicted)))
    write_atomically(folder / "report.html", html)
    reporting.show(analysis.table(title=title))
    reporting.show("\n".join([*facts, str(folder / "report.html")]))


def _micro_f1(sentences: Sequence[Sentence], predicted: dict[Any, list[Prediction]]) -> dict[str, float]:
    """Strict micro F1 by the name of the label model; empty unless all sentences have gold."""
    if any(sentence.spans is None for sentence in sentences):
        return {}
    return {
        type(model).__name__: score(sentences, [one.sentence for one in found]).micro.f1
        for model, found in predicted.items()
    }


def _facts(corpus: Corpus, analysis: LFReport, f1: dict[str, float]) -> list[str]:
    """What the page and the terminal say in words."""
    facts = [corpus.protocol, f"{analysis.n_sentences:,} sentences, {analysis.n_candidates:,} candidates."]
    if f1:
        scores = ", ".join(f"{name} {100 * value:.1f}" for name, value in f1.items())
        ceiling = 100 * (analysis.recall_ceiling or 0)
        facts.append(f"Strict micro F1: {scores}. All functions together propose {ceiling:.1f} % of the gold spans.")
    return facts
