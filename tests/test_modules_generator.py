"""The generator: losses by hand, learning, predictions whatever the batch and however decoded, saving and loading."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig, PreTrainedModel
from writers import (
    ANNA,
    FORMATS,
    KIEL,
    LABELS,
    NAMES,
    NETWORKS,
    NOBODY,
    SPELLER,
    TEXT,
    TEXTS,
    text_codec,
    without_bytes,
)

from eigennamen.codecs.tags import TagCodec
from eigennamen.codecs.text import TextCodec
from eigennamen.codecs.text_windows import IGNORED, TextBatch
from eigennamen.modules import encoder_decoders
from eigennamen.modules.generator import SpanGenerator
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.scoring import score
from eigennamen.spelling import pretrained_speller
from eigennamen.tokenizers import VocabularyTokenizer
from eigennamen.types import Sentence, Span, TrainingSet

SENTENCES = [ANNA, NOBODY, KIEL]
RATES = ("format_error_rate", "unknown_label_rate", "reconstruction_error_rate", "unaligned_mention_rate")
SHIPPED = str(Path(__file__).parents[1] / "models" / "eigennamen-t5-mini")
LONG = Sentence("long", tuple(TEXT[i % len(TEXT)] for i in range(210)))
every_network = pytest.mark.parametrize("kind", NETWORKS)
every_format = pytest.mark.parametrize("form", FORMATS)


def generator(
    kind: str = "t5", form: str = "brackets", *, seed: int = 0, max_length: int = 128, **settings: Any
) -> SpanGenerator:
    codec = text_codec(form, max_length=max_length)
    return SpanGenerator(codec=codec, body=NETWORKS[kind](codec, seed=seed), **settings)


def assert_flawless(module: SpanGenerator, outputs: int) -> None:
    report = module.report()
    assert report["outputs"] == outputs
    assert [report[rate] for rate in RATES] == [0.0] * 4


# --- losses ---


class Unmoved(PreTrainedModel):
    """Gives all sub-words the same probability, but for a few: the logits are those of its last layer's bias."""

    def __new__(cls, codec: TextCodec, logits: dict[str, float]) -> PreTrainedModel:
        network = NETWORKS["bart"](codec)
        for one in network.parameters():
            nn.init.zeros_(one)
        bias = network.get_buffer("final_logits_bias")
        bias.zero_()
        for piece, logit in logits.items():
            bias[0, SPELLER(piece)[0]] = logit
        return network


def loss_of(
    logits: dict[str, float], sentence: Sentence, *, weights: list[float] | None = None, **settings: Any
) -> tuple[float, TextBatch, SpanGenerator]:
    codec = text_codec("word_tags")
    module = SpanGenerator(codec=codec, body=Unmoved(codec, logits), **settings)
    module.log = lambda *args, **kwargs: None  # type: ignore[method-assign]  # there is no trainer
    arrays = {} if weights is None else {sentence.id: np.array(weights, dtype=np.float32)}
    encoded = codec.training_data(TrainingSet([sentence], weights=arrays))
    batch = encoded.collate(list(encoded.rows))
    return module.training_step(batch, 0).item(), batch, module


ONE = Sentence("one", ("Kiel",), (Span(0, 1, "LOC"),))


def test_loss_over_the_vocabulary() -> None:
    loss, _, module = loss_of({}, ONE)
    assert loss == pytest.approx(math.log(SPELLER.vocab_size), abs=1e-4)
    smoothed = loss_of({}, ONE, label_smoothing=0.1)[0]
    assert smoothed == pytest.approx(loss, abs=1e-4)  # all are alike
    assert module.loss_over == "vocabulary"


