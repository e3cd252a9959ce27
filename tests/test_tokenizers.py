"""Tokenizers: windows own every word once, at its first sub-word; words without sub-words; saving and loading."""

import json
from collections import Counter
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast, RobertaTokenizer

from eigennamen.tokenizers import (
    SubwordTokenizer,
    VocabularyTokenizer,
    load_tokenizer,
    pretrained_tokenizer,
    train_vocabulary,
    train_wordpiece,
)
from eigennamen.word_vectors import WordVectors

TEXTS = [
    ["Angela", "Merkel", "besuchte", "gestern", "die", "Universität", "Kiel", "."],
    ["Der", "Bundesgerichtshof", "in", "Karlsruhe", "wies", "die", "Beschwerde", "zurück", "."],
    ["Straßenbahn", "und", "Donaudampfschifffahrt", "fahren", "nach", "Österreich"],
]
LOST = "\u200b"  # zero width space: WordPiece's normalizer deletes it


def _wordpiece() -> PreTrainedTokenizerBase:
    return train_wordpiece(TEXTS, vocab_size=120).hf


def _byte_level() -> RobertaTokenizer:
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator((" ".join(words) for words in TEXTS), trainer)
    model = json.loads(backend.to_str())["model"]
    model["merges"] = [tuple(merge) for merge in model["merges"]]
    return RobertaTokenizer(vocab=model["vocab"], merges=model["merges"], add_prefix_space=True)


def _without_closing_token() -> PreTrainedTokenizerFast:
    backend = _byte_level().backend_tokenizer
    backend.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", unk_token="<unk>", pad_token="<pad>")


HF = {"wordpiece": _wordpiece(), "byte-level": _byte_level(), "no closing token": _without_closing_token()}
FAMILIES = pytest.mark.parametrize("family", HF)


def _check_ownership(tokenizer: SubwordTokenizer, sentences: list[list[str]]) -> None:
    """Every word is owned once, at what is its first sub-word when the sentence is encoded without windows."""
    windows = tokenizer.windows(sentences)
    owned = Counter((s, w) for s, words in zip(windows.sentence, windows.words, strict=True) for w in words)
    assert owned == Counter((s, w) for s, words in enumerate(sentences) for w in range(len(words)))
    closing = tokenizer.hf.num_special_tokens_to_add() - 1
    whole = [_first_subwords(tokenizer.hf, words) for words in sentences]
    for row, ids in enumerate(windows.inputs["input_ids"]):
        assert len(ids) <= tokenizer.max_length
        all_ids, first = whole[windows.sentence[row]]
        for word, position in zip(windows.words[row], windows.positions[row], strict=True):
            rest = ids[position : len(ids) - closing]
            assert rest == all_ids[first[word] : first[word] + len(rest)]
            assert rest


def _first_subwords(hf: PreTrainedTokenizerBase, words: list[str]) -> tuple[list[int], list[int]]:
    """All sub-words of the words one by one, and where each word's first stands among them."""
    pieces = {
        word: hf([word], is_split_into_words=True, add_special_tokens=False)["input_ids"] or [hf.unk_token_id]
        for word in set(words)
    }
    first = list(accumulate((len(pieces[word]) for word in words[:-1]), initial=0))
    return [id_ for word in words for id_ in pieces[word]], first


WORDS = st.one_of(
    st.sampled_from([word for words in TEXTS for word in words]),
    st.text(alphabet="abcßäÖé.-'7", min_size=1, max_size=40),
    st.sampled_from([LOST, "\x00", "東京", "🙂", " ", "[SEP]", "<s>", "Ｆull", "e\u0301", "a\u200bb", "ﬁ"]),
)


@FAMILIES
@settings(max_examples=60, deadline=None)
@given(
    sentences=st.lists(st.lists(WORDS, min_size=1, max_size=60), min_size=1, max_size=4),
    max_length=st.integers(8, 40),
    stride=st.sampled_from([0, 1, 4, 40]),
)
def test_every_word_is_owned_once_at_its_first_subword(
    family: str, sentences: list[list[str]], max_length: int, stride: int
) -> None:
    _check_ownership(SubwordTokenizer(HF[family], max_length=max_length, stride=stride), sentences)


