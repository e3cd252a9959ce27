"""The token classifier: loss against hard and soft targets, predictions whatever the batch, saving and loading."""

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import AutoModelForTokenClassification, AutoTokenizer, BertConfig, PreTrainedModel
from transformers.modeling_outputs import TokenClassifierOutput

from eigennamen.codecs.tags import Batch, TagCodec, Targets
from eigennamen.modules.bodies import bert, bilstm
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.schemes import tags_to_spans
from eigennamen.tokenizers import VocabularyTokenizer, train_vocabulary, train_wordpiece
from eigennamen.types import Sentence, Span, TrainingSet
from eigennamen.word_vectors import WordVectors

torch.set_num_threads(1)  # for tensors as small as here, several threads mostly wait for each other
LABELS = ("PER", "LOC")
WORDS = "Angela Merkel besuchte gestern die Universität Kiel , sagte ihr Sprecher in Jena .".split()
SENTENCES = [Sentence(f"s{n}", tuple(WORDS[i % 7 + i % 3] for i in range(n))) for n in (1, 2, 3, 5, 8, 13, 40, 90)]
ODD = Sentence("odd", ("\u200b", "x" * 3000, "東京", "\x01"))


def _bert() -> TokenClassifier:
    torch.manual_seed(1)
    codec = TagCodec(labels=LABELS, tokenizer=train_wordpiece([WORDS], vocab_size=100, max_length=32, stride=8))
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    return _varied(TokenClassifier(codec=codec, body=bert(codec=codec, max_positions=32, **sizes)))


def _bilstm() -> TokenClassifier:
    torch.manual_seed(1)
    codec = TagCodec(labels=LABELS, tokenizer=train_vocabulary([WORDS], min_count=1))
    sizes = {"word_size": 8, "character_size": 6, "character_filters": 6, "hidden_size": 8}
    return _varied(TokenClassifier(codec=codec, body=bilstm(codec=codec, **sizes)))


def _with_vectors() -> TokenClassifier:
    torch.manual_seed(2)
    words = WordVectors.quantized(["die", "Jena", "Angela"], np.array([[1.0, 2.0], [2.0, -1.0], [-1.0, 0.0]]))
    tokenizer = VocabularyTokenizer(["die", "Merkel"], ["M", "e"], word_vectors=words)
    codec = TagCodec(labels=LABELS, tokenizer=tokenizer)
    sizes = {"word_size": 8, "character_size": 6, "character_filters": 6, "hidden_size": 8}
    return _varied(TokenClassifier(codec=codec, body=bilstm(codec=codec, **sizes), word_vectors="models/vectors-de"))


def _all_probs(module: TokenClassifier) -> NDArray[np.float32]:
    return np.concatenate([p.tag_probs for p in module.predict(SENTENCES) if p.tag_probs is not None])


def _varied(module: TokenClassifier) -> TokenClassifier:
    """Larger weights in the last layer: a tiny random network would give all words the same tag."""
    with torch.no_grad():
        module.network.get_parameter("classifier.weight").normal_(std=5.0)
    return module


Make = Callable[[], TokenClassifier]
BODIES = pytest.mark.parametrize("make", [_bert, _bilstm, _with_vectors])


@BODIES
def test_padding_never_changes_predictions(make: Make) -> None:
    module = make()
    together = module.predict(SENTENCES)
    assert sum(len(prediction.spans) for prediction in together) > 10
    for sentence, among_others in zip(SENTENCES, together, strict=True):
        [alone] = module.predict([sentence])
        assert alone.tag_probs is not None
        assert alone.tag_probs == pytest.approx(among_others.tag_probs, abs=1e-5)
        assert alone.spans == among_others.spans


