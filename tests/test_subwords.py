"""Sub-word vocabularies: NFC, nothing unknown where that is promised, the same in every process."""

import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from eigennamen import subwords
from eigennamen.subwords import SENTINELS, fingerprint, unigram, wordpiece

LINES = [
    "Anna reiste am Montag nach Köln und kaufte Äpfel für Übermorgen.",
    "Der große Hund läuft über die Straße in München.",
    "Otto wohnt in der Münchner Straße und läuft am Montag nach Köln.",
] * 5
DECOMPOSED = [unicodedata.normalize("NFD", line) for line in LINES]
Make = Callable[..., Any]
BOTH = pytest.mark.parametrize("make", [wordpiece, unigram])


@BOTH
@pytest.mark.parametrize("lines", [LINES, DECOMPOSED], ids=["composed", "decomposed"])
def test_decomposed_and_composed_umlauts_are_the_same(make: Make, lines: list[str]) -> None:
    tokenizer = make(lines, vocab_size=2000, exact=False)
    words = "Köln Äpfel über"
    ids = tokenizer(words)["input_ids"]
    assert tokenizer(unicodedata.normalize("NFD", words))["input_ids"] == ids
    assert tokenizer.unk_token_id not in ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == words


def test_wordpiece_cuts_words_and_has_no_special_pieces_besides_those_of_bert() -> None:
    tokenizer = wordpiece(LINES, vocab_size=90, exact=False)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert tokenizer.convert_ids_to_tokens(list(range(5))) == special
    assert [str(token) for token in tokenizer.added_tokens_decoder.values()] == special
    pieces = tokenizer.tokenize("Straßen")
    assert len(pieces) > 1
    assert all(piece.startswith("##") for piece in pieces[1:])
    assert tokenizer("Anna")["input_ids"][:: len(tokenizer("Anna")["input_ids"]) - 1] == [2, 3]


def test_rare_characters_are_unknown_to_wordpiece() -> None:
    tokenizer = wordpiece([*LINES, "x€"], vocab_size=300, alphabet=20, exact=False)
    assert tokenizer.tokenize("€") == ["[UNK]"]


def test_unigram_knows_every_character_and_gives_it_back() -> None:
    tokenizer = unigram(LINES, vocab_size=2000, exact=False)
    text = "Hallo 😀 中文 Köln\u00a0€"
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.unk_token_id not in ids
    assert ids[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_unigram_ends_with_the_sentinels() -> None:
    tokenizer = unigram(LINES, vocab_size=2000, exact=False)
    sentinels = tokenizer.convert_tokens_to_ids([f"<extra_id_{i}>" for i in range(len(SENTINELS))])
    assert sentinels == list(range(len(tokenizer) - len(SENTINELS), len(tokenizer)))
    assert [tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id] == [0, 1, 2]


@pytest.mark.parametrize(("make", "size"), [(wordpiece, 90), (unigram, 400)])
def test_the_size_is_the_one_asked_for(make: Make, size: int) -> None:
    assert len(make(LINES, vocab_size=size)) == size


@BOTH
def test_more_than_the_text_supports_is_an_error_that_says_how_much_it_does(make: Make) -> None:
    most = len(make(LINES, vocab_size=9000, exact=False))
    with pytest.raises(ValueError, match=f"vocab_size=9000: the text supports no more than {most} sub-words"):
        make(LINES, vocab_size=9000)


@pytest.mark.parametrize(("make", "size"), [(wordpiece, 20), (unigram, 20), (unigram, 380)])
def test_fewer_than_the_characters_is_an_error(make: Make, size: int) -> None:
    with pytest.raises(
        ValueError, match=f"vocab_size={size}: special tokens and single characters alone make .*alphabet"
    ):
        make(LINES, vocab_size=size)


@BOTH
def test_the_fingerprint_follows_what_the_tokenizer_does(make: Make) -> None:
    made, again, other = (make(lines, vocab_size=2000, exact=False) for lines in (LINES, LINES, [*LINES, "Ulm"] * 2))
    assert fingerprint(made) == fingerprint(again) != fingerprint(other)


@pytest.mark.slow
@pytest.mark.parametrize(("make", "size"), [("wordpiece", 300), ("unigram", 600)])
def test_every_process_makes_the_same_vocabulary(make: str, size: int) -> None:
    program = (
        "import random; from eigennamen import subwords; draw = random.Random(1)\n"
        "letters = 'abcdefghiklmnoprstuwzäöü'\n"
        "words = [''.join(draw.choices(letters, range(1, 25), k=draw.randint(2, 9))) for _ in range(400)]\n"
        "lines = [' '.join(draw.choices(words, k=10)) for _ in range(400)]\n"
        f"print(subwords.fingerprint(subwords.{make}(lines, vocab_size={size})))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(printed) == 1
    assert len(printed.pop()) == 65


def test_pieces_are_learned_from_lines_spread_over_the_text() -> None:
    lines = ["Straße", "Kiel"] * 50  # 500 characters
    assert list(subwords._spread(lines, 250)) == ["Straße"] * 50
    assert list(subwords._spread(lines, 249)) == (["Straße", "Kiel"] * 17)[:34]
    assert list(subwords._spread(lines, 500)) == list(subwords._spread(lines, 10_000)) == lines
