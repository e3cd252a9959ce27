"""Labeling functions over text of any size, as ``label.py stream=true`` does it: two passes, memory that stays.

The first pass applies the functions and adds up what the label model and the analysis need; the second writes labels.
Both go on where they were interrupted.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from eigennamen import reporting
from eigennamen.corpora.lines import format_suffix, is_compressed
from eigennamen.corpora.plain_text import WORD_SUFFIXES
from eigennamen.execution import build, explained_write_errors, timed
from eigennamen.files import write_atomically
from eigennamen.identity import labels_id, votes_id
from eigennamen.labeling.output import write_analysis
from eigennamen.labeling.report import page
from eigennamen.labels.weak import WeakLabels
from eigennamen.pretraining.exclusion import Exclusion
from eigennamen.pretraining.text import Text, load_text
from eigennamen.records import peak_memory_mb
from eigennamen.types import Corpus
from eigennamen.weak.aggregation import predictions
from eigennamen.weak.label_matrix import apply_labeling_functions
from eigennamen.weak.streaming import ApplyFunctions, Shard, Votes, WriteLabels, in_shards, shards
from eigennamen.weak.summary import VoteSummary


def label_stream(cfg: DictConfig, source: WeakLabels) -> Path:
    """Label ``corpus.unlabeled``; the label model learns from it and from the training sentences. Returns the folder.

    Raises:
        ValueError: something else than plain text is asked for, a labeling function must see all of the text first, or
            none proposes anything.
    """
    _check(cfg, source)
    text = load_text(unlabeled=cfg.corpus.unlabeled, exclusion=Exclusion({}))
    if words := [path for path in text.files if format_suffix(path) in WORD_SUFFIXES]:
        raise ValueError(f"{words[0]}: stream=true reads plain text, one sentence a line, no words one a line")
    corpus = _without_text(cfg, text)
    folder = (
        Path(cfg.output_dir)
        / "labels"
        / labels_id(cfg, corpus=corpus, label_source=source, text=text.ordered_fingerprint)
    )
    with explained_write_errors(folder):
        _label(folder, cfg, _Streamed(text, corpus, source, cfg.shard_size, cfg.num_proc))
    return folder


def _check(cfg: DictConfig, source: WeakLabels) -> None:
    if cfg.split != "unlabeled" or cfg.num_proc < 1 or cfg.shard_size < 1:
        raise ValueError(
            f"stream=true with split={cfg.split}, num_proc={cfg.num_proc}, shard_size={cfg.shard_size}; expected "
            "split=unlabeled (only corpus.unlabeled can be streamed) and numbers of at least 1"
        )
    if unprepared := [function.name for function in source.lfs if function.prepare is not None]:
        without = " ".join(f"~labeling_functions.{name}" for name in unprepared)
        raise ValueError(
            f"{', '.join(unprepared)} must see all of the text before they vote, and stream=true holds only a part of "
            f"it; leave them out: {without}"
        )


def _without_text(cfg: DictConfig, text: Text) -> Corpus:
    """The corpus with no more than the first line of its text."""
    with TemporaryDirectory() as folder:
        first = Path(folder) / "first.txt"
        first.write_text(next(iter(shards(text.files, size=1))).lines[0], encoding="utf-8")
        corpus: Corpus = build(cfg.corpus, unlabeled=str(first))
    return corpus


@dataclass(frozen=True)
class _Streamed:
    """A text, and all that is to be done with its shards."""

    text: Text
    corpus: Corpus
    source: WeakLabels
    shard_size: int
    num_proc: int

    def votes(self, output_dir: Path) -> Votes:
        """Beside the labels, so that another label model finds them."""
        functions = [(function.name, function.fingerprint) for function in self.source.lfs]
        name = votes_id(
            self.corpus, text=self.text.ordered_fingerprint, functions=functions, shard_size=self.shard_size
        )
        votes = Votes(output_dir / "votes" / name, self.corpus.labels, tuple(name for name, _ in functions))
        votes.folder.mkdir(parents=True, exist_ok=True)
        return votes

    def summaries(self, functions: Mapping[str, Any], votes: Votes) -> Iterator[VoteSummary]:
        """The first pass."""
        job = ApplyFunctions(functions, self.corpus.lf_label_map, votes)
        results = in_shards(job, shards(self.text.files, size=self.shard_size), num_proc=self.num_proc)
        counted = ((shard, summary.counts.n_words, summary) for shard, summary in results)
        yield from _followed(counted, "labeling functions", n_bytes=self.n_bytes)

    def write_labels(self, job: WriteLabels) -> None:
        """The second pass."""
        results = in_shards(job, shards(self.text.files, size=self.shard_size), num_proc=self.num_proc)
        for _ in _followed(((shard, n_words, None) for shard, n_words in results), "labels", n_bytes=self.n_bytes):
            pass

    def training_summary(self) -> VoteSummary:
        """Of the training sentences, from which the label model learns too."""
        matrix = apply_labeling_functions(
            self.source.lfs, self.corpus.train, labels=self.corpus.labels, label_map=self.corpus.lf_label_map
        )
        return VoteSummary.of(matrix)

    @property
    def n_bytes(self) -> int | None:
        """None where files are compressed: nobody knows how much is in them."""
        compressed = any(map(is_compressed, self.text.files))
        return None if compressed else sum(path.stat().st_size for path in self.text.files)


def _label(folder: Path, cfg: DictConfig, streamed: _Streamed) -> None:
    """All that comes into the folder, in the order in which it can be known."""
    model, times = streamed.source.label_model, dict[str, float]()
    votes = streamed.votes(Path(cfg.output_dir))
    with timed(times, "apply"):
        summary = VoteSummary.total(streamed.summaries(_functions(cfg, streamed.source), votes))
    with timed(times, "fit"):
        learned = summary + streamed.training_summary()
        if not learned.clusters:
            raise ValueError(
                f"none of the {len(votes.lf_names)} labeling functions proposed a span in {summary.counts.n_sentences} "
                "sentences: nothing to learn from; check labeling_functions and corpus.lf_label_map"
            )
        learned.fit(model)
    folder.mkdir(parents=True, exist_ok=True)
    with timed(times, "write"):
        streamed.write_labels(WriteLabels(model, votes, folder, votes.n_shards))
    _describe(folder, cfg, streamed, summary, times)


def _functions(cfg: DictConfig, source: WeakLabels) -> Mapping[str, Any]:
    """By name, as they are; for other processes as they are configured."""
    if cfg.num_proc == 1:
        return {function.name: function for function in source.lfs}
    functions: Any = OmegaConf.to_container(cfg.datamodule.label_source.labeling_functions, resolve=True)
    return {str(name): function for name, function in functions.items()}


def _describe(
    folder: Path, cfg: DictConfig, streamed: _Streamed, summary: VoteSummary, times: Mapping[str, float]
) -> None:
    """Analysis and report, and the table on the terminal."""
    corpus, source, sample = streamed.corpus, streamed.source, summary.sample
    analysis = summary.counts.report(sample.lf_names, polarities=[function.labels for function in source.lfs])
    title = f"Labeling functions on {corpus.name} {cfg.split}"
    facts = [corpus.protocol, _size(summary)]
    shown = f"Below, a uniform sample of {len(sample.sentences):,} sentences."
    predicted = predictions(sample, source.label_model.predict_proba(sample))
    html = page(
        sample,
        predicted,
        analysis,
        title=title,
        facts=[*facts, shown],
        label_map=corpus.lf_label_map,
        max_sentences=cfg.max_sentences,
    )
    about = {"corpus": corpus.name, "protocol": corpus.protocol, "split": cfg.split, "strict_micro_f1": {}}
    about |= {"n_words": summary.counts.n_words, "n_distinct_clusters": len(summary.clusters)}
    about |= {**times, "peak_memory_mb": peak_memory_mb()}
    write_analysis(folder, analysis, about=about)
    write_atomically(folder / "report.html", html)
    reporting.show(analysis.table(title=title))
    reporting.show("\n".join([*facts, str(folder / "report.html")]))


def _size(summary: VoteSummary) -> str:
    counts = summary.counts
    return (
        f"{counts.n_sentences:,} sentences, {counts.n_words:,} words, {counts.n_candidates:,} candidates in "
        f"{len(summary.clusters):,} different clusters."
    )


def _followed(results: Iterable[tuple[Shard, int, Any]], description: str, *, n_bytes: int | None) -> Iterator[Any]:
    """The last of shard, number of words and result, behind a progress bar with words a second, on a terminal only."""
    columns = (BarColumn(), TextColumn("{task.fields[words]}"), TimeElapsedColumn(), TimeRemainingColumn())
    bar = Progress(
        TextColumn("{task.description}"),
        *columns,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
        speed_estimate_period=600,
    )
    started, total = time.monotonic(), 0
    with bar:
        task = bar.add_task(description, total=n_bytes, words="")
        for shard, n_words, result in results:
            total += n_words
            rate = total / (time.monotonic() - started)
            bar.update(task, advance=shard.n_bytes, words=f"{total:,} words, {rate:,.0f} a second")
            yield result
