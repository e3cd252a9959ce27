"""One run: build from a configuration, fit, predict, score, write. Training and evaluation are this one path."""

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import lightning as L
from lightning.pytorch.loggers import WandbLogger
from omegaconf import DictConfig

from eigennamen import reporting
from eigennamen.corpora.checks import report as check_corpus
from eigennamen.costs import Prices
from eigennamen.datamodule import NERDataModule
from eigennamen.errors.of_run import errors_of_run
from eigennamen.execution import best_device, build, once, start_logger, timed
from eigennamen.files import write_atomically
from eigennamen.identity import Identity
from eigennamen.labels.weak import WeakLabels
from eigennamen.modules.base import NERModule
from eigennamen.modules.generator import SpanGenerator
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.procedures import Trained
from eigennamen.records import RunRecord, forget_peak_memory, json_line, peak_memory_mb
from eigennamen.rerun import announcement, environment_of
from eigennamen.scoring import Scores, score, write_counts
from eigennamen.significance import paired_difference
from eigennamen.spending import spent
from eigennamen.types import Prediction, Sentence

log = logging.getLogger(__name__)


class Predictor(Protocol):
    """What labels sentences in the end: a trained module, or the label source itself where nothing is trained."""

    def predict(self, sentences: Sequence[Sentence]) -> list[Prediction]: ...


def run(cfg: DictConfig, *, callbacks: Sequence[L.Callback] = ()) -> RunRecord:
    """Do the run that ``cfg`` describes and return its record; a finished run is not repeated unless ``cfg.force``.

    Everything is written to ``cfg.output_dir/<run_id>``, the record last: a folder without one is an unfinished run,
    which the next call with the same configuration resumes. ``callbacks`` watch every training of the run; they are no
    part of its identity.
    """
    L.seed_everything(cfg.seed, workers=True, verbose=False)
    datamodule: NERDataModule = build(cfg.datamodule, corpus=build(cfg.corpus))
    identity = Identity.of(cfg, corpus=datamodule.corpus, label_source=datamodule.label_source)
    run_dir = Path(cfg.output_dir) / identity.run_id
    if cfg.get("from"):
        log.info(announcement(cfg, identity))
    record = once(cfg, run_dir, RunRecord, lambda: _execute(cfg, datamodule, identity, run_dir, callbacks))
    reporting.show_scores(record)
    return record


def _execute(
    cfg: DictConfig, datamodule: NERDataModule, identity: Identity, run_dir: Path, callbacks: Sequence[L.Callback]
) -> RunRecord:
    times: dict[str, float] = {"peak_memory_of_run": forget_peak_memory()}  # not of one before in this process
    if (run_dir / "checkpoints").exists():
        times["resumed"] = True  # what is measured is its last part only
    prices: Prices = build(cfg.prices)  # before anything is trained: a wrong one shows here
    log.info("run %s in %s", identity.run_id, run_dir)
    corpus_report = check_corpus(datamodule.corpus)
    reporting.show(str(corpus_report))
    logger = start_logger(cfg, run_id=identity.run_id, run_dir=run_dir)
    if logger:
        reporting.describe(logger, cfg, corpus=datamodule.corpus.name, method=datamodule.label_source.name)
    with timed(times, "total"):
        with timed(times, "labeling"):
            weak = _weak_results(datamodule)
        with timed(times, "fit"):
            predictor, trained = _fit(cfg, datamodule, run_dir, logger, times, callbacks)
        with timed(times, "predict"):
            scores, generation = _evaluate(predictor, datamodule, run_dir)
        times["prediction_words_per_second"] = round(_n_predicted(datamodule) / max(times["predict_seconds"], 0.01), 1)
    if cfg.module and "test" in scores and weak:
        weak["versus_label_model"] = _difference(scores["test"], weak["label_model"]["test"])
    record = RunRecord(
        run_id=identity.run_id,
        seed=cfg.seed,
        scores=_as_dicts(scores),
        times={**times, "peak_memory_mb": peak_memory_mb()},
        environment=environment_of(cfg),
        fingerprints=identity.fingerprints,
        parents=identity.parents,
        corpus_report=corpus_report.as_dict(),
        generation=generation,
        **_described(cfg, datamodule),
        **_priced(trained, prices),
        **{key: _as_dicts(value) for key, value in weak.items()},
    )
    if "test" in scores:
        errors_of_run(run_dir, record=record, corpus=datamodule.corpus).write(run_dir)
    _finish(record, run_dir, logger)
    return record