@BODIES
def test_every_word_gets_a_distribution(make: Make) -> None:
    module = make()
    predictions = module.predict([*SENTENCES, ODD], batch_size=3)
    assert [prediction.sentence.id for prediction in predictions] == [s.id for s in [*SENTENCES, ODD]]
    for prediction in predictions:
        assert prediction.tag_probs is not None
        assert prediction.tag_probs.shape == (len(prediction.sentence.words), 5)
        assert np.allclose(prediction.tag_probs.sum(axis=1), 1.0, atol=1e-5)
        assert all(0 < confidence <= 1 for confidence in prediction.confidences)


def test_words_without_subword_are_predicted_and_counted() -> None:
    module = _bert()
    [prediction] = module.predict([ODD])
    assert prediction.tag_probs is not None
    assert prediction.tag_probs.sum() == pytest.approx(4.0)
    assert module.codec.counters["words_without_subword"] == 2


def test_no_sentences_no_predictions() -> None:
    assert _bilstm().predict([]) == []


@BODIES
def test_predictions_are_without_dropout(make: Make) -> None:
    module = make().train()
    first, second = (_all_probs(module) for _ in range(2))
    assert np.array_equal(first, second)


@BODIES
def test_a_loaded_classifier_predicts_the_same(make: Make, tmp_path: Path) -> None:
    module = make()
    module.save_pretrained(tmp_path)
    loaded = TokenClassifier.from_pretrained(tmp_path)
    assert loaded.codec.labels == LABELS
    for one, other in zip(module.predict(SENTENCES), loaded.predict(SENTENCES), strict=True):
        assert one.spans == other.spans
    assert np.array_equal(_all_probs(module), _all_probs(loaded))


@pytest.mark.slow
def test_a_bilstm_loads_in_a_process_that_knows_only_the_classifier(tmp_path: Path) -> None:
    _bilstm().save_pretrained(tmp_path)
    code = (
        "from eigennamen.modules.token_classifier import TokenClassifier\n"
        f"print(TokenClassifier.from_pretrained({str(tmp_path)!r}).description['body'])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "bilstm"


def test_transformers_alone_gives_the_same_predictions(tmp_path: Path) -> None:
    module = _bert()
    module.save_pretrained(tmp_path)
    assert module.portable
    model = AutoModelForTokenClassification.from_pretrained(tmp_path).eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    repaired = 0
    for prediction in module.predict(SENTENCES[:5]):
        words = prediction.sentence.words
        encoded = tokenizer(list(words), is_split_into_words=True, return_tensors="pt")
        first_subwords = [encoded.word_ids().index(i) for i in range(len(words))]
        best = model(**encoded).logits[0, first_subwords].argmax(dim=1)
        spans, repairs = tags_to_spans([model.config.id2label[i.item()] for i in best], repair="begin")
        assert spans == prediction.spans
        repaired += repairs
    assert module.codec.counters["repaired_tags"] == repaired > 0


def test_description() -> None:
    module = _bilstm()
    assert not module.portable
    assert module.description == {
        "body": "bilstm",
        "initialization": "random",
        "parameters": sum(parameter.numel() for parameter in module.network.parameters()),
        "portable": False,
    }
    bert_module = _bert()
    named = TokenClassifier(codec=bert_module.codec, body=bert_module.network, pretrained="some/model").description
    assert (named["body"], named["initialization"], named["portable"]) == ("bert", "some/model", True)
    assert _with_vectors().description["initialization"] == "word vectors vectors-de"


class Emissions(PreTrainedModel):
    """Gives fixed emissions: one row for each position of a single window."""

    config_class = BertConfig

    def __init__(self, rows: list[list[float]]) -> None:
        super().__init__(BertConfig())
        self.rows = nn.Parameter(torch.tensor([rows]))

    def forward(self, **inputs: torch.Tensor) -> TokenClassifierOutput:
        return TokenClassifierOutput(logits=self.rows)


ANNA = Sentence("anna", ("Anna", "kommt"), (Span(0, 1, "PER"),))  # tags: O B-PER I-PER
HALF = math.log(2.0)  # emissions (log 2, 0, 0) are the probabilities 1/2 1/4 1/4


def _training_step(training_set: TrainingSet, **settings: Any) -> tuple[float, torch.Tensor]:
    """Loss of ANNA under emissions (log 2, 0, 0) and (0, log 2, 0), and the gradient of the emissions."""
    codec = TagCodec(labels=["PER"], tokenizer=VocabularyTokenizer(["Anna"], ["A"]))
    network = Emissions([[HALF, 0.0, 0.0], [0.0, HALF, 0.0]])
    module = TokenClassifier(codec=codec, body=network, **settings)
    module.log = lambda *args, **kwargs: None  # type: ignore[method-assign]  # there is no trainer
    batch: Batch = codec.collate([codec.encode([ANNA])[0]], Targets.of(training_set, codec.tags))
    loss = module.training_step(batch, 0)
    loss.backward()
    assert network.rows.grad is not None
    return loss.item(), network.rows.grad[0]


def test_loss_of_hard_targets_is_the_mean_over_words() -> None:
    loss, gradient = _training_step(TrainingSet([ANNA]))  # B-PER has 1/4, then O has 1/4
    assert loss == pytest.approx(math.log(4.0))
    assert gradient.flatten().tolist() == pytest.approx([1 / 4, -3 / 8, 1 / 8, -3 / 8, 1 / 4, 1 / 8])


def test_loss_of_soft_targets_is_the_expected_one() -> None:
    soft = np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]], dtype=np.float32)
    loss, gradient = _training_step(TrainingSet([ANNA], tag_probs={"anna": soft}))
    assert loss == pytest.approx((0.5 * math.log(2.0) + 0.5 * math.log(4.0) + math.log(2.0)) / 2)
    assert gradient[0].tolist() == pytest.approx([0.0, -1 / 8, 1 / 8])


