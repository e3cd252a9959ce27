from collections.abc import Callable
from pathlib import Path

import pytest

from eigennamen.corpora.wikineural_de import SIZES, load
from eigennamen.types import Span

Write = Callable[..., str]


def _sentences(first: int, last: int) -> str:
    return "".join(f"0\tW{n}\tB-LOC\n\n" for n in range(first, last))


def test_the_official_validation_split_is_cut_as_the_three_files_are(write: Write) -> None:
    write("cut/val.conllu", _sentences(0, 12330))
    start = 0
    for split, size in SIZES.items():
        path = write(f"files/{split}.conllu", _sentences(start, start + size))
        start += size
    files = Path(path).parent
    cut = load(data_dir=str(files.parent / "cut"))
    assert cut.test is not None
    assert (cut.test[0].id, cut.test[0].words, cut.test[0].spans) == ("test-00001", ("W10330",), (Span(0, 1, "LOC"),))
    assert cut.fingerprint == load(data_dir=str(files)).fingerprint


def test_other_sizes_and_missing_files_are_errors(write: Write) -> None:
    folder = Path(write("val.conllu", _sentences(0, 10))).parent
    with pytest.raises(ValueError, match=r"val\.conllu: 10 sentences for train, expected 9330"):
        load(data_dir=str(folder))
    with pytest.raises(FileNotFoundError, match="make data CORPUS=wikineural_de"):
        load(data_dir=str(folder / "nowhere"))


@pytest.mark.data
@pytest.mark.slow
def test_counts_of_the_real_files(data_dir: Path) -> None:
    corpus = load(data_dir=str(data_dir / "wikineural-de"))
    assert {name: len(split) for name, split in corpus.splits()} == SIZES
    assert corpus.labels == ("PER", "LOC", "ORG", "MISC")
    assert corpus.counters == {}