@FAMILIES
def test_a_sentence_of_5000_words(family: str) -> None:
    tokenizer = SubwordTokenizer(HF[family], max_length=64, stride=16)
    sentence = [TEXTS[i % 3][i % 5] for i in range(5000)]
    _check_ownership(tokenizer, [["Kiel"], sentence, ["Kiel"]])


@FAMILIES
def test_a_word_of_3000_characters_leaves_its_neighbours_in_place(family: str) -> None:
    tokenizer = SubwordTokenizer(HF[family], max_length=64, stride=16)
    _check_ownership(tokenizer, [["Angela", "x" * 3000, "Merkel", "besuchte", "y" * 3000]])


def test_words_are_owned_far_from_the_border() -> None:
    tokenizer = SubwordTokenizer(HF["wordpiece"], max_length=10, stride=4)
    stride = tokenizer.stride
    assert stride == 2
    windows = tokenizer.windows([["die"] * 23])  # one sub-word each; 8 fit into a window
    assert windows.positions[0] == [1, 2, 3, 4, 5, 6, 7]  # nothing stands before the first word
    assert windows.positions[1] == [2, 3, 4, 5, 6, 7]  # the overlap of 2 is shared by both sides
    assert [len(ids) for ids in windows.inputs["input_ids"]] == [10, 10, 10, 7]
    assert windows.positions[-1] == [2, 3, 4, 5]


def test_a_word_without_subwords_is_replaced_and_counted() -> None:
    tokenizer = SubwordTokenizer(HF["wordpiece"], max_length=32)
    windows = tokenizer.windows([["Angela", LOST, "Merkel"], ["Kiel"], ["\x01", LOST]])
    assert windows.replaced_words == 3
    assert windows.words == [[0, 1, 2], [0], [0, 1]]
    unknown = tokenizer.hf.unk_token_id
    assert windows.inputs["input_ids"][0][windows.positions[0][1]] == unknown
    assert windows.inputs["input_ids"][2] == [tokenizer.hf.cls_token_id, unknown, unknown, tokenizer.hf.sep_token_id]


def test_the_callers_words_stay_as_they_are() -> None:
    words = ["Angela", LOST]
    SubwordTokenizer(HF["wordpiece"]).windows([words])
    assert words == ["Angela", LOST]


def test_a_byte_level_tokenizer_reads_words_with_a_space_before_them(tmp_path: Path) -> None:
    published = RobertaTokenizer.from_pretrained(_saved(HF["byte-level"], tmp_path), add_prefix_space=False)
    published.save_pretrained(tmp_path)  # as RoBERTa's own is
    tokenizer = pretrained_tokenizer([], pretrained=str(tmp_path), max_length=32, stride=8)
    ids = tokenizer.windows([["Kiel", "Kiel"]]).inputs["input_ids"][0]
    assert tokenizer.hf.decode(ids, skip_special_tokens=True) == " Kiel Kiel"
    _check_ownership(tokenizer, TEXTS)


def _saved(tokenizer: PreTrainedTokenizerBase, folder: Path) -> Path:
    tokenizer.save_pretrained(folder)
    return folder


