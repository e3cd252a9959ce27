import bz2
import gzip
import lzma
from collections.abc import Callable
from typing import Any

import pytest

from eigennamen.corpora import lines
from eigennamen.corpora.lines import bare_stem, raise_problems, read_lines

Write = Callable[..., str]


@pytest.mark.parametrize(
    ("suffix", "compress"), [("", bytes), (".xz", lzma.compress), (".gz", gzip.compress), (".bz2", bz2.compress)]
)
def test_reads_plain_and_compressed_files(write: Write, suffix: str, compress: Callable[[bytes], bytes]) -> None:
    path = write(f"a.txt{suffix}", compress("Ä\r\n\nß\n".encode()))
    assert read_lines(path, missing="") == ["Ä", "", "ß"]
    assert bare_stem(path) == "a"


def test_only_line_feeds_end_a_line_and_a_byte_order_mark_is_left_out(write: Write) -> None:
    assert read_lines(write("a", "\ufeffa\u2028b\x85c\nd"), missing="") == ["a\u2028b\x85c", "d"]


def test_reads_the_encoding_it_is_told(write: Write) -> None:
    path = write("a.txt", "eins\nzwei\ndreißig".encode("latin-1"))
    assert read_lines(path, encoding="latin-1", missing="") == ["eins", "zwei", "dreißig"]
    with pytest.raises(ValueError, match=r"a\.txt:3: byte 0xdf \(byte 14 of the file\) is not utf-8; .*`encoding`"):
        read_lines(path, missing="")


def test_unknown_encodings_are_named(write: Write) -> None:
    with pytest.raises(ValueError, match="encoding 'utf-9' is unknown; expected one such as utf-8"):
        read_lines(write("a", "x"), encoding="utf-9", missing="")


def test_missing_empty_and_broken_files_are_named(write: Write) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere: no such file .*; set corpus\.train"):
        read_lines("nowhere", missing="set corpus.train")
    with pytest.raises(ValueError, match=r"a\.txt: the file is empty"):
        read_lines(write("a.txt", "\n \n"), missing="")
    with pytest.raises(ValueError, match=r"a\.xz: cannot be read as a \.xz file"):
        read_lines(write("a.xz", "no archive"), missing="")
    with pytest.raises(ValueError, match=r"b\.gz: cannot be read as a \.gz file"):
        read_lines(write("b.gz", gzip.compress(b"Ende fehlt")[:-4]), missing="")


def test_a_file_that_may_not_be_read_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setitem(lines._OPENERS, ".gz", forbidden)  # root may read everything
    with pytest.raises(ValueError, match=r"a\.gz: may not be read \(Permission denied\)"):
        read_lines(write("a.gz", b""), missing="")


def test_five_problems_are_shown_and_the_rest_counted() -> None:
    raise_problems([], remedy="none needed")
    with pytest.raises(ValueError, match=r"p4\n\.\.\. and 2 more\nlook here$"):
        raise_problems([f"p{i}" for i in range(7)], remedy="look here")
