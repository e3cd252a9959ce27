"""Masked-language modelling: what is hidden, and that guessing only there is guessing as ever."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForMaskedLM, BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from eigennamen.pretraining.masked_language_model import MaskedLanguageModel, masked_language_model
from eigennamen.subwords import unigram, wordpiece

LINES = ["Anna reiste am Montag nach Kiel und kaufte Brot.", "Otto lief mit Emil nach Bonn und sah den Rhein."] * 3
TOKENIZER = wordpiece(LINES, vocab_size=120, exact=False)
SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
SETTINGS: dict[str, Any] = {"learning_rate": 1e-3, "weight_decay": 0.01, "warmup": 0.1, "masked": 0.2}
SPECIAL = {0, 1, 2, 3, 4}
MASK = 4


def _network(tokenizer: PreTrainedTokenizerFast = TOKENIZER, **sizes: Any) -> BertForMaskedLM:
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **{**SIZES, **sizes})
    return AutoModelForMaskedLM.from_config(config).eval()


def _model(*, masked: float = 0.2, whole_words: bool = False) -> MaskedLanguageModel:
    settings = {**SETTINGS, "masked": masked, "whole_words": whole_words}
    return MaskedLanguageModel(network=_network(), tokenizer=TOKENIZER, **settings)


MODEL = _model()


def _rows(n: int, length: int, seed: int = 0) -> torch.Tensor:
    """Rows of any ordinary sub-words, every seventh an end token."""
    rows = torch.randint(5, len(TOKENIZER), (n, length), generator=torch.Generator().manual_seed(seed))
    rows[:, ::7] = TOKENIZER.sep_token_id
    return rows


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(1, 5), st.integers(8, 40), st.integers(0, 10**6))
def test_as_many_as_asked_are_hidden_and_none_of_them_is_special(n: int, length: int, seed: int) -> None:
    rows = _rows(n, length, seed)
    example = MODEL.hide(rows, _generator(seed))
    original = torch.cat([torch.full((n, 1), TOKENIZER.cls_token_id), rows], dim=1)
    seen = example.inputs["input_ids"]
    assert example.positions is not None
    assert len(example.positions.unique()) == len(example.positions) == round(0.2 * n * (length + 1))
    assert torch.equal(original.flatten()[example.positions], example.targets)
    assert not SPECIAL & set(example.targets.tolist())
    untouched = torch.ones(seen.numel(), dtype=torch.bool)
    untouched[example.positions] = False
    assert torch.equal(seen.flatten()[untouched], original.flatten()[untouched])
    assert set(seen.flatten()[example.positions].tolist()) & SPECIAL <= {MASK}


def test_of_ten_hidden_eight_are_masks_one_is_random_and_one_stays() -> None:
    example = MODEL.hide(_rows(200, 63), _generator())
    assert example.positions is not None
    shown = example.inputs["input_ids"].flatten()[example.positions]
    share = {
        "mask": (shown == MASK).float().mean(),
        "same": (shown == example.targets).float().mean(),  # a random one is the same now and then
        "random": ((shown != MASK) & (shown != example.targets)).float().mean(),
    }
    assert share == pytest.approx({"mask": 0.8, "same": 0.1, "random": 0.1}, abs=0.02)


def test_the_generator_alone_decides_what_is_hidden() -> None:
    rows = _rows(4, 31)
    before = rows.clone()
    first, again, other = (MODEL.hide(rows, _generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(rows, before)
    assert first.positions is not None
    assert again.positions is not None
    assert other.positions is not None
    assert torch.equal(first.positions, again.positions)
    assert torch.equal(first.inputs["input_ids"], again.inputs["input_ids"])
    assert not torch.equal(first.positions, other.positions)


def test_whole_words_are_hidden_together_but_for_the_last_one() -> None:
    model = _model(whole_words=True)
    unseen = "Kielnach Bonnmit lief Brotsah Rheinund und Annaam den Ottokaufte mit Emil Montagreiste "
    ids = TOKENIZER(unseen * 3, add_special_tokens=False)["input_ids"]
    inner = [TOKENIZER.convert_ids_to_tokens(id_).startswith("##") for id_ in [TOKENIZER.cls_token_id, *ids]]
    assert 0.3 < sum(inner) / len(inner) < 0.9
    words = torch.tensor([not one for one in inner]).cumsum(dim=0)
    for seed in range(20):
        positions = model.hide(torch.tensor([ids]), _generator(seed)).positions
        assert positions is not None
        hidden = set(positions.tolist())
        partly = [
            word
            for word in words[positions].unique().tolist()
            if not set(torch.nonzero(words == word).flatten().tolist()) <= hidden
        ]
        assert len(partly) <= 1  # the number of hidden sub-words is fixed


def test_logits_at_hidden_positions_are_those_of_a_plain_forward_pass() -> None:
    example = MODEL.hide(_rows(3, 20), _generator())
    with torch.no_grad():
        found = MODEL.logits(example)
        plain = _network()
        expected = plain(**example.inputs).logits.flatten(0, 1)[example.positions]
    assert found.shape == (len(example.targets), len(TOKENIZER))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("masked", [0, 1, 15, -0.1])
def test_a_share_is_between_0_and_1(masked: float) -> None:
    with pytest.raises(ValueError, match=rf"objective\.masked={masked}; expected a share between 0 and 1"):
        _model(masked=masked)


def _continued(folder: Path) -> MaskedLanguageModel:
    nothing: dict[str, Any] = {"text": None, "tokenizer": None, "network": {}, "cache": folder, "seed": 0}
    return masked_language_model(**nothing, pretrained=str(folder), **SETTINGS, whole_words=False)


def test_a_parent_brings_weights_and_tokenizer(tmp_path: Path) -> None:
    network = _network()
    network.save_pretrained(tmp_path)
    TOKENIZER.save_pretrained(tmp_path)
    model = _continued(tmp_path)
    assert model.tokenizer.get_vocab() == TOKENIZER.get_vocab()
    for name, weight in network.state_dict().items():
        assert torch.equal(model.network.state_dict()[name], weight)


def test_a_parent_with_the_tokenizer_of_another_is_refused(tmp_path: Path) -> None:
    _network(wordpiece(LINES, vocab_size=70, alphabet=25, exact=False)).save_pretrained(tmp_path)
    TOKENIZER.save_pretrained(tmp_path)
    message = f"its tokenizer has {len(TOKENIZER)} sub-words, the model knows [0-9]+; expected the tokenizer that"
    with pytest.raises(ValueError, match=message):
        _continued(tmp_path)


def test_a_parent_without_mask_is_refused(tmp_path: Path) -> None:
    tokenizer = unigram(LINES, vocab_size=1000, exact=False)
    _network(tokenizer).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"objective\.pretrained=.*: its tokenizer has no mask_token; expected a BERT"):
        _continued(tmp_path)


def test_a_missing_parent_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"objective\.pretrained=.*nowhere: cannot be loaded"):
        _continued(tmp_path / "nowhere")
