"""Whole runs of the generative method on the embedded corpus, as a user starts them."""

import json
from pathlib import Path
from typing import Any

import pytest
from scripts import run
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

import eigennamen
from eigennamen.records import RECORD, RunRecord

SMALL = ["corpus.n_train=120", "corpus.n_dev=30", "corpus.n_test=30", "logger=none", "trainer=debug"]
TINY_T5 = [
    "module/body=t5",
    "tokenizer.vocab_size=600",
    *(f"module.body.{key}" for key in ("d_model=32", "d_kv=8", "d_ff=64", "num_layers=1")),
]
RATES = ("format_error_rate", "unknown_label_rate", "reconstruction_error_rate", "unaligned_mention_rate")
pytestmark = pytest.mark.slow


def train(folder: Path, *overrides: str) -> tuple[Path, RunRecord]:
    """The folder and the record of the only run in ``folder``."""
    run("train.py", "+experiment=seq2seq", *SMALL, *TINY_T5, *overrides, f"output_dir={folder}")
    [found] = [path.parent for path in folder.glob(f"*/{RECORD}")]
    return found, RunRecord.read(found)


def check_generation(record: RunRecord) -> dict[str, Any]:
    assert record.generation is not None
    assert [record.generation[rate] for rate in RATES] == [0.0] * 4
    assert 0 <= record.generation["lenient_string_f1"] <= 1
    assert record.generation["outputs"] >= 30
    return record.generation


@pytest.mark.parametrize("form", ["brackets", "typed_list", "word_tags"])
def test_each_output_format_is_trained_recorded_and_loaded(form: str, tmp_path: Path) -> None:
    folder, record = train(tmp_path, f"datamodule/codec/format={form}")
    assert (record.experiment, record.corpus, record.model["body"]) == ("seq2seq", "mini", "t5")
    assert record.model["initialization"] == "random"
    generation = check_generation(record)
    if form != "typed_list":
        assert generation["texts"] == generation["outputs"] <= generation["passes"]
    assert {"misspelled_words", "cut_words", "cut_spans", "ambiguous_spans"} <= set(record.counters)
    assert set(record.scores["test"]["labels"]) <= {"PER", "LOC", "ORG", "MISC"}
    lines = [json.loads(line) for line in (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 30
    assert sum(len(line["spans"]) for line in lines) == generation["mentions"]
    assert all(0 <= span["confidence"] <= 1 for line in lines for span in line["spans"])
    model, tokenizer = (one.from_pretrained(folder / "model") for one in (AutoModelForSeq2SeqLM, AutoTokenizer))
    assert model.config.vocab_size == len(tokenizer)
    loaded = eigennamen.load(folder)
    assert loaded.codec.format.name == form


def test_the_default_body_is_the_shipped_bert_with_a_decoder(tmp_path: Path) -> None:
    run("train.py", "+experiment=seq2seq", *SMALL, f"output_dir={tmp_path}")
    [folder] = [path.parent for path in tmp_path.glob(f"*/{RECORD}")]
    record = RunRecord.read(folder)
    check_generation(record)
    assert record.model["body"] == "encoder-decoder"
    [parent] = record.parents
    assert parent.startswith("mlm_de-")
    model = AutoModelForSeq2SeqLM.from_pretrained(folder / "model")
    assert (model.config.encoder.model_type, model.config.decoder.model_type) == ("modernbert", "bert")
    assert eigennamen.load(folder).prefix[0] == AutoTokenizer.from_pretrained(folder / "model").sep_token_id


def test_predict_py_gives_exact_character_offsets(tmp_path: Path) -> None:
    folder, _ = train(tmp_path, "module.optimizer=adafactor", "module.loss_over=vocabulary")
    text = (
        "Die Stadt Wuppertal\tliegt in [ Nordrhein-Westfalen ]. \U0001f600 Herr Mu\u0308ller | kam aus </s> Weimar.\n"
    )
    (tmp_path / "in.txt").write_text(text, encoding="utf-8", newline="")
    printed = run("predict.py", str(folder), str(tmp_path / "in.txt"), "--output-format", "jsonl")
    found = [json.loads(line) for line in printed.out.splitlines()]
    assert found
    assert "".join("".join(sentence["text"].split()) for sentence in found) == "".join(text.split())
    for sentence in found:
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]
        for span in sentence["spans"]:
            assert text[span["start"] : span["end"]] == span["text"]


def test_weak_labels_are_written_as_text_too(tmp_path: Path) -> None:
    _, record = train(tmp_path, "datamodule/label_source=weak")
    check_generation(record)
    assert record.label_model is not None
    assert record.majority_vote is not None
    assert record.versus_label_model is not None
    assert record.label_source["candidates"] > 10
    assert record.cost["sentences"] == 0


def test_without_constraint_errors_are_recorded(tmp_path: Path) -> None:
    _, record = train(tmp_path, "module.constrained=false", "module.loss_over=vocabulary")
    assert record.generation is not None
    assert max(record.generation[rate] for rate in RATES) > 0
    assert record.generation["passes"] == 0


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["+experiment=seq2seq", "datamodule=hand_labels"], "add datamodule/codec=text"),
        (["+experiment=hand_labels", "datamodule=seq2seq"], "datamodule/codec=tags"),
        (
            ["+experiment=seq2seq", "datamodule/label_source=weak", "datamodule.label_source.targets=soft"],
            "targets=hard",
        ),
        (
            ["+experiment=seq2seq", "module.pretrained=models/eigennamen-bert-mini"],
            "or module/body=warm_started, which gives an encoder a decoder",
        ),
        (["+experiment=seq2seq", "datamodule.codec.names={PER:x,LOC:x}"], "are both named"),
    ],
)
def test_what_does_not_fit_is_one_clear_error(tmp_path: Path, overrides: list[str], message: str) -> None:
    printed = run("train.py", *overrides, *SMALL, f"output_dir={tmp_path}", code=1)
    assert message in printed.all
    assert "Traceback" not in printed.all
    assert not list(tmp_path.glob(f"*/{RECORD}"))
