from pathlib import Path

import pytest
from benchmarks import scale


def test_the_texts_begin_alike_and_no_sentence_repeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "BASE", 3)
    texts = scale.write_texts(tmp_path, (100, 2000))
    short, long = (path.read_text(encoding="utf-8").splitlines() for path in texts.values())
    assert long[: len(short)] == short
    assert len(set(long)) == len(long)
    assert len({line.split(" : ", 1)[1] for line in long}) == 3
    for lines, size in ((short, 100), (long, 2000)):
        n_words = [len(line.split()) for line in lines]
        assert sum(n_words[:-1]) < size <= sum(n_words)