def _described(cfg: DictConfig, datamodule: NERDataModule) -> dict[str, Any]:
    """What the record says of experiment, corpus and dev labels, and what was lost or repaired on the way."""
    return {
        "experiment": cfg.name,
        "corpus": datamodule.corpus.name,
        "protocol": datamodule.corpus.protocol,
        "dev_labels": cfg.dev_labels if datamodule.dev else "none",
        "dev_sentences": len(datamodule.dev),
        "counters": {**datamodule.corpus.counters, **(datamodule.codec.counters if cfg.module else {})},
    }


def _labels(datamodule: NERDataModule, *, trains: bool) -> dict[str, Any]:
    """Where the training labels came from and what a person did for them, for the record."""
    return {
        "method": datamodule.label_source.name,
        "label_source": dict(datamodule.training_set.statistics),
        "cost": spent(datamodule, trains=trains),
    }


def _priced(trained: Mapping[str, Any], prices: Prices) -> dict[str, Any]:
    """What the record says of the training, with minutes beside the counts of its cost and of its rounds' costs."""
    rounds = [one | {"cost": prices.priced(one["cost"])} if "cost" in one else one for one in trained.get("rounds", ())]
    return {**trained, "rounds": rounds, "cost": prices.priced(trained["cost"]), "prices": asdict(prices)}


def _weak_results(datamodule: NERDataModule) -> dict[str, Any]:
    """Make weak training labels, say how good they are, and the majority vote beside them."""
    source, corpus = datamodule.label_source, datamodule.corpus
    if not isinstance(source, WeakLabels):
        return {}  # where someone is asked for hand labels, there may be none yet
    _ = datamodule.training_set
    analysis = source.analysis(corpus.train or corpus.unlabeled)
    reporting.show(analysis.table(title=f"Labeling functions on {corpus.name} train"))
    gold = {name: split for name, split in corpus.splits() if all(s.spans is not None for s in split)}
    label_model = {name: _score(split, source.predict(split)) for name, split in gold.items()}
    majority_vote = {name: _score(split, source.majority(split)) for name, split in gold.items()}
    return {
        "labeling_functions": analysis.as_dict(),
        "label_model": label_model,
        "majority_vote": majority_vote,
        "versus_majority_vote": _difference(label_model["test"], majority_vote["test"]) if "test" in gold else None,
        "recall_ceiling": {name: source.analysis(split).recall_ceiling for name, split in gold.items()},
    }


def _fit(
    cfg: DictConfig,
    datamodule: NERDataModule,
    run_dir: Path,
    logger: WandbLogger | None,
    times: dict[str, float],
    callbacks: Sequence[L.Callback],
) -> tuple[Predictor, dict[str, Any]]:
    """The predictor of the run, trained where there is something to train, and what the record says of it."""
    if not cfg.module:
        if not isinstance(datamodule.label_source, WeakLabels):
            raise ValueError(
                f"module=label_model predicts with the label model alone, but the labels are "
                f"{datamodule.label_source.name}; choose datamodule=weak_labels, or module=token_classifier"
            )
        datamodule.label_source.forget_votes()  # which are part of what a prediction takes
        model = {"body": "none", "initialization": "none", "portable": False}
        return datamodule.label_source, {"model": model, **_labels(datamodule, trains=False)}
    trained: Trained = build(
        cfg.procedure,
        make_module=partial(build, cfg.module, codec=datamodule.codec),
        datamodule=datamodule,
        fit=partial(_watched_fit, cfg.trainer, callbacks),
        run_dir=run_dir,
        logger=logger,
    )
    times |= trained.times
    module = trained.module
    module.save_pretrained(run_dir / "model")
    module.to(best_device())
    labels = trained.labels or _labels(datamodule, trains=True)
    return module, {"model": module.description, "rounds": trained.rounds, **labels}


