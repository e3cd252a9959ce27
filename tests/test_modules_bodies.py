"""Bodies: shapes, padding, saving and loading, models that are not there."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForTokenClassification

from eigennamen.codecs.tags import TagCodec
from eigennamen.modules.bodies import BiLSTMForTokenClassification, bert, bilstm, pretrained
from eigennamen.tokenizers import VocabularyTokenizer, train_wordpiece
from eigennamen.word_vectors import WordVectors

torch.set_num_threads(1)  # for tensors as small as here, several threads mostly wait for each other
TEXTS = [["Angela", "Merkel", "besuchte", "Kiel"], ["in", "Jena", "scheint", "die", "Sonne"]]
VOCABULARY = TagCodec(labels=["PER", "LOC"], tokenizer=VocabularyTokenizer(["Kiel", "in"], list("Kielnx")))
WORDPIECE = TagCodec(labels=["PER", "LOC"], tokenizer=train_wordpiece(TEXTS, vocab_size=80))
TINY_BERT = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_positions": 32,
}


def _bilstm(codec: TagCodec = VOCABULARY, **settings: int | float) -> Any:
    torch.manual_seed(0)
    return bilstm(codec=codec, word_size=6, character_size=5, character_filters=4, hidden_size=7, **settings)


def _inputs(codec: TagCodec, sentences: list[list[str]]) -> dict[str, torch.Tensor]:
    inputs = codec.tokenizer.windows(sentences).inputs
    return codec.tokenizer.pad([{name: column[i] for name, column in inputs.items()} for i in range(len(sentences))])


SENTENCES = [["in", "Kiel", "x"], ["Kiel"]]


@pytest.mark.parametrize("n_layers", [1, 2])
def test_bilstm_gives_emissions_for_every_position(n_layers: int) -> None:
    emissions = _bilstm(n_layers=n_layers).eval()(**_inputs(VOCABULARY, SENTENCES)).logits
    assert emissions.shape == (2, 3, 5)


@pytest.mark.parametrize("n_layers", [1, 2])
def test_bilstm_ignores_padding(n_layers: int) -> None:
    network = _bilstm(n_layers=n_layers).eval()
    torch.nn.init.normal_(network.spelling.weight, std=3.0)  # so that padding behind a word would make a difference
    words = ["Kiel", "xnei", "leiK", "nKnK", "ilxe", "eeln"]  # alone, none of them is padded
    alone = network(**_inputs(VOCABULARY, [words])).logits
    together = network(**_inputs(VOCABULARY, [words, ["x" * 20] * 30])).logits
    assert torch.allclose(alone[0], together[0, : len(words)], atol=1e-6)


def test_bilstm_reads_both_sides_and_the_characters() -> None:
    network = _bilstm().eval()
    first = network(**_inputs(VOCABULARY, [["Kiel", "Kiel", "Kiel"]])).logits[0]
    for changed in (["in", "Kiel", "Kiel"], ["Kiel", "Kiel", "in"]):
        assert not torch.allclose(first[1], network(**_inputs(VOCABULARY, [changed])).logits[0, 1])
    unknown = network(**_inputs(VOCABULARY, [["nix"], ["xin"]])).logits
    assert not torch.allclose(unknown[0], unknown[1])


def test_bilstm_padding_keeps_zero_vectors() -> None:
    network = _bilstm()
    network(**_inputs(VOCABULARY, SENTENCES)).logits.sum().backward()
    torch.optim.SGD(network.parameters(), lr=1.0).step()
    assert not network.words.weight[0].any()
    assert not network.characters.weight[0].any()


def test_word_dropout_hides_words_in_training_only() -> None:
    network = _bilstm(word_dropout=1.0, dropout=0.0)
    known, unknown = (_inputs(VOCABULARY, [[word]]) for word in ("in", "ni"))
    known["character_ids"] = unknown["character_ids"]
    assert torch.equal(network(**known).logits, network(**unknown).logits)
    network.eval()
    assert not torch.equal(network(**known).logits, network(**unknown).logits)


def test_dropout_changes_emissions_in_training_only() -> None:
    network = _bilstm()
    inputs = _inputs(VOCABULARY, SENTENCES)
    assert not torch.equal(network(**inputs).logits, network(**inputs).logits)
    network.eval()
    assert torch.equal(network(**inputs).logits, network(**inputs).logits)


def test_bilstm_survives_saving(tmp_path: Path) -> None:
    network = _bilstm().eval()
    network.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").exists()
    loaded = AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    assert isinstance(loaded, BiLSTMForTokenClassification)
    inputs = _inputs(VOCABULARY, SENTENCES)
    assert torch.equal(loaded(**inputs).logits, network(**inputs).logits)
    assert loaded.config.id2label == dict(enumerate(VOCABULARY.tags))


WORD_VECTORS = WordVectors.quantized(["Jena", "Kiel", "null"], np.array([[3.0, 4.0], [0.0, -2.0], [0.0, 0.0]]))
WITH_VECTORS = TagCodec(
    labels=["PER", "LOC"], tokenizer=VocabularyTokenizer(["Kiel", "in"], list("Kielnx"), word_vectors=WORD_VECTORS)
)


def _with_vectors(**settings: int | float) -> Any:
    return _bilstm(codec=WITH_VECTORS, **settings)


def test_bilstm_takes_size_and_content_of_word_vectors_from_the_tokenizer() -> None:
    network = _with_vectors(vector_length=5.0)
    assert (network.config.n_vectors, network.config.vector_size) == (5, 2)
    assert network.vectors.dtype == torch.int8
    vectors = network.vectors * network.scales.unsqueeze(1)
    expected = torch.tensor([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0], [0.0, -5.0], [0.0, 0.0]])
    assert torch.allclose(vectors, expected, atol=0.05)


def test_bilstm_tells_words_apart_that_only_have_vectors() -> None:
    network = _with_vectors().eval()
    inputs = _inputs(WITH_VECTORS, [["Jena"], ["Gera"]])  # neither is a word of the vocabulary
    inputs["character_ids"][1] = inputs["character_ids"][0]
    emissions = network(**inputs).logits
    assert not torch.allclose(emissions[0], emissions[1])
    inputs["vector_ids"][0] = 1
    emissions = network(**inputs).logits
    torch.testing.assert_close(emissions[0], emissions[1])  # rows of a batch may be rounded differently


def test_bilstm_with_vectors_ignores_padding() -> None:
    network = _with_vectors().eval()
    alone = network(**_inputs(WITH_VECTORS, [["Jena"]])).logits
    together = network(**_inputs(WITH_VECTORS, [["Jena"], ["Kiel", "in", "Jena"]])).logits
    assert torch.allclose(alone[0], together[0, :1], atol=1e-6)


def test_word_vectors_are_never_trained_and_word_dropout_leaves_them() -> None:
    network = _with_vectors(word_dropout=1.0, dropout=0.0)
    assert not {"vectors", "scales"} & {name for name, _ in network.named_parameters()}
    inputs = _inputs(WITH_VECTORS, [["Kiel"], ["Kiel"]])
    inputs["vector_ids"][1] = 1
    emissions = network(**inputs).logits
    assert not torch.allclose(emissions[0], emissions[1])
    emissions.sum().backward()
    assert not network.vectors.requires_grad
    assert not network.scales.requires_grad


def test_bilstm_with_vectors_survives_saving_without_their_folder(tmp_path: Path) -> None:
    network = _with_vectors().eval()
    network.save_pretrained(tmp_path)
    loaded: Any = AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    assert loaded.vectors.dtype == torch.int8
    inputs = _inputs(WITH_VECTORS, [["Jena", "Kiel", "x"]])
    assert torch.equal(loaded(**inputs).logits, network(**inputs).logits)


def test_bilstm_needs_the_vectors_that_its_tokenizer_knows_words_of() -> None:
    tokenizer = VocabularyTokenizer(["Kiel"], ["K"], vector_words=["Kiel"])
    with pytest.raises(ValueError, match=r"knows words of vectors but not the vectors.*word_vectors=FOLDER"):
        bilstm(codec=TagCodec(labels=["PER"], tokenizer=tokenizer))


def test_bilstm_needs_whole_words() -> None:
    with pytest.raises(ValueError, match="reads whole words, got SubwordTokenizer: leave tokenizer=vocabulary"):
        bilstm(codec=WORDPIECE)


def test_bert_gives_emissions_for_every_position() -> None:
    network = bert(codec=WORDPIECE, **TINY_BERT).eval()
    inputs = _inputs(WORDPIECE, TEXTS)
    assert network(**inputs).logits.shape == (*inputs["input_ids"].shape, 5)
    assert network.config.id2label == dict(enumerate(WORDPIECE.tags))
    assert network.config.max_position_embeddings == 32


def test_pretrained_keeps_the_encoder_and_renews_the_head(tmp_path: Path) -> None:
    other = TagCodec(labels=["ORG"], tokenizer=WORDPIECE.tokenizer)
    saved: Any = bert(codec=other, **TINY_BERT)
    saved.save_pretrained(tmp_path)
    network: Any = pretrained(codec=WORDPIECE, pretrained=str(tmp_path))
    assert network.classifier.out_features == 5
    assert network.config.label2id == {tag: i for i, tag in enumerate(WORDPIECE.tags)}
    for name, weights in saved.bert.state_dict().items():
        assert torch.equal(network.bert.state_dict()[name], weights)


@pytest.mark.parametrize("frozen", [True, False])
def test_pretrained_embeddings_can_be_kept_from_training(tmp_path: Path, frozen: bool) -> None:
    bert(codec=WORDPIECE, **TINY_BERT).save_pretrained(tmp_path)
    network = pretrained(codec=WORDPIECE, pretrained=str(tmp_path), freeze_embeddings=frozen)
    network(**_inputs(WORDPIECE, SENTENCES)).logits.sum().backward()
    assert (network.get_input_embeddings().weight.grad is None) == frozen
    assert network.classifier.weight.grad is not None


def test_pretrained_reads_half_precision_as_float32(tmp_path: Path) -> None:
    half: Any = bert(codec=WORDPIECE, **TINY_BERT)
    half.to(torch.bfloat16).save_pretrained(tmp_path)
    network = pretrained(codec=WORDPIECE, pretrained=str(tmp_path))
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}


@pytest.fixture
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.mark.usefixtures("_offline")
@pytest.mark.parametrize("name", ["nobody/nothing", "no/such/folder/at/all"])
def test_missing_model_is_explained(name: str) -> None:
    with pytest.raises(ValueError, match=rf"module.pretrained={name}: cannot be loaded .*copy the folder here"):
        pretrained(codec=WORDPIECE, pretrained=name)


def test_broken_weights_are_explained(tmp_path: Path) -> None:
    bert(codec=WORDPIECE, **TINY_BERT).save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ValueError, match="cannot be loaded"):
        pretrained(codec=WORDPIECE, pretrained=str(tmp_path))


@pytest.mark.parametrize("model_type", ["bert", "of-my-own"])
def test_code_beside_a_model_is_never_run(tmp_path: Path, model_type: str) -> None:
    folder = tmp_path / "model"
    bert(codec=WORDPIECE, **TINY_BERT).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    classes = {"AutoConfig": "own.Config", "AutoModelForTokenClassification": "own.Model"}
    (folder / "config.json").write_text(json.dumps(config | {"model_type": model_type, "auto_map": classes}))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'was_run')!r}, 'w')\nclass Config: pass\nclass Model: pass\n")
    if model_type == "bert":
        assert type(pretrained(codec=WORDPIECE, pretrained=str(folder))).__module__.startswith("transformers.")
    else:
        with pytest.raises(ValueError, match="cannot be loaded"):
            pretrained(codec=WORDPIECE, pretrained=str(folder))
    assert not (tmp_path / "was_run").exists()
