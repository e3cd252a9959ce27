"""Whole runs on the embedded corpus, as a user starts them."""

import json
import resource
import shutil
from pathlib import Path

import numpy as np
import pytest
from scripts import ROOT, kill_when, run
from transformers import AutoModelForTokenClassification, AutoTokenizer

import eigennamen
from eigennamen.corpora.mini import load as load_mini
from eigennamen.records import RECORD, RunRecord
from eigennamen.schemes import tags_to_spans
from eigennamen.scoring import read_counts
from eigennamen.studies.errors import RunErrors
from eigennamen.types import Sentence
from eigennamen.word_vectors import WordVectors

SMALL = ["corpus.n_train=300", "corpus.n_dev=60", "corpus.n_test=80", "logger=none", "trainer.max_epochs=2"]
TINY_BERT = [
    "module/body=bert",
    "tokenizer.vocab_size=400",
    *(f"module.body.{key}" for key in ("hidden_size=32", "num_hidden_layers=1", "intermediate_size=64")),
]
pytestmark = pytest.mark.slow


def train(folder: Path, *overrides: str, code: int = 0, file_size: int = resource.RLIM_INFINITY) -> str:
    """Run train.py with its output in ``folder``, where no file may grow beyond ``file_size`` bytes, as on a full disk.

    Returns what it printed.
    """
    return run("train.py", *overrides, f"output_dir={folder}", code=code, file_size=file_size).all


def run_dirs(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob(f"*/{RECORD}"))


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def run_dir(outputs: Path) -> Path:
    """A finished weak_labels run with a tiny BERT."""
    train(outputs, "+experiment=weak_labels", *SMALL, *TINY_BERT)
    [found] = run_dirs(outputs)
    return found


def test_the_record_holds_what_tables_need(run_dir: Path) -> None:
    record = RunRecord.read(run_dir)
    assert record.run_id == run_dir.name
    assert (record.experiment, record.corpus, record.seed, record.dev_labels) == ("weak_labels", "mini", 0, "gold")
    assert {"precision", "recall", "f1", "interval"} <= set(record.scores["test"]["micro"])
    assert set(record.scores["test"]["labels"]) <= {"PER", "LOC", "ORG", "MISC"}
    for source in (record.label_model, record.majority_vote):
        assert source is not None
        assert {"train", "dev", "test"} <= set(source)
        assert source["test"]["micro"]["f1"] > 0.2
    assert record.label_source["candidates"] > 100
    assert record.versus_label_model is not None
    assert record.labeling_functions is not None
    assert 0 < record.labeling_functions["recall_ceiling"] < 1
    assert record.times["training_words_per_second"] > 0
    assert {"peak_memory_mb", "peak_memory_of_run"} <= set(record.times)
    assert record.cost["sentences"] == 0
    assert record.cost["dev_sentences"] == 60
    assert record.cost["functions"] == record.label_source["labeling_functions"] + 1  # and the one for background
    assert record.model == {**record.model, "body": "bert", "initialization": "random", "portable": True}
    assert {"repaired_tags", "words_without_subword"} <= set(record.counters)