def test_loss_over_what_is_legal() -> None:
    """Of all that is written for one word only its tag is not forced."""
    loss, batch, module = loss_of({"ort": 1.0}, ONE, loss_over="legal")
    first = SPELLER("ort")[0]  # perhaps the mark of a word's beginning, that all tags have
    free = [
        [float(one == first) for one in row if one != IGNORED]
        for row in module.codec.choices(batch)[0].tolist()
        if row[1] != IGNORED
    ]
    assert len(free) in (1, 2)
    expected = [math.log(sum(map(math.exp, logits))) - logits[0] for logits in free]
    assert loss == pytest.approx(np.mean(expected), abs=1e-4)
    smoothed = [math.log(sum(map(math.exp, logits))) - 0.8 * logits[0] - 0.2 * np.mean(logits) for logits in free]
    assert loss_of({"ort": 1.0}, ONE, loss_over="legal", label_smoothing=0.2)[0] == pytest.approx(
        np.mean(smoothed), abs=1e-4
    )


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
def test_a_word_counts_as_much_as_its_weight(weight: float) -> None:
    two = Sentence("two", ("Kiel", "kam"), ())
    loss, batch, module = loss_of({"Kiel": 3.0, "kam": -2.0}, two, weights=[weight, 1.0])
    bias = module.network.get_buffer("final_logits_bias")[0]
    losses = [float(bias.logsumexp(dim=0) - bias[target]) for target in batch.targets[0].tolist()]
    weights = [weight] * len(SPELLER("Kiel")) + [1.0] * (len(losses) - len(SPELLER("Kiel")))
    assert loss == pytest.approx(np.average(losses, weights=weights), abs=1e-4)


def test_nothing_to_learn_is_a_loss_of_zero() -> None:
    module = generator(loss_over="legal")
    module.log = lambda *args, **kwargs: None  # type: ignore[method-assign]
    encoded = module.codec.training_data(TrainingSet([ANNA]))
    batch = encoded.collate(list(encoded.rows))
    batch.weights.zero_()
    loss = module.training_step(batch, 0)
    assert loss.item() == 0.0
    loss.backward()


@every_network
@pytest.mark.parametrize("loss_over", ["vocabulary", "legal"])
def test_gradients_reach_all_weights(kind: str, loss_over: str) -> None:
    module = generator(kind, loss_over=loss_over)
    module.log = lambda *args, **kwargs: None  # type: ignore[method-assign]
    encoded = module.codec.training_data(TrainingSet([ANNA, KIEL]))
    module.training_step(encoded.collate(list(encoded.rows)), 0).backward()
    without = [name for name, one in module.network.named_parameters() if one.grad is None or not one.grad.any()]
    assert [name for name in without if not name.endswith("k_proj.bias")] == []  # attention is the same without


def _learn(module: SpanGenerator, sentences: list[Sentence], steps: int) -> None:
    module.log = lambda *args, **kwargs: None  # type: ignore[method-assign]
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-2)
    encoded = module.codec.training_data(TrainingSet(sentences))
    batch = encoded.collate(list(encoded.rows))
    module.train()
    for _ in range(steps):
        optimizer.zero_grad()
        module.training_step(batch, 0).backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "form", "loss_over", "constrained"),
    [
        ("t5", "brackets", "vocabulary", True),
        ("t5", "brackets", "legal", True),
        ("t5", "typed_list", "vocabulary", False),
        ("bart", "word_tags", "vocabulary", False),
        ("bart", "typed_list", "legal", True),
    ],
)
def test_two_sentences_are_learned_by_heart(kind: str, form: str, loss_over: str, constrained: bool) -> None:
    module = generator(kind, form, loss_over=loss_over, constrained=constrained)
    _learn(module, [ANNA, KIEL], 250)
    predicted = module.predict([ANNA, KIEL])
    assert score([ANNA, KIEL], [one.sentence for one in predicted]).micro.f1 == 1.0
    assert min(confidence for one in predicted for confidence in one.confidences) > 0.5
    assert_flawless(module, 2)
    assert module.report([ANNA, KIEL])["lenient_string_f1"] == 1.0


# --- predictions ---


@every_network
@every_format
def test_the_order_and_size_of_batches_do_not_matter(kind: str, form: str) -> None:
    module = generator(kind, form, seed=3)
    together = module.predict(SENTENCES)
    for batch_size in (1, 2):
        backwards = module.predict(SENTENCES[::-1], batch_size=batch_size)[::-1]
        assert [one.sentence for one in backwards] == [one.sentence for one in together]
        for one, other in zip(backwards, together, strict=True):
            assert one.confidences == pytest.approx(other.confidences, abs=1e-5)
            assert one.log_prob == pytest.approx(other.log_prob, abs=1e-3)