def test_one_hot_soft_targets_are_hard_targets() -> None:
    one_hot = np.array([[0, 1, 0], [1, 0, 0]], dtype=np.float32)
    soft, hard = _training_step(TrainingSet([ANNA], tag_probs={"anna": one_hot})), _training_step(TrainingSet([ANNA]))
    assert soft[0] == hard[0]
    assert torch.equal(soft[1], hard[1])


def test_a_masked_word_has_no_part_in_loss_and_gradient() -> None:
    weights = np.array([0.0, 1.0], dtype=np.float32)
    loss, gradient = _training_step(TrainingSet([ANNA], weights={"anna": weights}))
    assert loss == pytest.approx(math.log(4.0))  # of the second word alone, not halved
    assert gradient[0].tolist() == [0.0, 0.0, 0.0]
    assert gradient[1].tolist() == pytest.approx([-3 / 4, 1 / 2, 1 / 4])


def test_a_batch_of_masked_words_has_loss_zero() -> None:
    loss, gradient = _training_step(TrainingSet([ANNA], weights={"anna": np.zeros(2, dtype=np.float32)}))
    assert loss == 0.0
    assert not gradient.any()


def test_generalized_cross_entropy_is_a_setting() -> None:
    loss, gradient = _training_step(TrainingSet([ANNA]), gce_q=0.5)  # B-PER has 1/4, then O has 1/4: 2 (1 - 1/2)
    assert loss == pytest.approx(1.0)
    # half of the gradient of cross-entropy: (1/4) ** 0.5
    assert gradient.flatten().tolist() == pytest.approx([1 / 8, -3 / 16, 1 / 16, -3 / 16, 1 / 8, 1 / 16])


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_a_q_without_meaning_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match=rf"module.gce_q={q}; expected 0 \(cross-entropy\) to 1"):
        _training_step(TrainingSet([ANNA]), gce_q=q)


