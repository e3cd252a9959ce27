import lzma
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from eigennamen.corpora.plain_text import read_unlabeled
from eigennamen.types import Sentence, Span
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix, apply_labeling_functions
from eigennamen.weak.labeling_function import LabelingFunction, NegativeVote, Vote, labeling_function
from eigennamen.weak.streaming import ApplyFunctions, Shard, Votes, functions_of, in_shards, shards
from eigennamen.weak.summary import VoteSummary

LINES = ["Anna wohnt in Köln.", "", "Dort regnet es.", "Köln\u2028liegt am Rhein.", "  ", "Anna schläft."]
LABELS = ("PER", "LOC")
LABEL_MAP = {"PER": "PER", "LOC": "LOC", "TITLE": None}


@labeling_function(labels=["PER", "TITLE"])
def annas(sentence: Sentence) -> Iterator[Vote]:
    for i, word in enumerate(sentence.words):
        if word == "Anna":
            yield Span(i, i + 1, "PER")
        if word == "Rhein":
            yield Span(i, i + 1, "TITLE")


@labeling_function(labels=["LOC"])
def in_something(sentence: Sentence) -> Iterator[Vote]:
    if "in" in sentence.words:
        place = sentence.words.index("in") + 1
        yield Span(place, place + 1, "LOC")
    yield NegativeVote(0, 1)


FUNCTIONS = {"annas": annas, "in_something": in_something}


@pytest.fixture
def votes(tmp_path: Path) -> Votes:
    return Votes(tmp_path, LABELS, tuple(FUNCTIONS))


def applied(sentences: list[Sentence]) -> LabelMatrix:
    return apply_labeling_functions(functions_of(FUNCTIONS), sentences, labels=LABELS, label_map=LABEL_MAP)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_shards_are_the_sentences_of_the_text(write: Callable[..., str], size: int) -> None:
    path = write("more.txt.xz", lzma.compress("\r\n".join(LINES).encode()))
    parts = list(shards([Path(path)], size=size))
    assert [len(part.lines) for part in parts] == {1: [1] * 4, 3: [3, 1], 100: [4]}[size]
    assert [part.number for part in parts] == list(range(len(parts)))
    assert [sentence for part in parts for sentence in part.sentences()] == list(read_unlabeled(path))


def test_no_shard_belongs_to_two_files_and_numbers_go_on(write: Callable[..., str]) -> None:
    files = [Path(write(f"{folder}/a.txt", f"Eins {folder}.\nZwei.\nDrei.\n")) for folder in "xy"]
    parts = list(shards(files, size=2))
    assert [[sentence.id for sentence in part.sentences()] for part in parts] == [
        ["unlabeled-a-000001", "unlabeled-a-000002"],
        ["unlabeled-a-000003"],
        ["unlabeled-a-000004", "unlabeled-a-000005"],
        ["unlabeled-a-000006"],
    ]
    assert sum(part.n_bytes for part in parts) == sum(file.stat().st_size for file in files)


def test_votes_on_disk_are_the_votes(votes: Votes) -> None:
    sentences = Shard(0, ("Anna wohnt in Köln.", "Am Rhein."), "t", 1).sentences()
    matrix = applied(sentences)
    votes.write(7, matrix)
    read = votes.read(7, sentences)
    assert (read.sentences, read.labels, read.lf_names, read.dropped) == (
        sentences,
        LABELS,
        votes.lf_names,
        {"TITLE": 1},
    )
    for name in ("candidates", "votes", "negative_votes"):
        np.testing.assert_array_equal(getattr(read, name), getattr(matrix, name))
        assert getattr(read, name).dtype == np.int64
    assert read.votes.tolist() == [[1, OUTSIDE], [ABSTAIN, 2]]
    assert [path.name for path in votes.folder.iterdir()] == ["votes-00007.npz"]


@pytest.mark.parametrize("size", [1, 2, 100])
def test_the_first_pass_sums_up_the_whole_text(write: Callable[..., str], votes: Votes, size: int) -> None:
    path = write("text/more.txt", "\n".join(LINES))
    job = ApplyFunctions(FUNCTIONS, LABEL_MAP, votes)
    total = VoteSummary.total(summary for _, summary in in_shards(job, shards([Path(path)], size=size), num_proc=1))
    whole = VoteSummary.of(applied(list(read_unlabeled(path))))
    assert (total.clusters, total.counts, total.dropped) == (whole.clusters, whole.counts, whole.dropped)
    assert total.sample.sentences == whole.sample.sentences
    assert votes.n_shards == -(-4 // size)


def test_what_is_on_disk_is_not_computed_again(write: Callable[..., str], votes: Votes) -> None:
    def fails(sentence: Sentence) -> Iterator[Vote]:
        if "Dort" in sentence.words:
            raise KeyboardInterrupt
        return annas.function(sentence)

    files = [Path(write("text/more.txt", "\n".join(LINES)))]
    interrupted = FUNCTIONS | {"annas": LabelingFunction("annas", annas.labels, fails, "")}
    with pytest.raises(KeyboardInterrupt):
        list(in_shards(ApplyFunctions(interrupted, LABEL_MAP, votes), shards(files, size=1), num_proc=1))
    assert [path.name for path in votes.folder.glob("votes*")] == ["votes-00000.npz"]

    seen: list[str] = []

    def listens(sentence: Sentence) -> Iterator[Vote]:
        seen.append(sentence.id)
        return annas.function(sentence)

    again = FUNCTIONS | {"annas": LabelingFunction("annas", annas.labels, listens, "")}
    done = in_shards(ApplyFunctions(again, LABEL_MAP, votes), shards(files, size=1), num_proc=1)
    total = VoteSummary.total(summary for _, summary in done)
    assert seen == [f"unlabeled-more-00000{n}" for n in (2, 3, 4)]
    assert total.counts == VoteSummary.of(applied(list(read_unlabeled(str(files[0]))))).counts


@dataclass(frozen=True)
class Lengths:
    """A job; a line "die" ends its process."""

    factor: int

    def start(self) -> Callable[[Shard], list[int]]:
        def do(shard: Shard) -> list[int]:
            if "die" in shard.lines:
                os._exit(1)
            return [self.factor * len(line) for line in shard.lines]

        return do


def one_a_line(n: int) -> Iterator[Shard]:
    return (Shard(i, ("w" * i,), "t", 1 + i) for i in range(n))


def test_no_more_than_what_is_worked_on_is_read() -> None:
    read: list[int] = []

    def parts() -> Iterator[Shard]:
        for part in one_a_line(5):
            read.append(part.number)
            yield part

    results = in_shards(Lengths(2), parts(), num_proc=1)
    assert [next(results)[1], next(results)[1]] == [[0], [2]]
    assert read == [0, 1]


@pytest.mark.slow
def test_several_processes_give_the_same_in_the_same_order() -> None:
    results = list(in_shards(Lengths(2), one_a_line(9), num_proc=2))
    assert results == list(in_shards(Lengths(2), one_a_line(9), num_proc=1))
    assert [result for _, result in results] == [[2 * i] for i in range(9)]


@pytest.mark.slow
def test_a_process_that_is_killed_is_explained() -> None:
    parts = iter([Shard(0, ("lives",), "t", 1), Shard(1, ("die",), "t", 2)])
    with pytest.raises(OSError, match="one of 2 processes was killed, most likely for want of memory"):
        list(in_shards(Lengths(1), parts, num_proc=2))