@every_network
@every_format
def test_drafting_changes_nothing_but_the_passes(kind: str, form: str) -> None:
    drafting, plain = generator(kind, form), generator(kind, form, drafting=False)
    for one, other in zip(drafting.predict(SENTENCES), plain.predict(SENTENCES), strict=True):
        assert one.spans == other.spans
        assert one.confidences == pytest.approx(other.confidences, abs=1e-5)
        assert all(0 <= confidence <= 1 for confidence in one.confidences)
    assert plain.report()["passes"] == 0
    if form != "typed_list":  # where it is not clear which word is copied
        assert drafting.report()["texts"] == 3


@pytest.mark.slow
@every_network
@every_format
@settings(max_examples=5, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3), seed=st.integers(0, 9))
def test_an_untrained_model_writes_no_errors(kind: str, form: str, texts: list[list[str]], seed: int) -> None:
    module = generator(kind, form, seed=seed, max_length=40)
    predictions = module.predict([Sentence(str(i), tuple(words)) for i, words in enumerate(texts)])
    assert [list(one.sentence.words) for one in predictions] == texts
    assert all(0 <= confidence <= 1 for one in predictions for confidence in one.confidences)
    assert_flawless(module, module.report()["outputs"])
    assert module.report()["mentions"] == sum(len(one.spans) for one in predictions)


@every_network
@pytest.mark.parametrize("drafting", [True, False])
def test_half_precision_is_enough_to_write_what_is_legal(kind: str, drafting: bool) -> None:
    """As on a GPU; scores stay in full precision."""
    module = generator(kind, drafting=drafting)
    with torch.autocast("cpu", torch.bfloat16):
        predictions = module.predict(SENTENCES)
        states = torch.ones(2, 16, dtype=torch.bfloat16)
        assert module.decoder.scores(states).dtype == torch.float32
        assert module.decoder.scores(states, torch.tensor([[3], [4]])).dtype == torch.float32
    assert [one.sentence.words for one in predictions] == [one.words for one in SENTENCES]
    assert_flawless(module, 3)


@pytest.mark.slow
@pytest.mark.parametrize("beams", [1, 2])
@every_format
def test_long_sentences_are_written_in_windows(form: str, beams: int) -> None:
    module = generator("t5", form, beams=beams, max_length=64)
    [long, one] = module.predict([LONG, Sentence("one", ("Kiel",))])
    assert (long.sentence.words, one.sentence.words) == (LONG.words, ("Kiel",))
    n_windows = len(module.codec.windows(LONG))
    assert n_windows > 8
    assert_flawless(module, n_windows + 1)


def test_words_that_cannot_be_spelled_are_written_and_counted() -> None:
    codec = text_codec(speller=without_bytes())
    module = SpanGenerator(codec=codec, body=NETWORKS["t5"](codec, seed=1))
    odd = Sentence("odd", ("東京", "Kiel", "東京", "🧑🏽\u200d🚒"))
    for _ in range(2):
        [prediction] = module.predict([odd])
        assert prediction.sentence.words == odd.words
        assert_flawless(module, 1)
        assert codec.counters["misspelled_words"] == 3


def test_no_sentences_no_predictions() -> None:
    assert generator().predict([]) == []


def test_predictions_are_without_dropout() -> None:
    module = generator()
    module.network.config.dropout_rate = 0.5
    for layer in module.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.5
    module.train()
    first, second = ([one.log_prob for one in module.predict(SENTENCES)] for _ in range(2))
    assert first == second


def test_without_constraint_errors_are_counted() -> None:
    module = generator("bart", seed=1, constrained=False)
    predictions = module.predict(SENTENCES)
    assert [one.sentence.words for one in predictions] == [one.words for one in SENTENCES]
    assert module.report()["outputs"] == 3
    assert module.report()["reconstruction_error_rate"] == 1.0


def test_settings_that_a_model_brings_along_do_not_matter() -> None:
    """Those that forbid to repeat what was written would keep words from being copied."""
    same = Sentence("same", ("Kiel",) * 6)
    plain, codec = generator(drafting=False), text_codec()
    network = NETWORKS["t5"](codec)
    network.generation_config = GenerationConfig(no_repeat_ngram_size=2, repetition_penalty=9.0, length_penalty=2.0)
    module = SpanGenerator(codec=codec, body=network, drafting=False)
    [one], [other] = plain.predict([same]), module.predict([same])
    assert (one.sentence, one.log_prob) == (other.sentence, other.log_prob)


# --- saving and loading ---