def test_padding_is_masked() -> None:
    tokenizer = SubwordTokenizer(HF["byte-level"], max_length=32)
    padded = tokenizer.pad([{"input_ids": [0, 9, 2]}, {"input_ids": [0, 2]}])
    assert padded["input_ids"].tolist() == [[0, 9, 2], [0, 2, 1]]
    assert padded["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]


def test_wordpiece_keeps_case_and_umlauts() -> None:
    tokenizer = train_wordpiece(TEXTS * 3, vocab_size=400)
    assert tokenizer.hf.tokenize("Österreich") == ["Österreich"]
    assert tokenizer.hf.tokenize("österreich") != ["Österreich"]


def test_wordpiece_is_the_same_for_the_same_text() -> None:
    one, other = (train_wordpiece(TEXTS, vocab_size=120) for _ in range(2))
    assert one.fingerprint == other.fingerprint
    assert train_wordpiece(TEXTS[:2], vocab_size=120).fingerprint != one.fingerprint


def test_fingerprint_depends_on_the_windows_and_not_on_what_was_encoded() -> None:
    tokenizer = train_wordpiece(TEXTS, vocab_size=120, max_length=16, stride=4)
    before = tokenizer.fingerprint
    tokenizer.windows(TEXTS)
    assert tokenizer.fingerprint == before
    others = [SubwordTokenizer(tokenizer.hf, max_length=16, stride=2), SubwordTokenizer(tokenizer.hf, max_length=12)]
    assert before not in {other.fingerprint for other in others}


@FAMILIES
def test_a_loaded_subword_tokenizer_cuts_the_same_windows(family: str, tmp_path: Path) -> None:
    saved = SubwordTokenizer(HF[family], max_length=12, stride=2)
    saved.save_pretrained(tmp_path)
    loaded = load_tokenizer(tmp_path)
    assert isinstance(loaded, SubwordTokenizer)
    assert (loaded.max_length, loaded.stride, loaded.vocab_size) == (12, 2, saved.vocab_size)
    assert loaded.fingerprint == saved.fingerprint
    assert loaded.windows(TEXTS) == saved.windows(TEXTS)


def test_windows_are_never_longer_than_the_model_allows() -> None:
    tokenizer = train_wordpiece(TEXTS, vocab_size=120, max_length=16)
    assert SubwordTokenizer(tokenizer.hf, max_length=512).max_length == 16


class PythonTokenizer:
    is_fast = False


def test_slow_tokenizer_is_refused() -> None:
    with pytest.raises(ValueError, match=r"PythonTokenizer is a slow tokenizer; a fast one \(tokenizer.json\)"):
        SubwordTokenizer(PythonTokenizer())  # type: ignore[arg-type]


def test_missing_pretrained_tokenizer_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match=r"module.pretrained=nobody/nothing: cannot be loaded .*local folder with"):
        pretrained_tokenizer([], pretrained="nobody/nothing")


VOCABULARY = VocabularyTokenizer(["Kiel", "in"], ["K", "e", "i", "l", "n"], max_characters=5)


def test_vocabulary_ids_of_known_and_unknown_words_and_characters() -> None:
    windows = VOCABULARY.windows([["in", "Kiel"], ["Köln"]])
    assert windows.inputs["word_ids"] == [[3, 2], [1]]
    assert windows.inputs["character_ids"] == [[[4, 6], [2, 4, 3, 5]], [[2, 1, 5, 6]]]
    assert (windows.sentence, windows.words, windows.positions) == ([0, 1], [[0, 1], [0]], [[0, 1], [0]])
    assert windows.replaced_words == 0
    assert (VOCABULARY.vocab_size, VOCABULARY.n_characters) == (4, 7)


def test_vocabulary_reads_the_first_characters_of_a_long_word() -> None:
    assert VOCABULARY.windows([["Kiel" * 750]]).inputs["character_ids"] == [[[2, 4, 3, 5, 2]]]


def test_vocabulary_gives_a_sentence_of_any_length_one_window() -> None:
    windows = VOCABULARY.windows([["Kiel"] * 5000])
    assert windows.words == windows.positions == [list(range(5000))]


def test_vocabulary_pads_words_and_characters() -> None:
    columns = VOCABULARY.windows([["in", "Kiel"], ["in"]]).columns()
    rows = [{name: columns[name][i] for name in ("word_ids", "character_ids")} for i in range(2)]
    padded = VOCABULARY.pad(rows)
    assert padded["word_ids"].tolist() == [[3, 2], [3, 0]]
    assert padded["character_ids"].tolist() == [[[4, 6, 0, 0], [2, 4, 3, 5]], [[4, 6, 0, 0], [0, 0, 0, 0]]]
    assert padded["character_ids"].dtype == torch.long


