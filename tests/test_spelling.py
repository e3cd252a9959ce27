"""Spelling pieces in sub-words, and sub-words as pieces again."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, BartTokenizer, PreTrainedTokenizerFast
from writers import SPECIAL, SPELLER, TEXT, WORDS, without_bytes

from eigennamen.decoding.written import WrittenPiece
from eigennamen.spelling import Speller, pretrained_speller, train_speller

LETTERS = without_bytes()


def _byte_level(folder: Path) -> str:
    """A tokenizer as BART has it, in a folder."""
    backend = Tokenizer(models.BPE(unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator([" ".join(TEXT)] * 2, trainer)
    backend.model.save(str(folder))
    BartTokenizer(vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt")).save_pretrained(folder)
    return str(folder)


def test_a_piece_is_spelled_alike_wherever_it_stands() -> None:
    text = SPELLER.hf(" ".join(TEXT)).input_ids
    assert text == [*(one for word in TEXT for one in SPELLER(word)), SPELLER.end]
    assert SPELLER("Kiel") == SPELLER("Kiel")


@given(WORDS)
def test_every_piece_has_subwords_and_no_end_among_them(word: str) -> None:
    for speller in (SPELLER, LETTERS):
        assert len(speller(word)) > 0
        assert not {speller.end, speller.padding} & set(speller(word))


def test_what_cannot_be_spelled_is_known() -> None:
    assert SPELLER("Ems") != SPELLER("Emil")
    assert [
        word for word in ["Kiel", "東京", "🧑🏽\u200d🚒", "\x00", *SPECIAL, "\ud800"] if not SPELLER.can_spell(word)
    ] == [*["</s>", "<pad>", "<unk>", "a</s>b", "\ud800"]]
    assert [word for word in ["Anna", "Otto", "[", "東"] if not LETTERS.can_spell(word)] == ["Otto", "東"]
    assert LETTERS("東")[-1] == LETTERS.unknown


def test_frames() -> None:
    assert SPELLER.source_frame == ([], [SPELLER.end])
    assert SPELLER.target_prefix == []


def test_a_byte_level_tokenizer_spells_the_first_word_as_others(tmp_path: Path) -> None:
    speller = pretrained_speller([], pretrained=_byte_level(tmp_path))
    assert (speller.source_frame, speller.target_prefix) == (([0], [2]), [0])
    assert (speller.end, speller.padding, speller.unknown) == (2, 1, 3)
    words = ["Anna", "Käl", "東", "Anna"]
    spelled = [one for word in words for one in speller(word)]
    assert speller.hf(" ".join(words)).input_ids == [0, *spelled, 2]
    assert speller("Anna")[0] == speller.hf("x Anna", add_special_tokens=False).input_ids[-len(speller("Anna"))]
    assert [piece.text for piece in speller.pieces([*spelled, 2, 1])] == words
    assert speller.can_spell("東")


@given(st.lists(st.one_of(st.sampled_from(TEXT), st.text("äöß東e[|]\\", min_size=1, max_size=4)), min_size=1))
def test_subwords_are_cut_into_the_pieces_that_they_spell(pieces: list[str]) -> None:
    written: list[int] = []
    expected = []
    for piece in pieces:
        expected.append(WrittenPiece(piece, len(written), len(written) + len(SPELLER(piece))))
        written += SPELLER(piece)
    assert SPELLER.pieces([*written, SPELLER.end]) == expected
    assert SPELLER.pieces([*written, SPELLER.end, SPELLER.padding]) == expected


def test_subwords_that_no_text_has_are_pieces_too() -> None:
    middle = SPELLER.hf.convert_tokens_to_ids("<0xE6>")  # of 東, alone
    assert [piece.text for piece in SPELLER.pieces([middle, *SPELLER("Kiel")])] == ["\ufffd", "Kiel"]
    assert SPELLER.pieces([SPELLER.end]) == SPELLER.pieces([]) == []
    [one] = SPELLER.pieces([SPELLER.unknown])
    assert (one.first, one.last) == (0, 1)


def test_a_saved_speller_spells_the_same(tmp_path: Path) -> None:
    SPELLER.save_pretrained(tmp_path)
    for again in (pretrained_speller([], pretrained=str(tmp_path)), Speller(AutoTokenizer.from_pretrained(tmp_path))):
        assert [again(word) for word in [*TEXT, "Ähre", "[", r"\u{20}"]] == [
            SPELLER(word) for word in [*TEXT, "Ähre", "[", r"\u{20}"]
        ]


def test_training_reads_the_words() -> None:
    speller = train_speller([["Wuppertal"] * 9, ["Elberfeld"] * 9], vocab_size=420)
    assert len(speller("Wuppertal")) < len(SPELLER("Wuppertal"))
    assert speller.vocab_size <= 420


def test_tokenizers_of_other_models_are_refused() -> None:
    backend = Tokenizer(models.Unigram([("<unk>", 0.0), ("▁", -1.0)], unk_id=0))
    backend.post_processor = processors.TemplateProcessing(single="$A", special_tokens=[])
    with pytest.raises(
        ValueError, match=r"lacks an end, a padding or an unknown sub-word, .* choose another module\.pretrained"
    ):
        Speller(PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>"))


def test_a_name_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"module\.pretrained=.*nothing"):
        pretrained_speller([], pretrained=str(tmp_path / "nothing"))
