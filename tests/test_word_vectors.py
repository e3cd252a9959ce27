"""Word vectors: eight bits a number, two files, and what is wrong with them."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from eigennamen.word_vectors import VECTORS, WORDS, WordVectors

FLOATS = np.array([[1.27, -0.64, 0.0], [0.0, 0.0, 0.0], [-2.54, 0.02, 1.0]])
VECTORS_OF_THREE = WordVectors.quantized(["die", "Kiel", "ßü"], FLOATS)


def test_floats_become_steps_of_one_scale_a_word() -> None:
    assert VECTORS_OF_THREE.vectors.tolist() == [[127, -64, 0], [0, 0, 0], [-127, 1, 50]]
    assert VECTORS_OF_THREE.vectors.dtype == np.int8
    assert VECTORS_OF_THREE.scales == pytest.approx([0.01, 0.0, 0.02])
    assert (len(VECTORS_OF_THREE), VECTORS_OF_THREE.size) == (3, 3)


def test_the_vector_of_a_word_is_close_to_what_it_was() -> None:
    assert VECTORS_OF_THREE.vector("die") == pytest.approx(FLOATS[0])
    assert VECTORS_OF_THREE.vector("Kiel").tolist() == [0.0, 0.0, 0.0]
    assert VECTORS_OF_THREE.vector("ßü") == pytest.approx(FLOATS[2], abs=2.54 / 254)
    with pytest.raises(KeyError):
        VECTORS_OF_THREE.vector("kiel")


def test_vectors_survive_saving(tmp_path: Path) -> None:
    VECTORS_OF_THREE.save(tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [VECTORS, WORDS]
    assert (tmp_path / "new" / WORDS).read_text(encoding="utf-8") == "die\nKiel\nßü\n"
    loaded = WordVectors.load(tmp_path / "new")
    assert loaded.words == VECTORS_OF_THREE.words
    assert np.array_equal(loaded.vectors, VECTORS_OF_THREE.vectors)
    assert np.array_equal(loaded.scales, VECTORS_OF_THREE.scales)
    assert loaded.fingerprint == VECTORS_OF_THREE.fingerprint


def test_the_fingerprint_depends_on_words_vectors_and_scales() -> None:
    words, vectors, scales = VECTORS_OF_THREE.words, VECTORS_OF_THREE.vectors, VECTORS_OF_THREE.scales
    others = [
        WordVectors(["die", "Kiel", "ß"], vectors, scales),
        WordVectors(words, -vectors, scales),
        WordVectors(words, vectors, 2 * scales),
    ]
    assert len({VECTORS_OF_THREE.fingerprint, *(other.fingerprint for other in others)}) == 4


@pytest.mark.parametrize("word", ["", "a\nb", "a\u2028b", "a b", "\x85"])
def test_a_word_that_would_break_its_line_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=r"neither empty nor have white space in them, got "):
        WordVectors.quantized(["die", word], np.ones((2, 2)))


def test_parts_that_do_not_fit_together_are_refused() -> None:
    ones, scales = np.ones((2, 3), dtype=np.int8), np.ones(2, dtype=np.float32)
    with pytest.raises(ValueError, match="1 words, 2 vectors and 2 scales; expected one of each"):
        WordVectors(["die"], ones, scales)
    with pytest.raises(ValueError, match="'die' is there twice"):
        WordVectors(["die", "die"], ones, scales)
    with pytest.raises(ValueError, match=r"got float32 vectors of shape \(2, 3\) with float32 scales; expected int8"):
        WordVectors(["die", "der"], ones.astype(np.float32), scales)  # type: ignore[arg-type]


@pytest.mark.parametrize("lost", [VECTORS, WORDS])
def test_a_missing_file_says_how_to_get_vectors(tmp_path: Path, lost: str) -> None:
    VECTORS_OF_THREE.save(tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"{lost}: not there .*skip_gram.* set module.word_vectors to a folder"
    ):
        WordVectors.load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"nowhere/vectors.safetensors: not there"):
        WordVectors.load("nowhere")


def test_broken_files_are_named(tmp_path: Path) -> None:
    VECTORS_OF_THREE.save(tmp_path)
    whole = (tmp_path / VECTORS).read_bytes()
    tensors = {"vectors": VECTORS_OF_THREE.vectors}
    for content in (whole[:-3], whole[:5], b"", save(tensors)):
        (tmp_path / VECTORS).write_bytes(content)
        with pytest.raises(ValueError, match=r"broken word vectors .*copy or train them again"):
            WordVectors.load(tmp_path)
    (tmp_path / VECTORS).write_bytes(whole)
    (tmp_path / WORDS).write_text("die\nKiel\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken word vectors \(2 words, 3 vectors and 3 scales"):
        WordVectors.load(tmp_path)
    (tmp_path / WORDS).write_bytes("die\nKiel\nßü\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"broken word vectors .*utf-8"):
        WordVectors.load(tmp_path)
