"""Whole pretrainings on tiny text, as a user starts them, and a training that goes on from one."""

import random
from pathlib import Path

import pytest
import scripts
import torch
from safetensors.torch import load_file
from transformers import AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoTokenizer

from eigennamen.files import file_fingerprint
from eigennamen.records import RECORD, PretrainingRecord, RunRecord
from eigennamen.word_vectors import WordVectors

WORDS = (
    "Anna Otto Emil Kiel Jena Bonn reiste fuhr ging nach von über und am Montag Dienstag Straße große kleine Hund "
    "Katze Haus Müller kaufte sah hörte"
).split()
MLM = [
    "+experiment=mlm_de",
    "objective.tokenizer.vocab_size=110",
    "objective.skip_gram_epochs=0",
    "objective.network.hidden_size=16",
    "objective.network.num_hidden_layers=1",
    "objective.network.num_attention_heads=2",
    "objective.network.intermediate_size=32",
]
T5 = [
    "+experiment=span_corruption_de",
    "objective.tokenizer.vocab_size=430",
    "objective.skip_gram_epochs=0",
    *(f"objective.network.{setting}" for setting in ("d_model=16", "d_kv=8", "d_ff=32", "num_heads=2")),
    *(f"objective.network.{setting}" for setting in ("num_layers=1", "num_decoder_layers=1")),
]
pytestmark = pytest.mark.slow


