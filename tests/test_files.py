"""Files are written whole or not at all."""

import hashlib
from pathlib import Path

import pytest

from eigennamen.files import file_fingerprint, renamed_to, write_atomically


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    with renamed_to(path) as temporary:
        temporary.write_bytes(b"half")
        assert not path.exists()
        temporary.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_before_anything_is_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), renamed_to(tmp_path / "file.bin"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_fingerprint_is_the_hash_of_the_content(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a", "ä")
    assert file_fingerprint(tmp_path / "a") == hashlib.sha256("ä".encode()).hexdigest()
