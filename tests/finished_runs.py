"""The folder of a made-up run on a few sentences of the embedded corpus."""

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from eigennamen.corpora.mini import load
from eigennamen.files import write_atomically
from eigennamen.records import RunRecord, json_line
from eigennamen.types import Prediction

SIZES = {"n_train": 20, "n_dev": 5, "n_test": 6, "seed": 13}
CORPUS = load(**SIZES)
HAND = {"_target_": "eigennamen.labels.hand.HandLabels", "budget": 5, "unit": "sentences", "seed": 0}
WEAK = {"_target_": "eigennamen.labels.weak.WeakLabels", "labeling_functions": {"gone": "no.longer.there"}}
LOG = """\
2026-01-01 10:00:00,000 INFO eigennamen.run: run one in outputs/one
2026-01-01 10:00:01,000 INFO eigennamen.training: epoch 1/8: train/loss 2.5000  dev/micro_f1 0.2500
"""


def config_of(label_source: dict[str, Any] = HAND) -> Any:
    corpus = {"_target_": "eigennamen.corpora.mini.load", **SIZES}
    return OmegaConf.create({"corpus": corpus, "datamodule": {"label_source": label_source}})


def record_of(run_id: str, **changes: Any) -> RunRecord:
    empty: dict[str, Any] = {
        name: {} for name in ("model", "times", "environment", "scores", "label_source", "counters")
    }
    texts = dict.fromkeys(("experiment", "corpus", "protocol", "method", "dev_labels"), "x")
    fingerprints = {"corpus": CORPUS.fingerprint}
    return RunRecord(
        run_id=run_id, seed=0, dev_sentences=0, **{**empty, **texts, "fingerprints": fingerprints, **changes}
    )


def finished_run(folder: Path, run_id: str = "one", **changes: Any) -> Path:
    """A finished run that is right everywhere."""
    run_dir = folder / run_id
    run_dir.mkdir()
    OmegaConf.save(config_of(), run_dir / "config.yaml")
    write_atomically(run_dir / "run.log", LOG)
    predictions = (Prediction(one, (0.5,) * len(one.spans or ())) for one in CORPUS.test or ())
    write_atomically(run_dir / "predictions.jsonl", "".join(map(json_line, predictions)))
    record_of(run_id, **changes).write(run_dir)
    return run_dir