def _watched_fit(trainer: DictConfig, callbacks: Sequence[L.Callback], *, module: NERModule, **rest: Any) -> Any:
    """The trainer's fit, with further callbacks: Lightning asks the module for its own."""
    module.configure_callbacks = lambda: [*callbacks]  # type: ignore[method-assign]
    try:
        return build(trainer, module=module, **rest)
    finally:
        del module.configure_callbacks  # a procedure may copy or pickle the module


def _evaluate(
    predictor: Predictor, datamodule: NERDataModule, run_dir: Path
) -> tuple[dict[str, Scores], dict[str, Any] | None]:
    """Scores on dev (against the labels that early stopping saw) and test, written with the predictions on test.

    Of a generator also what was wrong with what it wrote for the split that was predicted last.
    """
    scores = {}
    gold: Sequence[Sentence] | None = datamodule.dev or None
    if gold:
        scores["dev"] = _score(gold, predictor.predict(gold))
    if test := datamodule.corpus.test:
        predicted = predictor.predict(test)
        write_atomically(run_dir / "predictions.jsonl", "".join(json_line(one) for one in predicted))
        gold = test if all(sentence.spans is not None for sentence in test) else None
        if gold:
            scores["test"] = _score(test, predicted)
            write_counts(run_dir / "counts.parquet", scores["test"])
    return scores, predictor.report(gold) if isinstance(predictor, SpanGenerator) else None


def _n_predicted(datamodule: NERDataModule) -> int:
    return sum(len(one.words) for split in (datamodule.dev, datamodule.corpus.test or ()) for one in split)


def _score(gold: Sequence[Sentence], predicted: Sequence[Prediction]) -> Scores:
    return score(gold, [prediction.sentence for prediction in predicted])


def _difference(one: Scores, other: Scores) -> dict[str, float]:
    difference, low, high = paired_difference(one, other)
    return {"micro_f1_difference": difference, "low": low, "high": high}


def _as_dicts(value: Any) -> Any:
    """Scores inside a nested value as plain dictionaries."""
    if isinstance(value, Scores):
        return value.as_dict()
    return {key: _as_dicts(one) for key, one in value.items()} if isinstance(value, dict) else value


def _finish(record: RunRecord, run_dir: Path, logger: WandbLogger | None) -> None:
    """Log the results, write the record, drop the checkpoints that only an unfinished run needs."""
    if logger:
        reporting.log_results(record, logger)
        reporting.attach(record, run_dir, logger)
        logger.experiment.finish()
    record.write(run_dir)
    shutil.rmtree(run_dir / "checkpoints", ignore_errors=True)


def load_model(run_dir: str | PathLike[str]) -> NERModule:
    """The trained model of a run folder, in evaluation mode on the GPU where there is one."""
    record = RunRecord.read(Path(run_dir))
    model_dir = Path(run_dir) / "model"
    if not (model_dir / "config.json").exists():
        raise FileNotFoundError(
            f"{model_dir}: no model there; the run {record.run_id} trained none (body: {record.model['body']}); "
            "choose a run of +experiment=weak_labels, hand_labels or seq2seq, or let labeling functions label a text: "
            "python label.py +experiment=weak_labels corpus.unlabeled=FILE split=unlabeled"
        )
    config = json.loads((model_dir / "config.json").read_text(encoding="utf-8"))
    kind: type[SpanGenerator | TokenClassifier] = SpanGenerator if config.get("is_encoder_decoder") else TokenClassifier
    return kind.from_pretrained(model_dir).eval().to(best_device())