@pytest.mark.parametrize(("loss_mean", "expected"), [("weights", 1.5 / 1.25), ("words", 1.5 / 2)])
def test_the_loss_is_a_mean_over_weights_or_over_words(loss_mean: str, expected: float) -> None:
    soft = np.array([[1, 0, 0], [1, 0, 0]], dtype=np.float32)  # O has 1/2, then 1/4
    weights = np.array([1, 0.25], dtype=np.float32)
    loss, _ = _training_step(TrainingSet([ANNA], {"anna": soft}, {"anna": weights}), loss_mean=loss_mean)
    assert loss == pytest.approx(expected * math.log(2.0))


def test_a_mean_without_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match=r"module.loss_mean=all; expected weights or words"):
        _training_step(TrainingSet([ANNA]), loss_mean="all")


@BODIES
def test_samples_are_networks_that_lost_features_before_the_last_layer(make: Make) -> None:
    module = make()
    samples = module.sample_tag_probs(SENTENCES, n=3, seed=7)
    assert samples.shape == (3, sum(len(sentence.words) for sentence in SENTENCES), 5)
    assert module.sample_tag_probs(SENTENCES, n=3, seed=7, batch_size=2) == pytest.approx(samples, abs=1e-5)
    assert not np.allclose(samples[0], samples[1], atol=1e-3)
    weight, rate = module.network.get_parameter("classifier.weight"), module.dropout_rate
    kept = torch.rand(3, 1, weight.shape[1], generator=torch.Generator().manual_seed(7)) >= rate
    plain = weight.detach().clone()
    for sample, mask in zip(samples, kept, strict=True):
        with torch.no_grad():
            weight.copy_(plain * mask / (1 - rate))
        assert _all_probs(module) == pytest.approx(sample, abs=1e-5)


@BODIES
def test_samples_read_the_body_as_often_as_one_prediction_does(make: Make) -> None:
    module = make()
    calls: list[int] = []
    module.network.register_forward_hook(lambda *_: calls.append(1))
    module.predict(SENTENCES, batch_size=2)
    of_prediction = len(calls)
    module.sample_tag_probs(SENTENCES, n=20, batch_size=2)
    assert len(calls) == 2 * of_prediction > 2


def test_without_dropout_there_is_nothing_to_sample() -> None:
    module = _bilstm()
    next(layer for layer in module.network.children() if isinstance(layer, nn.Dropout)).p = 0.0
    with pytest.raises(ValueError, match=r"dropout before it \[0.0\]; bald expects .* one rate above 0"):
        module.sample_tag_probs(SENTENCES, n=2)


def _configured(module: TokenClassifier, *, total: int) -> dict[str, Any]:
    trainer = SimpleNamespace(estimated_stepping_batches=total, precision="32-true")
    module.trainer = trainer  # type: ignore[assignment]
    configured: dict[str, Any] = module.configure_optimizers()
    return configured


def _learning_rates(total: int, *, warmup: float) -> list[float]:
    codec = TagCodec(labels=["PER"], tokenizer=VocabularyTokenizer(["Anna"], ["A"]))
    module = TokenClassifier(codec=codec, body=Emissions([[0.0] * 3]), learning_rate=1.0, warmup=warmup)
    configured = _configured(module, total=total)
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(total + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def test_learning_rate_rises_to_its_peak_and_falls_to_zero() -> None:
    assert _learning_rates(8, warmup=0.5) == [1 / 4, 2 / 4, 3 / 4, 1.0, 1.0, 3 / 4, 2 / 4, 1 / 4, 0.0]
    assert _learning_rates(4, warmup=0.0) == pytest.approx([1.0, 1.0, 2 / 3, 1 / 3, 0.0])
    assert _learning_rates(4, warmup=1.0) == [1 / 4, 2 / 4, 3 / 4, 1.0, 0.0]


def test_biases_and_norms_are_not_decayed() -> None:
    module = _bert()
    module.weight_decay = 0.5
    decayed, others = _configured(module, total=10)["optimizer"].param_groups
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.5, 0.0)
    assert {p.ndim for p in decayed["params"]} == {2}
    assert {p.ndim for p in others["params"]} == {1}
    assert len(decayed["params"]) + len(others["params"]) == len(list(module.parameters()))
