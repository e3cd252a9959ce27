"""Skip-gram: which words get vectors, that their company shows in them, and what cannot be trained."""

import logging
import random
import sys

import numpy as np
import pytest

from eigennamen.pretraining.skip_gram import train_skip_gram

pytestmark = pytest.mark.slow  # gensim takes seconds to import
# two groups of words that never meet
LINES = ["Kiel Jena Bonn", "Anna Otto Emil"] * 3 + ["Kiel, Jena", "Anna: Otto"]
SMALL = {"size": 8, "min_count": 2, "epochs": 1}


def test_words_are_those_of_the_text_the_most_frequent_first(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="eigennamen"):
        vectors, measured = train_skip_gram(LINES, size=8, min_count=2, epochs=2)
    assert vectors.words == ("Anna", "Jena", "Kiel", "Otto", "Bonn", "Emil")
    assert vectors.size == 8
    assert (measured["words"], measured["vocabulary"]) == (24, 6)
    assert measured["seconds"] > 0
    assert measured["words_per_second"] > 0
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "skip-gram epoch 1/2",
        "skip-gram epoch 2/2",
    ]


def test_the_vocabulary_is_cut_at_the_most_frequent_words() -> None:
    vectors, _ = train_skip_gram(LINES, **SMALL, max_words=3)  # type: ignore[arg-type]
    assert vectors.words == ("Anna", "Jena", "Kiel")


def test_the_seed_makes_the_vectors() -> None:
    first, again, other = (train_skip_gram(LINES, **SMALL, seed=seed)[0] for seed in (1, 1, 2))  # type: ignore[arg-type]
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_words_in_the_same_company_get_similar_vectors() -> None:
    groups = ("Kiel Jena Bonn Ulm Köln Trier".split(), "Anna Otto Emil Ida Paul Rosa".split())
    draw = random.Random(0)
    lines = [" ".join(draw.sample(groups[i % 2], 5)) for i in range(3000)]
    vectors, _ = train_skip_gram(lines, size=10, subsample=0.0, epochs=5)
    units = {word: vectors.vector(word) / np.linalg.norm(vectors.vector(word)) for word in vectors.words}
    together = [units[a] @ units[b] for group in groups for a in group for b in group if a < b]
    apart = [units[a] @ units[b] for a in groups[0] for b in groups[1]]
    assert np.mean(together) > np.mean(apart) + 0.2


def test_a_line_longer_than_gensim_reads_is_trained_to_its_end() -> None:
    vectors, measured = train_skip_gram(["da " * 10_000 + "Kiel Jena"], size=4, min_count=1, epochs=1)
    assert measured["words"] == 10_002
    before, _ = train_skip_gram(["da " * 10_000, "Kiel Jena"], size=4, min_count=1, epochs=1)
    assert np.array_equal(vectors.vector("Kiel"), before.vector("Kiel"))


@pytest.mark.parametrize("lines", [[], ["Kiel Kiel Jena"], [""]])
def test_too_little_text_is_explained(lines: list[str]) -> None:
    n, different = (1, 2) if lines and lines[0] else (0, 0)
    message = f"{n} of {different} different words occur at least 2 times; expected 2 or more: .*lower min_count"
    with pytest.raises(ValueError, match=message):
        train_skip_gram(lines, **SMALL)  # type: ignore[arg-type]


def test_a_missing_gensim_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(ValueError, match=r"gensim.*pip install -e '.\[word-vectors\]'"):
        train_skip_gram(LINES)