def run(script: str, folder: Path, *overrides: str, code: int = 0) -> str:
    """Run a script with its output in ``folder``; returns what it printed."""
    return scripts.run(script, "logger=none", f"output_dir={folder}", *overrides, code=code).all


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The overrides for a text of 600 lines."""
    draw = random.Random(0)
    lines = [" ".join(draw.choices(WORDS, k=draw.randint(4, 14))) + "." for _ in range(600)]
    path = tmp_path_factory.mktemp("text") / "lines.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return [f"corpus.unlabeled={path}", "exclude=[]"]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def mlm(outputs: Path, text: list[str]) -> Path:
    """The folder of a finished masked-language modelling."""
    run("pretrain.py", outputs, *MLM, *text, "trainer=debug")
    [folder] = run_dirs(outputs, "mlm_de")
    return folder


def run_dirs(folder: Path, experiment: str) -> list[Path]:
    return sorted(path.parent for path in folder.glob(f"{experiment}-*/{RECORD}"))


def test_the_record_says_what_was_seen_and_what_came_out(mlm: Path) -> None:
    record = PretrainingRecord.read(mlm)
    assert (record.run_id, record.objective, record.parents) == (mlm.name, "masked_language_model", ())
    assert record.text["lines"] == 600
    assert list(record.text["files"]) == ["lines.txt"]
    assert record.model["vocabulary"] == 110
    assert [point["step"] for point in record.curve] == [4]
    assert record.training["subwords_seen"] == 4 * 4 * 127
    assert record.files == {
        path.name: file_fingerprint(path)
        for path in (mlm / "model").iterdir()
        if path.name not in (RECORD, "README.md")
    }
    assert PretrainingRecord.read(mlm / "model") == record
    assert {path.name for path in mlm.iterdir()} == {
        *("config.yaml", "curve.pdf", "curve.png", "model", "record.json", "run.log")
    }


def test_transformers_loads_the_encoder_without_this_project(mlm: Path) -> None:
    network = AutoModelForMaskedLM.from_pretrained(mlm / "model")
    tokenizer = AutoTokenizer.from_pretrained(mlm / "model")
    inputs = tokenizer("Anna fuhr nach [MASK].", return_tensors="pt")
    assert tokenizer.mask_token_id in inputs["input_ids"][0].tolist()
    assert torch.isfinite(network(**inputs).logits).all()
    assert tokenizer.decode(inputs["input_ids"][0], skip_special_tokens=True) == "Anna fuhr nach."


def test_the_same_command_again_says_that_it_is_finished(outputs: Path, text: list[str], mlm: Path) -> None:
    before = (mlm / RECORD).stat().st_mtime_ns
    published = outputs / "published"
    printed = run("pretrain.py", outputs, *MLM, *text, "trainer=debug", "trainer.num_workers=1", f"publish={published}")
    assert f"run {mlm.name} is finished" in printed
    assert f"module.pretrained={published}\n" in printed
    assert "\n# published\n" in (published / "README.md").read_text(encoding="utf-8")
    assert f"\n# {mlm.name}\n" in (mlm / "model" / "README.md").read_text(encoding="utf-8")
    assert (mlm / RECORD).stat().st_mtime_ns == before


def test_pretraining_goes_on_from_a_model(outputs: Path, text: list[str], mlm: Path) -> None:
    run("pretrain.py", outputs, *MLM, *text, "trainer=debug", f"objective.pretrained={mlm}/model", "name=more")
    [more] = run_dirs(outputs, "more")
    record = PretrainingRecord.read(more)
    assert record.parents == (mlm.name,)
    assert (more / "model" / "tokenizer.json").read_bytes() == (mlm / "model" / "tokenizer.json").read_bytes()
    before, after = (load_file(folder / "model" / "model.safetensors") for folder in (mlm, more))
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)


def test_a_training_from_it_cites_it(outputs: Path, mlm: Path) -> None:
    small = ["corpus.n_train=40", "corpus.n_dev=10", "corpus.n_test=10", "trainer.max_epochs=1"]
    run("train.py", outputs, "+experiment=hand_labels", f"module.pretrained={mlm}/model", *small)
    [folder] = run_dirs(outputs, "hand_labels")
    assert RunRecord.read(folder).parents == (mlm.name,)


def test_span_corruption_makes_an_encoder_decoder(outputs: Path, text: list[str]) -> None:
    run("pretrain.py", outputs, *T5, *text, "trainer=debug")
    [folder] = run_dirs(outputs, "span_corruption_de")
    network = AutoModelForSeq2SeqLM.from_pretrained(folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    inputs = tokenizer("Anna fuhr <extra_id_0> Kiel 😀.", return_tensors="pt")
    assert tokenizer.convert_tokens_to_ids("<extra_id_0>") in inputs["input_ids"][0].tolist()
    assert torch.isfinite(network(**inputs, labels=inputs["input_ids"]).logits).all()
    assert network.generate(**inputs, max_new_tokens=3).shape[0] == 1


def test_word_vectors(outputs: Path, text: list[str]) -> None:
    printed = run("pretrain.py", outputs, "+experiment=word_vectors_de", *text, "objective.size=8")
    [folder] = run_dirs(outputs, "word_vectors_de")
    vectors = WordVectors.load(folder / "model")
    assert (len(vectors), vectors.size) == (len({*WORDS, "."}), 8)
    assert PretrainingRecord.read(folder).model == {"body": "word vectors", "words": len(vectors), "size": 8}
    assert f"module.word_vectors={folder}/model\n" in printed


@pytest.mark.parametrize("recipe", [MLM, T5], ids=["mlm", "t5"])
def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(
    tmp_path: Path, text: list[str], recipe: list[str]
) -> None:
    longer = [*recipe, *text, "trainer.max_steps=400", "trainer.batch_size=4", "trainer.checkpoint_seconds=0"]
    run("pretrain.py", tmp_path / "whole", *longer)
    scripts.kill_when(tmp_path / "killed", "*/checkpoints/last.ckpt", "pretrain.py", "logger=none", *longer)
    assert not list((tmp_path / "killed").glob(f"*/{RECORD}"))
    assert "resuming after epoch" in run("pretrain.py", tmp_path / "killed", *longer)
    [whole], [resumed] = (list((tmp_path / folder).glob("*/model")) for folder in ("whole", "killed"))
    assert whole.parent.name == resumed.parent.name
    assert not (resumed.parent / "checkpoints").exists()
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (resumed / name).read_bytes() == (whole / name).read_bytes(), name
    curves = [PretrainingRecord.read(model.parent).curve for model in (whole, resumed)]
    assert [point["held_out_loss"] for point in curves[0]] == [point["held_out_loss"] for point in curves[1]]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["corpus.unlabeled=nowhere/*.txt"], "nowhere/*.txt: no such file"),
        (["corpus.unlabeled=null"], "corpus.unlabeled is not set"),
        (["exclude=[conll]"], "corpus 'conll': no file given; set corpus.train"),
        (["objective.pretrained=nobody/nothing"], "objective.pretrained=nobody/nothing: cannot be loaded"),
    ],
)
def test_bad_input_is_one_clear_error(tmp_path: Path, text: list[str], overrides: list[str], message: str) -> None:
    given = {override.partition("=")[0] for override in overrides}
    rest = [override for override in (*MLM, *text) if override.partition("=")[0] not in given]
    printed = run("pretrain.py", tmp_path, *rest, "trainer=debug", *overrides, code=1)
    assert message in printed
    assert "Traceback" not in printed
    assert not run_dirs(tmp_path, "mlm_de")


def test_test_sentences_are_left_out(tmp_path: Path, text: list[str]) -> None:
    path = tmp_path / "text.txt"
    own = Path(text[0].partition("=")[2]).read_text(encoding="utf-8")
    path.write_text(own + "\nDaraufhin: ANNA reiste am Montag nach Köln!\n", encoding="utf-8")
    test = tmp_path / "test.conll"
    words = "Anna reiste am Montag nach Köln .".split()
    test.write_text(
        "\n".join(f"{word} {'B-LOC' if word == 'Köln' else 'O'}" for word in words) + "\n", encoding="utf-8"
    )
    changed = [f"corpus.unlabeled={path}", "exclude=[conll]", f"exclude.conll.test={test}"]
    run("pretrain.py", tmp_path, *MLM, *changed, "trainer=debug")
    [folder] = run_dirs(tmp_path, "mlm_de")
    record = PretrainingRecord.read(folder)
    assert (record.text["lines"], record.text["excluded_lines"]) == (600, {"conll": 1})