def test_train_vocabulary_orders_by_frequency_and_leaves_rare_words_out() -> None:
    tokenizer = train_vocabulary([["b", "a", "c"], ["b", "a", "b"]], min_count=2)
    assert tokenizer.words == ["b", "a"]
    assert tokenizer.characters == ["a", "b", "c"]
    assert train_vocabulary([["b", "a"]], min_count=1).words == ["a", "b"]


def test_vocabulary_survives_saving(tmp_path: Path) -> None:
    VOCABULARY.save_pretrained(tmp_path)
    loaded = load_tokenizer(tmp_path)
    assert isinstance(loaded, VocabularyTokenizer)
    assert vars(loaded) == vars(VOCABULARY)
    assert loaded.fingerprint == VOCABULARY.fingerprint


def test_vocabulary_fingerprint_depends_on_everything() -> None:
    others = [
        VocabularyTokenizer(["Kiel"], ["K", "e", "i", "l", "n"], max_characters=5),
        VocabularyTokenizer(["Kiel", "in"], ["K", "e", "i", "l"], max_characters=5),
        VocabularyTokenizer(["Kiel", "in"], ["K", "e", "i", "l", "n"], max_characters=6),
    ]
    assert len({VOCABULARY.fingerprint, *(other.fingerprint for other in others)}) == 4


VECTORS = WordVectors.quantized(["die", "Kiel", "kam"], np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))


def test_train_vocabulary_takes_word_vectors_from_a_folder(tmp_path: Path) -> None:
    VECTORS.save(tmp_path)
    tokenizer = train_vocabulary([["Kiel", "ruft"], ["Kiel"]], min_count=2, word_vectors=str(tmp_path))
    assert tokenizer.words == ["Kiel"]
    assert tokenizer.vector_words == ["die", "Kiel", "kam"]
    assert tokenizer.word_vectors is not None
    assert tokenizer.word_vectors.fingerprint == VECTORS.fingerprint
    with pytest.raises(FileNotFoundError, match=r"set module.word_vectors to a folder"):
        train_vocabulary([["Kiel"]], word_vectors=str(tmp_path / "none"))


def test_a_word_that_training_never_saw_has_its_vector() -> None:
    tokenizer = VocabularyTokenizer(["Kiel"], ["K"], word_vectors=VECTORS)
    windows = tokenizer.windows([["Kiel", "kam"], ["nie"]])
    assert windows.inputs["word_ids"] == [[2, 1], [1]]
    assert windows.inputs["vector_ids"] == [[3, 4], [1]]
    rows = [{name: column[i] for name, column in windows.inputs.items()} for i in range(2)]
    assert tokenizer.pad(rows)["vector_ids"].tolist() == [[3, 4], [1, 0]]


def test_without_word_vectors_there_is_no_column_of_them() -> None:
    windows = VOCABULARY.windows([["Kiel"]])
    assert set(windows.inputs) == {"word_ids", "character_ids"}
    assert set(VOCABULARY.pad([{name: column[0] for name, column in windows.inputs.items()}])) == set(windows.inputs)


def test_the_words_of_vectors_are_saved_with_the_vocabulary(tmp_path: Path) -> None:
    tokenizer = VocabularyTokenizer(["Kiel"], ["K"], word_vectors=VECTORS)
    tokenizer.save_pretrained(tmp_path)
    loaded = load_tokenizer(tmp_path)
    assert isinstance(loaded, VocabularyTokenizer)
    assert (loaded.vector_words, loaded.word_vectors) == (["die", "Kiel", "kam"], None)
    assert loaded.windows([["kam"]]) == tokenizer.windows([["kam"]])
    assert loaded.fingerprint == tokenizer.fingerprint != VocabularyTokenizer(["Kiel"], ["K"]).fingerprint
