"""Span corruption: inputs and targets together are the text."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import T5Config, T5ForConditionalGeneration

from eigennamen.pretraining.pretrainer import Example
from eigennamen.pretraining.span_corruption import SpanCorruption, span_corruption
from eigennamen.subwords import unigram, wordpiece

LINES = ["Anna reiste am Montag nach Kiel und kaufte Brot.", "Otto lief mit Emil nach Bonn und sah den Rhein."] * 3
TOKENIZER = unigram(LINES, vocab_size=1000, exact=False)
FIRST_SENTINEL = TOKENIZER.convert_tokens_to_ids("<extra_id_0>")
SIZES = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_heads": 2, "num_layers": 1, "num_decoder_layers": 1}
SETTINGS: dict[str, Any] = {"learning_rate": 1e-3, "weight_decay": 0.01, "warmup": 0.1}


def _network() -> T5ForConditionalGeneration:
    torch.manual_seed(0)
    ids = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
    return T5ForConditionalGeneration(T5Config(vocab_size=len(TOKENIZER), dropout_rate=0.0, **ids, **SIZES))


def _model(*, masked: float = 0.15, mean_span: float = 3.0, rewritten: float = 0.0) -> SpanCorruption:
    shares = {"masked": masked, "mean_span": mean_span, "rewritten": rewritten}
    return SpanCorruption(network=NETWORK, tokenizer=TOKENIZER, **shares, **SETTINGS)


NETWORK = _network()
MODEL = _model()


def _rows(batch: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(1, FIRST_SENTINEL, (batch, length), generator=torch.Generator().manual_seed(seed))


def _hide(model: SpanCorruption, rows: torch.Tensor, seed: int = 0) -> tuple[Example, torch.Tensor]:
    """The example, and its targets by row."""
    example = model.hide(rows, torch.Generator().manual_seed(seed))
    assert example.positions is None
    return example, example.targets.view(len(rows), -1)


def _restored(read: list[int], written: list[int]) -> list[int]:
    """The row that was hidden, from what is read and written; each without its end token."""
    spans: dict[int, list[int]] = {}
    for id_ in written:
        if id_ >= FIRST_SENTINEL:
            assert id_ not in spans
            spans[id_] = []
        else:
            spans[max(spans)].append(id_)
    assert all(spans.values())
    row: list[int] = []
    for id_ in read:
        row += spans.pop(id_) if id_ >= FIRST_SENTINEL else [id_]
    assert not spans
    return row


def test_whole_texts_are_written_in_a_share_of_the_training_batches() -> None:
    rows = _rows(2, 40)
    model = _model(rewritten=0.25)
    examples = [model.example(rows, torch.Generator().manual_seed(seed)) for seed in range(200)]
    whole = [example for example in examples if example.targets.numel() == 2 * 41]
    assert 0.15 < len(whole) / len(examples) < 0.35
    for example in whole:
        assert example.targets.view(2, 41)[:, :-1].equal(rows)
        assert example.inputs["decoder_input_ids"][:, 1:].equal(rows)
        assert (example.inputs["input_ids"] >= FIRST_SENTINEL).any()  # read with its gaps
    # never in the held-out score
    assert all(_hide(model, rows, seed)[0].targets.numel() < 2 * 41 for seed in range(20))


@given(
    st.integers(1, 4),
    st.integers(2, 150),
    st.floats(0.01, 0.99),
    st.floats(1.0, 8.0),
    st.integers(0, 10**6),
)
def test_inputs_and_targets_give_the_row_back(
    batch: int, length: int, masked: float, mean_span: float, seed: int
) -> None:
    model = MODEL
    model.masked, model.mean_span = masked, mean_span
    rows = _rows(batch, length, seed)
    before = rows.clone()
    example, targets = _hide(model, rows, seed)
    model.masked, model.mean_span = 0.15, 3.0
    assert torch.equal(rows, before)
    for row, read, written in zip(rows.tolist(), example.inputs["input_ids"].tolist(), targets.tolist(), strict=True):
        assert read.pop() == written.pop() == TOKENIZER.eos_token_id
        assert _restored(read, written) == row


def test_every_row_has_the_same_number_of_hidden_subwords_and_spans() -> None:
    example, targets = _hide(_model(), _rows(8, 128))
    # round(0.15 * 128) = 19 hidden in round(19 / 3) = 6 spans, and an end token
    assert example.inputs["input_ids"].shape == (8, 128 - 19 + 6 + 1)
    assert targets.shape == (8, 19 + 6 + 1)
    for ids in (example.inputs["input_ids"], targets):
        sentinels = [[id_ - FIRST_SENTINEL for id_ in row if id_ >= FIRST_SENTINEL] for row in ids.tolist()]
        assert sentinels == [[0, 1, 2, 3, 4, 5]] * 8


def test_the_decoder_reads_the_targets_one_place_later() -> None:
    example, targets = _hide(_model(), _rows(3, 40))
    read = example.inputs["decoder_input_ids"]
    assert read[:, 0].tolist() == [TOKENIZER.pad_token_id] * 3
    assert torch.equal(read[:, 1:], targets[:, :-1])


def test_the_generator_alone_decides_what_is_hidden() -> None:
    rows = _rows(4, 64)
    (first, _), (again, _), (other, _) = (_hide(_model(), rows, seed) for seed in (1, 1, 2))
    assert torch.equal(first.targets, again.targets)
    assert torch.equal(first.inputs["input_ids"], again.inputs["input_ids"])
    assert not torch.equal(first.targets, other.targets)


def test_spans_have_the_length_asked_for_on_average() -> None:
    starts = torch.zeros(64)
    for seed in range(40):
        example, _ = _hide(_model(masked=0.25, mean_span=2.0), _rows(8, 64), seed)
        for row in example.inputs["input_ids"].tolist():
            starts[[place for place, id_ in enumerate(row) if id_ >= FIRST_SENTINEL]] += 1
    assert starts.sum() == 40 * 8 * 8  # 16 hidden in 8 spans of 2
    assert starts[0] == 0  # a row starts with text
    middle = starts[10:40] / (40 * 8)
    assert middle.mean() == pytest.approx(8 / 56, abs=0.03)  # anywhere alike


def test_the_loss_is_that_of_transformers() -> None:
    example, targets = _hide(_model(), _rows(3, 40))
    with torch.no_grad():
        found = torch.nn.functional.cross_entropy(_model().logits(example), example.targets)
        expected = NETWORK(input_ids=example.inputs["input_ids"], labels=targets).loss
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("masked", [0, 1, 15])
def test_a_share_is_between_0_and_1(masked: float) -> None:
    with pytest.raises(ValueError, match=rf"objective\.masked={masked}; expected a share between 0 and 1"):
        _model(masked=masked)


def _continued(folder: Path) -> SpanCorruption:
    nothing: dict[str, Any] = {"text": None, "tokenizer": None, "network": {}, "cache": folder, "seed": 0}
    return span_corruption(**nothing, pretrained=str(folder), masked=0.15, mean_span=3.0, rewritten=0.0, **SETTINGS)


def test_a_parent_brings_weights_and_tokenizer(tmp_path: Path) -> None:
    NETWORK.save_pretrained(tmp_path)
    TOKENIZER.save_pretrained(tmp_path)
    model = _continued(tmp_path)
    assert model.tokenizer.get_vocab() == TOKENIZER.get_vocab()
    example, _ = _hide(_model(), _rows(2, 30))
    with torch.no_grad():
        torch.testing.assert_close(model.eval().logits(example), _model().logits(example))


def test_a_parent_without_sentinels_is_refused(tmp_path: Path) -> None:
    NETWORK.save_pretrained(tmp_path)
    wordpiece(LINES, vocab_size=100, exact=False).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="its tokenizer has no sentinels; expected a T5"):
        _continued(tmp_path)
