import json
import logging
from pathlib import Path
from typing import Any

import pytest
from error_studies import error_study
from omegaconf import OmegaConf

from eigennamen.corpora.mini import load
from eigennamen.error_analysis import mentions
from eigennamen.errors import errors_of_run, learned_from, main, training_of
from eigennamen.labels.hand import HandLabels
from eigennamen.records import RunRecord, json_line, write_atomically
from eigennamen.scoring import Counts
from eigennamen.study_errors import Epoch, LabelingFunctionRow, RunErrors, read_study_errors
from eigennamen.types import Prediction

SIZES = {"n_train": 20, "n_dev": 5, "n_test": 6, "seed": 13}
CORPUS = load(**SIZES)
HAND = {"_target_": "eigennamen.labels.hand.HandLabels", "budget": 5, "unit": "sentences", "seed": 0}
WEAK = {"_target_": "eigennamen.labels.weak.WeakLabels", "labeling_functions": {"gone": "no.longer.there"}}
LOG = """\
2026-01-01 10:00:00,000 INFO eigennamen.run: run one in outputs/one
2026-01-01 10:00:01,000 INFO eigennamen.training: epoch 1/8: train/loss 2.5000  dev/micro_f1 0.2500
"""


def _config(label_source: dict[str, Any] = HAND) -> Any:
    corpus = {"_target_": "eigennamen.corpora.mini.load", **SIZES}
    return OmegaConf.create({"corpus": corpus, "datamodule": {"label_source": label_source}})


def _record(run_id: str, **changes: Any) -> RunRecord:
    empty: dict[str, Any] = {
        name: {} for name in ("model", "times", "environment", "scores", "label_source", "counters")
    }
    texts = dict.fromkeys(("experiment", "corpus", "protocol", "method", "dev_labels"), "x")
    fingerprints = {"corpus": CORPUS.fingerprint}
    return RunRecord(
        run_id=run_id, seed=0, dev_sentences=0, **{**empty, **texts, "fingerprints": fingerprints, **changes}
    )


def _run(folder: Path, run_id: str = "one", **changes: Any) -> Path:
    """A finished run that is right everywhere."""
    run_dir = folder / run_id
    run_dir.mkdir()
    OmegaConf.save(_config(), run_dir / "config.yaml")
    write_atomically(run_dir / "run.log", LOG)
    predictions = (Prediction(one, (0.5,) * len(one.spans or ())) for one in CORPUS.test or ())
    write_atomically(run_dir / "predictions.jsonl", "".join(map(json_line, predictions)))
    _record(run_id, **changes).write(run_dir)
    return run_dir


def test_a_run_is_analyzed_from_its_folder(tmp_path: Path) -> None:
    row = {"name": "f", "polarity": ["PER"], "votes": 3, "coverage": 1 / 3, "precision": None, "recall": None}
    run_dir = _run(tmp_path, labeling_functions={"rows": [row], "n_candidates": 9})
    errors = errors_of_run(run_dir, record=RunRecord.read(run_dir))
    n_spans = sum(len(sentence.spans or ()) for sentence in CORPUS.test or ())
    assert sum(errors.analysis.counts["label"].values(), Counts()) == Counts(n_spans, n_spans, n_spans)
    seen = mentions(HandLabels(budget=5).training_set(CORPUS).sentences)
    n_seen = sum((s.mention(span), span.label) in seen for s in CORPUS.test or () for span in s.spans or ())
    assert errors.analysis.counts["seen"]["seen"] == Counts(n_seen, n_seen, n_seen)
    assert errors.analysis.reliability[5].spans == n_spans
    assert errors.training == (Epoch(0.25, 2.5),)
    assert errors.labeling_functions == (LabelingFunctionRow("f", ("PER",), 3, 0.3333, None),)