@every_network
@every_format
def test_a_loaded_generator_predicts_the_same(kind: str, form: str, tmp_path: Path) -> None:
    module = generator(kind, form, seed=2, max_length=50, drafting=False)
    module.save_pretrained(tmp_path)
    loaded = SpanGenerator.from_pretrained(tmp_path)
    assert (loaded.codec.labels, loaded.codec.max_length, loaded.codec.format.name) == (LABELS, 50, form)
    assert loaded.codec.format.names.by_label == NAMES
    assert (loaded.constrained, loaded.beams, loaded.drafting) == (True, 1, False)
    for one, other in zip(module.predict(SENTENCES), loaded.predict(SENTENCES), strict=True):
        assert (one.sentence, one.log_prob) == (other.sentence, pytest.approx(other.log_prob, abs=1e-4))


@every_network
def test_transformers_alone_reads_what_was_saved(kind: str, tmp_path: Path) -> None:
    module = generator(kind, seed=2)
    module.save_pretrained(tmp_path)
    assert module.portable
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path).eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    encoded = tokenizer(" ".join(ANNA.words), return_tensors="pt")
    batch = module.codec.data([ANNA])
    assert encoded.input_ids[0].tolist() == batch.rows[0]["input_ids"]
    start = torch.tensor([[module.prefix[0], *SPELLER("[")]])
    with torch.inference_mode():
        logits = model(
            input_ids=encoded.input_ids, attention_mask=encoded.attention_mask, decoder_input_ids=start
        ).logits
        ours = module.network(**encoded, decoder_input_ids=start).logits
    torch.testing.assert_close(logits, ours)
    assert model.generation_config.decoder_start_token_id == module.prefix[0]


def test_description() -> None:
    module = generator("bart", pretrained="some/model")
    assert module.description == {
        **{"body": "bart", "initialization": "some/model", "portable": True},
        "parameters": sum(one.numel() for one in module.network.parameters()),
    }


# --- what does not fit ---


def test_the_wrong_codec_says_what_to_type() -> None:
    tags = TagCodec(labels=LABELS, tokenizer=VocabularyTokenizer(["Anna"], ["A"]))
    with pytest.raises(
        ValueError, match=r"module=generator reads text targets, got TagCodec: add datamodule/codec=text"
    ):
        SpanGenerator(codec=tags, body=NETWORKS["t5"](text_codec()))
    with pytest.raises(ValueError, match=r"got TextCodec: .*(datamodule/codec=tags|module=generator)"):
        TokenClassifier(codec=text_codec(), body=lambda codec: NETWORKS["t5"](codec))


def test_a_network_that_does_not_say_how_it_starts_is_refused() -> None:
    network = NETWORKS["bart"](text_codec())
    network.config.decoder_start_token_id = None
    with pytest.raises(ValueError, match=r"set module\.body\.decoder_start_token_id"):
        SpanGenerator(codec=text_codec(), body=network)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"beams": 0}, r"module\.beams=0"),
        ({"label_smoothing": 1.0}, r"module\.label_smoothing=1\.0"),
        ({"loss_over": "all"}, r"module\.loss_over=all"),
        ({"optimizer": "sgd"}, r"module\.optimizer=sgd"),
        ({"constrained": False, "loss_over": "legal"}, r"add module\.loss_over=vocabulary"),
    ],
)
def test_settings_without_meaning_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generator(**settings)


# --- the shipped model ---


@pytest.mark.slow
@every_format
def test_the_shipped_model_writes_no_errors_however_it_decodes(form: str) -> None:
    speller = pretrained_speller([], pretrained=SHIPPED)
    codec = text_codec(form, speller=speller)
    body = encoder_decoders.pretrained(codec=codec, pretrained=SHIPPED)
    odd = Sentence("odd", ("[", "person", "|", "東京", "a b", "</s>", "Kiel", "Kiel", "e\u0301", "🧑🏽\u200d🚒"))
    sentences = [*SENTENCES, odd, LONG]
    found = []
    for decoding in ({}, {"drafting": False}, {"beams": 2}):
        module = SpanGenerator(codec=codec, body=body, **decoding)
        predictions = module.predict(sentences)
        assert [one.sentence.words for one in predictions] == [one.words for one in sentences]
        assert_flawless(module, module.report()["outputs"])
        found.append(([one.spans for one in predictions], module.report()["ties"]))
    assert found[0][0] == found[1][0] or found[0][1] > 0
