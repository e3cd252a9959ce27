"""Lines of files: what is read, what is left out, and what is said about files that cannot be read."""

import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from eigennamen.pretraining.exclusion import Exclusion
from eigennamen.pretraining.text import Text, load_text
from eigennamen.types import Sentence

Write = Callable[..., str]
NOTHING = Exclusion({})
TEST = Exclusion({"mine": [Sentence("1", tuple("Anna reiste am Montag nach Bonn".split()))], "none": []})


def _text(unlabeled: str | list[str], exclusion: Exclusion = NOTHING, **settings: str) -> Text:
    return load_text(unlabeled=unlabeled, exclusion=exclusion, **settings)


def test_lines_are_stripped_and_blank_ones_left_out_every_time(write: Write) -> None:
    text = _text(write("a.txt", "  eins zwei \n\n\t\ndrei"))
    assert list(text) == list(text) == ["eins zwei", "drei"]


def test_patterns_lists_and_compression(write: Write, tmp_path: Path) -> None:
    write("a.txt", "eins")
    write("b.txt.xz", lzma.compress(b"zwei"))
    (tmp_path / "folder.txt").mkdir()
    other = write("other", "drei")
    assert list(_text([other, str(tmp_path / "*.txt*")])) == ["drei", "eins", "zwei"]


def test_a_file_that_two_patterns_match_counts_once(write: Write, tmp_path: Path) -> None:
    assert list(_text([write("a.txt", "eins"), str(tmp_path / "*.txt")])) == ["eins"]


def test_files_with_a_word_a_line_give_a_line_for_each_sentence(write: Write) -> None:
    assert list(_text(write("a.conll", "Anna\nkam\n\nOtto\nging\n"))) == ["Anna kam", "Otto ging"]


def test_lines_with_a_test_sentence_are_left_out_and_counted(write: Write) -> None:
    text = _text(write("a.txt", "eins  zwei\tdrei\nSo: Anna reiste am Montag nach Bonn!\nvier\n"), TEST)
    assert list(text) == ["eins  zwei\tdrei", "vier"]
    assert text.statistics == {"lines": 2, "words": 4, "excluded_lines": {"mine": 1, "none": 0}}


def test_nothing_left_is_an_error(write: Write) -> None:
    with pytest.raises(ValueError, match="text: every line holds a test sentence of mine, none"):
        list(_text(write("a.txt", "Anna reiste am Montag nach Bonn."), TEST))


def test_the_fingerprint_follows_content_encoding_and_exclusion_but_not_the_place(write: Write) -> None:
    first, moved, other = write("a.txt", "eins"), write("b/c.txt", "eins"), write("d.txt", "zwei")
    assert _text(first).fingerprint == _text(moved).fingerprint
    texts = [_text(first), _text(other), _text([first, other]), _text(first, TEST), _text(first, encoding="cp1252")]
    assert len({text.fingerprint for text in texts}) == 5


def test_files_of_one_name_are_told_apart(write: Write) -> None:
    paths = [write("a/x.txt", "eins"), write("b/x.txt", "zwei")]
    before = _text(paths)
    assert sorted(before.file_fingerprints) == paths
    assert sorted(_text(paths[:1]).file_fingerprints) == ["x.txt"]
    write("a/x.txt", "drei")
    assert _text(paths).fingerprint != before.fingerprint


def test_a_file_with_brackets_in_its_name_is_no_pattern(write: Write) -> None:
    assert list(_text(write("text [old].txt", "eins"))) == ["eins"]


def test_the_order_of_files_counts_where_parts_do(write: Write) -> None:
    paths = [write("a.txt", "eins"), write("b.txt", "zwei")]
    one, other = _text(paths), _text(paths[::-1])
    assert one.fingerprint == other.fingerprint
    assert one.ordered_fingerprint != other.ordered_fingerprint


def test_what_cannot_be_read_is_named(write: Write) -> None:
    with pytest.raises(ValueError, match=r"a\.txt:2: byte 0xfc .* is not utf-8"):
        list(_text(write("a.txt", "eins\nfünf\n".encode("latin-1"))))
    with pytest.raises(ValueError, match=r"b\.txt: the file is empty"):
        list(_text([write("c.txt", "eins"), write("b.txt", "")]))
    with pytest.raises(ValueError, match=r"d\.jsonl\.xz: \.jsonl is no plain text"):
        _text(write("d.jsonl.xz", b""))
    assert list(_text(write("a.txt", "fünf".encode("latin-1")), encoding="latin-1")) == ["fünf"]


def test_a_pattern_without_files_and_no_pattern_are_explained(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"\*\.txt: no such file \(seen from .*set corpus\.unlabeled to text"):
        _text(str(tmp_path / "*.txt"))
    with pytest.raises(ValueError, match=r"corpus\.unlabeled is not set; expected .*corpus\.unlabeled='text/\*\.txt'"):
        load_text(unlabeled=None, exclusion=NOTHING)