def test_mentions_are_seen_in_what_a_person_labelled_and_else_in_train() -> None:
    drawn = [sentence.id for sentence in learned_from(_config(), CORPUS)]
    assert drawn == [sentence.id for sentence in HandLabels(budget=5).training_set(CORPUS).sentences]
    assert learned_from(_config(WEAK), CORPUS) is CORPUS.train  # whose functions need not be there
    ids = [sentence.id for sentence in CORPUS.train]
    rounds = [{"round": "start", "chosen_ids": []}, {"chosen_ids": [ids[7]]}, {"chosen_ids": [ids[3]]}]
    assert [s.id for s in learned_from(_config(HAND | {"budget": None}), CORPUS, rounds=rounds)] == [ids[3], ids[7]]


def test_training_is_the_last_fit_without_what_was_done_twice(tmp_path: Path) -> None:
    assert training_of(tmp_path / "none.log") == ()
    lines = [
        "INFO eigennamen.training: epoch 1/64: train/loss 9.0000",
        "INFO eigennamen.training: epoch 2/64: train/loss 8.0000  dev/micro_f1 0.1000  dev/macro_f1 0.0500",
        "INFO eigennamen.training: epoch 3/64: train/loss 7.0000  dev/micro_f1 0.1000",  # not looked at
        "INFO eigennamen.training: resuming after epoch 1 from x/checkpoints/last.ckpt",
        "INFO eigennamen.training: epoch 2/64: dev/micro_f1 0.2000  train/loss nan",
    ]
    path = tmp_path / "run.log"
    path.write_text(LOG + "\n".join(lines), encoding="utf-8")
    assert training_of(path) == (Epoch(None, 9), Epoch(0.2, None))


def test_a_corpus_that_is_another_one_is_named(tmp_path: Path) -> None:
    run_dir = _run(tmp_path, fingerprints={"corpus": "other"})
    with pytest.raises(ValueError, match=r"one: its corpus 'mini' is not the one .*; do the run again"):
        errors_of_run(run_dir, record=RunRecord.read(run_dir))


def test_a_corpus_without_gold_has_no_errors(tmp_path: Path) -> None:
    bare = [sentence.with_spans(None) for sentence in CORPUS.test or ()]
    corpus = type(CORPUS)(CORPUS.name, CORPUS.labels, CORPUS.train, test=bare)
    run_dir = _run(tmp_path, fingerprints={"corpus": corpus.fingerprint})
    with pytest.raises(ValueError, match="'mini' has no test split with gold labels"):
        errors_of_run(run_dir, record=RunRecord.read(run_dir), corpus=corpus)


def test_the_command_names_what_it_leaves_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    study = error_study(tmp_path, figures=("figure",))
    (tmp_path / "study.yaml").write_text(
        OmegaConf.to_yaml(
            {"question": "Which?", "rows": dict(study.rows), "columns": dict(study.columns), "seeds": [0, 1]}
        ),
        encoding="utf-8",
    )
    whole, foreign = _run(tmp_path, "plain-huge-0"), _run(tmp_path, "foreign")
    older, broken, unpredicted = (_run(tmp_path, name) for name in ("older", "broken", "unpredicted"))
    state = json.loads((older / "record.json").read_text(encoding="utf-8"))
    (older / "record.json").write_text(json.dumps(state | {"version": 0}), encoding="utf-8")
    (broken / "record.json").write_text('{"run_id": "bro', encoding="utf-8")
    (unpredicted / "predictions.jsonl").unlink()
    caplog.set_level(logging.INFO)
    folders = [whole, older, broken, unpredicted, tmp_path / "nothing", foreign]
    with pytest.raises(SystemExit) as caught:
        main([*map(str, folders), "--study", str(tmp_path)])
    problems = str(caught.value).splitlines()
    assert [problem.split(": ")[1] for problem in problems] == [
        f"{older / 'record.json'}",
        f"{broken / 'record.json'}",
        f"{unpredicted / 'predictions.jsonl'}",
        f"{tmp_path / 'nothing' / 'record.json'}",
    ]
    assert "version 0, expected 1" in problems[0]
    assert capsys.readouterr().out == f"{tmp_path}: 1 of 2 analyses belong to its records\n"
    assert read_study_errors(tmp_path / "errors.jsonl")["plain-huge-0"] == RunErrors.read(whole)
    assert RunErrors.read(foreign) is not None
