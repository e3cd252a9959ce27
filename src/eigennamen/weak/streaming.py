"""Labeling functions over text of any size: shards of sentences that need nothing from each other.

A shard's votes are written to a file of their own, so a run that is interrupted goes on with the next shard, and the
functions are not applied again when the labels are written or another label model is tried. ``datasets`` maps over text
in several processes too, but it would copy the text into its cache first, has no sums over processes, and does not go
on in the middle of a map.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from eigennamen.corpora.lines import bare_stem, stream_lines
from eigennamen.corpora.plain_text import text_sentence
from eigennamen.files import renamed_to, write_atomically
from eigennamen.records import json_line
from eigennamen.types import Sentence
from eigennamen.weak.aggregation import predictions
from eigennamen.weak.label_matrix import LabelMatrix, apply_labeling_functions
from eigennamen.weak.label_models import LabelModel
from eigennamen.weak.labeling_function import LabelingFunction
from eigennamen.weak.loading import load_labeling_functions
from eigennamen.weak.summary import VoteSummary

_ARRAYS = ("candidates", "votes", "negative_votes")
Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True)
class Shard:
    """Consecutive sentences of a text: lines that are not blank, the first of them sentence ``first`` of the text."""

    number: int
    lines: tuple[str, ...]
    prefix: str
    first: int

    def sentences(self) -> list[Sentence]:
        """As ``read_unlabeled`` calls and cuts them."""
        return [text_sentence(f"{self.prefix}-{n:06d}", line) for n, line in enumerate(self.lines, start=self.first)]

    @property
    def n_bytes(self) -> int:
        """Size of the lines in a file."""
        return sum(len(line.encode("utf-8", "surrogatepass")) + 1 for line in self.lines)


def shards(files: Iterable[Path], *, size: int) -> Iterator[Shard]:
    """Files of plain text, one sentence or short paragraph a line, in shards of ``size`` sentences.

    No shard belongs to two files. Sentences are numbered through all of them. Raises what ``stream_lines`` raises.
    """
    number, first = 0, 1
    for path in files:
        lines = (line for line in stream_lines(path, missing="set corpus.unlabeled") if line.strip())
        while chunk := tuple(islice(lines, size)):
            yield Shard(number, chunk, f"unlabeled-{bare_stem(path)}", first)
            number += 1
            first += len(chunk)


class Job(Protocol[Result]):
    """What is done with every shard. It goes to other processes as it is (pickled), and starts in each of them."""

    def start(self) -> Callable[[Shard], Result]: ...


@dataclass(frozen=True)
class Votes:
    """The votes on each shard, as files in a folder; ``labels`` and ``lf_names`` as in the label matrix."""

    folder: Path
    labels: tuple[str, ...]
    lf_names: tuple[str, ...]

    def path(self, number: int) -> Path:
        return self.folder / f"votes-{number:05d}.npz"

    @property
    def n_shards(self) -> int:
        """How many shards are written."""
        return sum(1 for _ in self.folder.glob("votes-*.npz"))

    def write(self, number: int, matrix: LabelMatrix) -> None:
        with renamed_to(self.path(number)) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                **{name: getattr(matrix, name).astype(np.int32) for name in _ARRAYS},
                dropped_labels=np.array(list(matrix.dropped), dtype=str),
                dropped_counts=np.array(list(matrix.dropped.values()), dtype=np.int64),
            )

    def read(self, number: int, sentences: Sequence[Sentence]) -> LabelMatrix:
        """The votes on the sentences of a shard that was written."""
        with np.load(self.path(number)) as file:
            candidates, votes, negative = (file[name].astype(np.int64) for name in _ARRAYS)
            dropped = dict(zip(file["dropped_labels"].tolist(), file["dropped_counts"].tolist(), strict=True))
        return LabelMatrix(sentences, self.labels, self.lf_names, candidates, votes, negative, dropped)


@dataclass(frozen=True)
class ApplyFunctions:
    """The first pass: votes are written where they are not there yet, and come back as the summary of the shard.

    ``functions`` are those of a configuration; nodes with a ``_target_`` are made in each process.
    """

    functions: Mapping[str, Any]
    label_map: Mapping[str, str | None]
    votes: Votes

    def start(self) -> Callable[[Shard], VoteSummary]:
        functions = functions_of(self.functions)

        def apply(shard: Shard) -> VoteSummary:
            sentences = shard.sentences()
            if self.votes.path(shard.number).exists():
                return VoteSummary.of(self.votes.read(shard.number, sentences))
            matrix = apply_labeling_functions(functions, sentences, labels=self.votes.labels, label_map=self.label_map)
            self.votes.write(shard.number, matrix)
            return VoteSummary.of(matrix)

        return apply


def functions_of(config: Mapping[str, Any]) -> tuple[LabelingFunction, ...]:
    """The functions of a configuration, ``_target_`` nodes and all; raises what ``load_labeling_functions`` raises."""
    from hydra.utils import instantiate

    made = {
        name: instantiate(node, _convert_="all") if isinstance(node, dict) else node for name, node in config.items()
    }
    return load_labeling_functions(made)


@dataclass(frozen=True)
class WriteLabels:
    """The second pass: the label model's spans with their confidences, for each shard a file where there is none yet.

    The result is the number of words.
    """

    model: LabelModel
    votes: Votes
    folder: Path
    n_shards: int

    def path(self, number: int) -> Path:
        """``labels.jsonl``, or its part."""
        return self.folder / ("labels.jsonl" if self.n_shards == 1 else f"labels-{number:05d}.jsonl")

    def start(self) -> Callable[[Shard], int]:
        return self._write

    def _write(self, shard: Shard) -> int:
        sentences = shard.sentences()
        if not self.path(shard.number).exists():
            matrix = self.votes.read(shard.number, sentences)
            labelled = predictions(matrix, self.model.predict_proba(matrix))
            write_atomically(self.path(shard.number), "".join(map(json_line, labelled)))
        return sum(len(sentence.words) for sentence in sentences)


def in_shards(job: Job[Result], parts: Iterable[Shard], *, num_proc: int) -> Iterator[tuple[Shard, Result]]:
    """Do a job on every shard, here or in ``num_proc`` processes; shard and result in the order of the shards.

    At most one shard more than processes is in memory.

    Raises:
        OSError: a process was killed.
    """
    if num_proc == 1:
        do = job.start()
        yield from ((shard, do(shard)) for shard in parts)
        return
    # started anew, not forked: this process may have threads, and the functions are no values that can be sent
    pool = ProcessPoolExecutor(num_proc, get_context("spawn"), initializer=_start, initargs=(job,))
    try:
        waiting: deque[tuple[Shard, Future[Result]]] = deque()
        for shard in parts:
            waiting.append((shard, pool.submit(_do, shard)))
            if len(waiting) > num_proc:
                shard, result = waiting.popleft()
                yield shard, result.result()
        yield from ((shard, result.result()) for shard, result in waiting)
    except BrokenProcessPool as error:
        raise OSError(
            f"one of {num_proc} processes was killed, most likely for want of memory; set num_proc lower, and the same "
            "command goes on where it stopped, or shard_size"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


_started: dict[str, Callable[[Shard], Any]] = {}


def _start(job: Job[Any]) -> None:
    """The beginning of another process."""
    _started["do"] = job.start()


def _do(shard: Shard) -> Any:
    return _started["do"](shard)
