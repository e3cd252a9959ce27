"""One pretraining: find the text, leave test sentences out, train, save the model, write the record."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning as L
from hydra.core.hydra_config import HydraConfig
from lightning.pytorch.loggers import WandbLogger
from omegaconf import DictConfig
from transformers import PreTrainedTokenizerFast

from eigennamen import reporting
from eigennamen.execution import build, once, start_logger, timed
from eigennamen.figures.drawing import draw_curve
from eigennamen.files import file_fingerprint, write_atomically
from eigennamen.identity import Identity
from eigennamen.pretraining.card import card
from eigennamen.pretraining.exclusion import Exclusion
from eigennamen.pretraining.pretrainer import Pretrainer
from eigennamen.pretraining.text import Text
from eigennamen.pretraining.training import save
from eigennamen.records import PretrainingRecord, environment, peak_memory_mb

log = logging.getLogger(__name__)


def pretrain(cfg: DictConfig) -> PretrainingRecord:
    """Do the pretraining that ``cfg`` describes and return its record; a finished one is not repeated.

    The model is in ``cfg.output_dir/<run_id>/model``. A folder without a record is an unfinished run, which the next
    call with the same configuration resumes.
    """
    L.seed_everything(cfg.seed, workers=True, verbose=False)
    text: Text = build(cfg.corpus, exclusion=_exclusion(cfg))
    identity = Identity.of_pretraining(cfg, text=text)
    run_dir = Path(cfg.output_dir) / identity.run_id
    record = once(cfg, run_dir, PretrainingRecord, lambda: _execute(cfg, text, identity, run_dir))
    model = run_dir / "model"
    if cfg.publish:
        model = shutil.copytree(model, cfg.publish, dirs_exist_ok=True)
        _write_card(record, Path(model), name=Path(model).name)
    reporting.show_pretraining(record, model)
    return record


def _exclusion(cfg: DictConfig) -> Exclusion:
    """The test sentences of the corpora in ``cfg.exclude``, which is not there with ``exclude=[]``."""
    sentences = {name: build(node).test for name, node in (cfg.get("exclude") or {}).items()}
    if without := [name for name, test in sentences.items() if not test]:
        raise ValueError(
            f"exclude: {', '.join(without)} has no test sentences to look for; set exclude.{without[0]}.test, or leave "
            f"{without[0]} out of exclude=[...]"
        )
    return Exclusion(sentences)


def _execute(cfg: DictConfig, text: Text, identity: Identity, run_dir: Path) -> PretrainingRecord:
    times: dict[str, float] = {}
    log.info("run %s in %s", identity.run_id, run_dir)
    logger = start_logger(cfg, run_id=identity.run_id, run_dir=run_dir)
    with timed(times, "total"):
        statistics = text.statistics  # before anything is trained: an empty or wrongly encoded file shows here
        train = _train_by_steps if cfg.trainer else _train_word_vectors
        model, training, curve = train(cfg, text, run_dir, logger)
    record = PretrainingRecord(
        run_id=identity.run_id,
        experiment=cfg.name,
        seed=cfg.seed,
        objective=cfg.objective._target_.rpartition(".")[2],
        model=model,
        text={"name": text.name, "license": text.license, "files": text.file_fingerprints, **statistics},
        training=training,
        curve=curve,
        times={**times, "peak_memory_mb": peak_memory_mb()},
        environment=environment(),
        fingerprints=identity.fingerprints,
        parents=identity.parents,
        files={path.name: file_fingerprint(path) for path in sorted((run_dir / "model").iterdir())},
    )
    _finish(record, run_dir, logger)
    return record


_Trained = tuple[dict[str, Any], dict[str, Any], list[dict[str, float]]]


def _train_by_steps(cfg: DictConfig, text: Text, run_dir: Path, logger: WandbLogger | None) -> _Trained:
    """Description of the model, what was measured, and the curve."""
    shared = {"text": text, "seed": cfg.seed, "cache": Path(cfg.output_dir) / ".features"}
    tokenizer = _kept(cfg.objective.tokenizer, run_dir / "checkpoints" / "tokenizer")
    known = {}
    if "skip_gram_epochs" in cfg.objective and (run_dir / "checkpoints" / "last.ckpt").exists():
        known = {"skip_gram_epochs": 0}  # only the beginning of weights that an interrupted run has
    pretrainer: Pretrainer = build(cfg.objective, tokenizer=tokenizer, **shared, **known)
    training, curve = build(cfg.trainer, pretrainer=pretrainer, run_dir=run_dir, logger=logger, **shared)
    save(pretrainer, run_dir / "model")
    return pretrainer.description, training, curve


def _kept(node: DictConfig, folder: Path) -> Callable[..., PreTrainedTokenizerFast]:
    """A tokenizer is made once for a run: an interrupted one has weights that belong to the ids it had."""

    def tokenizer(text: Text) -> PreTrainedTokenizerFast:
        if not folder.exists():
            temporary = folder.with_name(f".{folder.name}.tmp")
            build(node, lines=text).save_pretrained(temporary)
            temporary.replace(folder)
        return PreTrainedTokenizerFast.from_pretrained(folder)

    return tokenizer


def _train_word_vectors(cfg: DictConfig, text: Text, run_dir: Path, logger: WandbLogger | None) -> _Trained:
    vectors, training = build(cfg.objective, lines=text, seed=cfg.seed)
    vectors.save(run_dir / "model")
    return {"body": "word vectors", "words": len(vectors), "size": vectors.size}, training, []


def _overrides() -> list[str]:
    """What the command line said, for the card; nothing where this is called as a function."""
    return list(HydraConfig.get().overrides.task) if HydraConfig.initialized() else []


def _write_card(record: PretrainingRecord, model: Path, *, name: str) -> None:
    write_atomically(model / "README.md", card(record, name=name, overrides=_overrides()))


def _finish(record: PretrainingRecord, run_dir: Path, logger: WandbLogger | None) -> None:
    """Draw and log the results, write the record, drop the checkpoints that only an unfinished run needs."""
    if record.curve:
        draw_curve(record, run_dir / "curve")
    if logger:
        logger.experiment.summary.update({f"pretraining/{name}": value for name, value in record.training.items()})
        logger.experiment.finish()
    record.write(run_dir / "model")
    _write_card(record, run_dir / "model", name=record.run_id)
    record.write(run_dir)
    shutil.rmtree(run_dir / "checkpoints", ignore_errors=True)