def test_the_run_folder_has_counts_predictions_config_and_log(run_dir: Path) -> None:
    lines = [json.loads(line) for line in (run_dir / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 80
    assert all({"start", "end", "label", "confidence"} == set(span) for line in lines for span in line["spans"])
    counts = read_counts(run_dir / "counts.parquet")
    assert counts.micro.f1 == RunRecord.read(run_dir).scores["test"]["micro"]["f1"]
    errors = RunErrors.read(run_dir)
    assert errors is not None
    assert errors.analysis.counts["label"] == counts.by_label
    assert len(errors.training) == 2
    assert "seed: 0" in (run_dir / "config.yaml").read_text()
    assert "epoch 2/2" in (run_dir / "run.log").read_text()
    assert not (run_dir / "checkpoints").exists()


def _mini_test() -> tuple[Sentence, ...]:
    labels = {label: label for label in ("PER", "LOC", "ORG", "MISC")}
    return tuple(load_mini(seed=13, n_train=300, n_dev=60, n_test=80, lf_label_map=labels).test or ())


def test_plain_transformers_predicts_the_same(run_dir: Path) -> None:
    model = AutoModelForTokenClassification.from_pretrained(run_dir / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(run_dir / "model")
    written = (run_dir / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    for sentence, line in zip(_mini_test(), written, strict=True):
        encoded = tokenizer(list(sentence.words), is_split_into_words=True, return_tensors="pt")
        best = model(**encoded).logits[0].argmax(-1).tolist()
        first = {word: i for i, word in reversed(list(enumerate(encoded.word_ids()))) if word is not None}
        tags = [model.config.id2label[best[first[word]]] for word in range(len(sentence.words))]
        spans, _ = tags_to_spans(tags, repair="begin")
        saved = [(s["start"], s["end"], s["label"]) for s in json.loads(line)["spans"]]
        assert saved == [(s.start, s.end, s.label) for s in spans]


def _assert_load_predicts_what_was_written(run_dir: Path) -> None:
    predicted = eigennamen.load(run_dir).predict(_mini_test())
    written = [json.loads(line) for line in (run_dir / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
    for prediction, line in zip(predicted, written, strict=True):
        assert [(s.start, s.end, s.label) for s in prediction.spans] == [
            (s["start"], s["end"], s["label"]) for s in line["spans"]
        ]


def test_load_predicts_what_the_run_wrote(run_dir: Path) -> None:
    _assert_load_predicts_what_was_written(run_dir)


def test_a_run_with_word_vectors_is_loaded_without_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "vectors-de"
    words = sorted({word for sentence in _mini_test() for word in sentence.words})
    WordVectors.quantized(words, np.random.default_rng(0).normal(size=(len(words), 8))).save(folder)
    train(tmp_path, "+experiment=hand_labels", *SMALL, f"module.word_vectors={folder}")
    shutil.rmtree(folder)
    [run_dir] = run_dirs(tmp_path)
    record = RunRecord.read(run_dir)
    assert record.model["initialization"] == "word vectors vectors-de"
    assert record.parents[0].startswith("vectors-de@")
    _assert_load_predicts_what_was_written(run_dir)


def test_predict_py_gives_exact_character_offsets(run_dir: Path, tmp_path: Path) -> None:
    text = "Die Stadt Wuppertal\tliegt in Nordrhein-Westfalen. \U0001f600 Herr Müller\r\nkam aus Weimar.\n"
    (tmp_path / "in.txt").write_text(text, encoding="utf-8", newline="")
    printed = run("predict.py", str(run_dir), str(tmp_path / "in.txt"), "--output-format", "jsonl")
    found = [json.loads(line) for line in printed.out.splitlines()]
    assert found
    for sentence in found:
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]
        for span in sentence["spans"]:
            assert text[span["start"] : span["end"]] == span["text"]


def test_the_same_run_again_is_finished_and_force_repeats_it(run_dir: Path, outputs: Path) -> None:
    before = (run_dir / RECORD).stat().st_mtime_ns
    assert "is finished" in train(outputs, "+experiment=weak_labels", *SMALL, *TINY_BERT)
    assert (run_dir / RECORD).stat().st_mtime_ns == before
    first = RunRecord.read(run_dir)
    train(outputs, "+experiment=weak_labels", *SMALL, *TINY_BERT, "force=true")
    assert (run_dir / RECORD).stat().st_mtime_ns > before
    assert RunRecord.read(run_dir).scores == first.scores


def test_a_killed_run_is_resumed_under_its_id(tmp_path: Path) -> None:
    overrides = ["+experiment=weak_labels", *SMALL, "trainer.max_epochs=40", "trainer.patience=40", "logger=wandb"]
    overrides.remove("logger=none")
    kill_when(tmp_path, "*/checkpoints/last.ckpt", "train.py", *overrides, "logger.mode=offline")
    [folder] = [path.parent.parent for path in tmp_path.glob("*/checkpoints/last.ckpt")]
    assert not (folder / RECORD).exists()
    wandb_id = (folder / "wandb_run_id").read_text()
    printed = train(tmp_path, *overrides, "logger.mode=offline")
    assert "resuming after epoch" in printed
    assert run_dirs(tmp_path) == [folder]
    assert (folder / "wandb_run_id").read_text() == wandb_id
    assert len(list((folder / "wandb").glob(f"offline-run-*-{wandb_id}"))) >= 1


def test_a_killed_self_training_goes_on_in_its_round_and_ends_the_same(tmp_path: Path) -> None:
    rounds = ["procedure=self_training", "procedure.rounds=2", "procedure.epochs=4", "trainer.max_epochs=12"]
    overrides = ["+experiment=weak_labels", *SMALL[:-1], *rounds]
    train(tmp_path / "whole", *overrides)
    folder = tmp_path / "parts"
    kill_when(folder, "*/checkpoints/round-1/checkpoints/last.ckpt", "train.py", *overrides)
    printed = train(folder, *overrides)
    assert printed.count("resuming after epoch") == 1
    assert "round 0:" not in printed  # it is not done again
    assert "round 2:" in printed
    [whole, parts] = [RunRecord.read(run_dir) for name in ("whole", "parts") for run_dir in run_dirs(tmp_path / name)]
    assert whole.run_id == parts.run_id
    assert whole.scores == parts.scores
    assert [r["dev_micro_f1"] for r in whole.rounds] == [r["dev_micro_f1"] for r in parts.rounds]
    assert sum(r["chosen"] for r in parts.rounds) == 1
    assert parts.scores["dev"]["micro"]["f1"] == max(r["dev_micro_f1"] for r in parts.rounds)
    assert parts.scores["dev"]["micro"]["f1"] > 0.2
    assert parts.times["epochs"] == 12 + 4 + 4
    assert not (run_dirs(folder)[0] / "checkpoints").exists()


@pytest.mark.parametrize("room", [3_000, 40_000, 100_000])  # configuration, features, checkpoint
def test_a_full_disk_is_said_and_the_run_goes_on_once_there_is_room(tmp_path: Path, room: int) -> None:
    overrides = ["+experiment=weak_labels", *SMALL, *TINY_BERT]
    printed = train(tmp_path, *overrides, code=1, file_size=room)
    assert "cannot be written" in printed
    assert "output_dir=" in printed
    assert "Traceback" not in printed
    assert run_dirs(tmp_path) == []
    assert not [path for path in tmp_path.rglob("*") if "tmp" in path.name]
    train(tmp_path, *overrides)
    assert len(run_dirs(tmp_path)) == 1


def test_rules_train_nothing_and_their_scores_are_the_label_models(tmp_path: Path) -> None:
    train(tmp_path, "+experiment=rules", *SMALL)
    [folder] = run_dirs(tmp_path)
    record = RunRecord.read(folder)
    assert record.label_model is not None
    assert record.scores["test"] == record.label_model["test"]
    assert not (folder / "model").exists()
    with pytest.raises(FileNotFoundError, match="trained none"):
        eigennamen.load(folder)


def test_multirun_over_all_experiments(tmp_path: Path) -> None:
    small = [override for override in SMALL if "max_epochs" not in override]
    train(tmp_path, "-m", "+experiment=glob(*)", "trainer=debug", *small)
    experiments = {path.stem for path in (ROOT / "conf" / "experiment").glob("*.yaml")}
    assert {RunRecord.read(folder).experiment for folder in run_dirs(tmp_path)} == experiments


def test_one_failing_job_does_not_lose_the_others(tmp_path: Path) -> None:
    printed = train(
        tmp_path, "-m", "+experiment=rules", "label_model.n_epochs=-1,5", "dev_budget=0,null", *SMALL, code=1
    )
    assert "dev_budget=0; expected at least 1 sentence" in printed
    assert len(run_dirs(tmp_path)) == 2


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["corpus=conll", "corpus.train=nowhere.conll"], "nowhere.conll: no such file"),
        (["module.pretrained=nobody/nothing", *SMALL], "module.pretrained=nobody/nothing: cannot be loaded"),
        (["dev_labels=silver"], "dev_labels=silver; expected gold or weak"),
        (["module=label_model", "datamodule=hand_labels"], "choose datamodule=weak_labels"),
        (["labeling_functions=only_two"], "Could not find 'labeling_functions/only_two'"),
    ],
)
def test_bad_input_is_one_clear_error(tmp_path: Path, overrides: list[str], message: str) -> None:
    printed = train(tmp_path, "logger=none", *overrides, code=1)
    assert message in printed
    assert "Traceback" not in printed
    assert not run_dirs(tmp_path)
