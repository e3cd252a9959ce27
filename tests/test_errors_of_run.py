from pathlib import Path

import pytest
from finished_runs import CORPUS, HAND, LOG, WEAK, config_of, finished_run
from omegaconf import OmegaConf

from eigennamen.corpora.conll import load
from eigennamen.errors.analysis import mentions
from eigennamen.errors.of_run import errors_of_run, learned_from, training_of
from eigennamen.labels.hand import HandLabels
from eigennamen.records import RunRecord, json_line
from eigennamen.rerun import CONFIGURATION
from eigennamen.scoring import Counts
from eigennamen.studies.errors import Epoch, LabelingFunctionRow
from eigennamen.types import Prediction


def test_a_run_is_analyzed_from_its_folder(tmp_path: Path) -> None:
    row = {"name": "f", "polarity": ["PER"], "votes": 3, "coverage": 1 / 3, "precision": None, "recall": None}
    run_dir = finished_run(tmp_path, labeling_functions={"rows": [row], "n_candidates": 9})
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
    drawn = [sentence.id for sentence in learned_from(config_of(), CORPUS)]
    assert drawn == [sentence.id for sentence in HandLabels(budget=5).training_set(CORPUS).sentences]
    assert learned_from(config_of(WEAK), CORPUS) is CORPUS.train  # whose functions need not be there
    ids = [sentence.id for sentence in CORPUS.train]
    rounds = [{"round": "start", "chosen_ids": []}, {"chosen_ids": [ids[7]]}, {"chosen_ids": [ids[3]]}]
    assert [s.id for s in learned_from(config_of(HAND | {"budget": None}), CORPUS, rounds=rounds)] == [ids[3], ids[7]]


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
    run_dir = finished_run(tmp_path, fingerprints={"corpus": "other"})
    with pytest.raises(ValueError, match=r"one: the corpus mini has other sentences now than when one was scored; "):
        errors_of_run(run_dir, record=RunRecord.read(run_dir))


def test_the_corpus_is_where_it_is_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "today").mkdir()
    (tmp_path / "today/test.conll").write_text("Kiel B-LOC\n", encoding="utf-8")
    files = dict.fromkeys(("train", "test"), "${data_dir}/test.conll")
    config = OmegaConf.to_container(config_of(HAND | {"budget": None})) | {  # type: ignore[operator]
        "data_dir": "${oc.env:EIGENNAMEN_DATA}",
        "corpus": {"_target_": "eigennamen.corpora.conll.load", **files},
    }
    corpus = load(**dict.fromkeys(files, str(tmp_path / "today/test.conll")))
    fingerprints = {"corpus": corpus.fingerprint}
    run_dir = finished_run(tmp_path, fingerprints=fingerprints, environment={CONFIGURATION: config})
    predictions = (Prediction(one, (1.0,)) for one in corpus.test or ())
    (run_dir / "predictions.jsonl").write_text("".join(map(json_line, predictions)), encoding="utf-8")
    monkeypatch.setenv("EIGENNAMEN_DATA", str(tmp_path / "today"))
    assert errors_of_run(run_dir, record=RunRecord.read(run_dir)).analysis.counts["label"]["LOC"] == Counts(1, 1, 1)


def test_a_corpus_without_gold_has_no_errors(tmp_path: Path) -> None:
    bare = [sentence.with_spans(None) for sentence in CORPUS.test or ()]
    corpus = type(CORPUS)(CORPUS.name, CORPUS.labels, CORPUS.train, test=bare)
    run_dir = finished_run(tmp_path, fingerprints={"corpus": corpus.fingerprint})
    with pytest.raises(ValueError, match="the corpus mini has no test split with gold labels"):
        errors_of_run(run_dir, record=RunRecord.read(run_dir), corpus=corpus)
