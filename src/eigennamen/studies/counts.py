"""What every run of a study got right, sentence by sentence, in one small file: ``counts.parquet`` beside the records.

Paired tests need it, and corpus text is not ours to commit. A row is a sentence of a test set and a label: its gold
spans where ``run`` is missing, otherwise what a run predicted there and how much of it was right. ``round`` is missing
for what a run reached in the end. Sentences without gold have a row without a label, so that their ids can be found;
runs have rows only where they predicted something, or a single one without a label. Rows are sorted by sentence first:
what runs have in common stands together, and compression makes little of it.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eigennamen.files import renamed_to
from eigennamen.scoring import Scores, read_counts

COUNTS = "counts.parquet"
_NAMES = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema(
    [(name, _NAMES) for name in ("test_set", "sentence", "label", "run", "round")]
    + [(name, pa.int32()) for name in ("true_positives", "predicted", "gold")]
)

Key = tuple[str, str | None]  # run id, and the round; None for the run's end


def counts_of_run(run_dir: Path) -> dict[Key, Scores]:
    """The counts in a run's folder, those of its rounds too; empty where its test sentences have no gold."""
    paths: dict[str | None, Path] = {path.stem: path for path in run_dir.glob("rounds/*.parquet")}
    paths[None] = run_dir / "counts.parquet"
    return {(run_dir.name, number): read_counts(path) for number, path in paths.items() if path.exists()}


def add_counts(path: Path, new: Mapping[Key, Scores], *, keep: Collection[str]) -> None:
    """Put counts into the file of a study, in place of what it has of these runs; only those of ``keep`` stay in it."""
    added = {run for run, _ in new}
    known = {key: scores for key, scores in read_study_counts(path).items() if key[0] not in added}
    counts = {key: scores for key, scores in {**known, **new}.items() if key[0] in keep}
    write_study_counts(path, counts)


def write_study_counts(path: Path, counts: Mapping[Key, Scores]) -> None:
    """The same counts give the same bytes, in whatever order they come."""
    test_sets: dict[str, _TestSet] = {}
    by_test_set: dict[str, dict[Key, Scores]] = {}
    for key in sorted(counts, key=lambda key: (key[0], key[1] or "")):
        test_set = _TestSet.of(counts[key])
        test_sets.setdefault(test_set.name, test_set)
        by_test_set.setdefault(test_set.name, {})[key] = counts[key]
    tables = [_table(test_sets[name], by_test_set[name]) for name in sorted(test_sets)]
    table = pa.concat_tables([_SCHEMA.empty_table(), *tables]).unify_dictionaries()
    with renamed_to(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", compression_level=12)


def read_study_counts(path: Path) -> dict[Key, Scores]:
    """What ``write_study_counts`` wrote, by run and round; empty where there is no file.

    Raises:
        ValueError: it is another file.
    """
    if not path.exists():
        return {}
    return {key: scores for _, part in _test_sets(_read(path)) for key, scores in _scores(part)}


@dataclass(frozen=True, eq=False)
class Totals:
    """What a run got right in the end, over all labels: ``counts`` is ``(n_sentences, 3)`` as in ``Scores``.

    ``test_set`` names the sentences and their gold spans; results are comparable where it is the same. ``labels`` are
    those of the gold spans.
    """

    test_set: str
    labels: tuple[str, ...]
    counts: NDArray[np.int64]


def read_totals(path: Path) -> dict[str, Totals]:
    """Of every run in the file of a study, without its rounds; empty where there is no file.

    Raises:
        ValueError: it is another file.
    """
    if not path.exists():
        return {}
    table = _read(path)
    result = {}
    for name, part in _test_sets(table.filter(pa.compute.is_null(table["round"]))):
        for (run, _), scores in _scores(part):
            labels = tuple(np.array(scores.labels)[scores.counts[..., 2].any(axis=0)].tolist())
            result[run] = Totals(name, labels, scores.counts.sum(axis=1))
    return result


def _read(path: Path) -> pa.Table:
    table = pq.read_table(path)
    if table.schema.names != _SCHEMA.names:
        raise ValueError(
            f"{path}: has the columns {table.schema.names}; expected {_SCHEMA.names}, which a study writes; remove it "
            "and the records beside it, and do the runs again: finished ones are not repeated"
        )
    return table


@dataclass(frozen=True)
class _TestSet:
    """The sentences and gold spans that some results have in common; ``gold`` is ``(n_sentences, n_labels)``."""

    name: str
    ids: tuple[str, ...]
    labels: tuple[str, ...]
    gold: NDArray[np.int64]

    @classmethod
    def of(cls, scores: Scores) -> "_TestSet":
        gold = scores.counts[..., 2]
        there = gold.any(axis=0)  # labels that were only predicted are no part of the test set
        labels, gold = tuple(np.array(scores.labels)[there].tolist()), gold[:, there]
        digest = hashlib.sha256(_as_bytes(scores.ids, labels) + gold.astype("<i8").tobytes()).hexdigest()
        return cls(digest[:12], scores.ids, labels, gold)


@lru_cache(maxsize=8)
def _as_bytes(ids: tuple[str, ...], labels: tuple[str, ...]) -> bytes:
    return repr((ids, labels)).encode()


def _table(test_set: _TestSet, counts: Mapping[Key, Scores]) -> pa.Table:
    """The rows of one test set."""
    labels = sorted({*test_set.labels}.union(*(scores.labels for scores in counts.values())))
    column = {label: number for number, label in enumerate(labels)}
    parts = [_gold_rows(test_set, [column[label] for label in test_set.labels])]
    parts += [
        _run_rows(scores, [column[label] for label in scores.labels], number)
        for number, scores in enumerate(counts.values())
    ]
    rows = np.concatenate(parts)
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    keys = list(counts)
    columns = [
        _named(np.zeros(len(rows), dtype=np.int64), [test_set.name]),
        _named(rows[:, 0], test_set.ids),
        _named(rows[:, 1], labels),
        _named(rows[:, 2], [run for run, _ in keys]),
        _named(rows[:, 2], [number for _, number in keys]),
        *(pa.array(rows[:, place], pa.int32()) for place in (3, 4, 5)),
    ]
    return pa.table(columns, schema=_SCHEMA)


def _gold_rows(test_set: _TestSet, columns: list[int]) -> NDArray[np.int64]:
    """A row for each sentence and label with gold, and one for each sentence without; -1 is a missing name."""
    sentence, label = np.nonzero(test_set.gold)
    gold = test_set.gold[sentence, label]
    empty = np.flatnonzero(~test_set.gold.any(axis=1))
    sentence, gold = np.concatenate([sentence, empty]), np.concatenate([gold, np.zeros_like(empty)])
    label = np.concatenate([np.array(columns, dtype=np.int64)[label], np.full_like(empty, -1)])
    zero = np.zeros_like(sentence)
    return np.stack([sentence, label, zero - 1, zero, zero, gold], axis=1)


def _run_rows(scores: Scores, columns: list[int], number: int) -> NDArray[np.int64]:
    """A row for each sentence and label with a prediction; one without a label where there is none at all."""
    sentence, label = np.nonzero(scores.counts[..., 1])
    if not len(sentence):
        return np.array([[0, -1, number, 0, 0, 0]])
    found = scores.counts[sentence, label]
    zero = np.zeros_like(sentence)
    return np.stack(
        [sentence, np.array(columns)[label], zero + number, found[:, 0], found[:, 1], zero], axis=1, dtype=np.int64
    )


def _named(codes: NDArray[np.int64], names: Any) -> pa.Array:
    """A column of names, which stand in the order in which they first occur; -1 and a name that is None are missing."""
    values = pa.array([*names, None], pa.string())
    return values.take(pa.array(codes % len(values))).dictionary_encode()  # -1 is the last one


def _test_sets(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    names = table["test_set"].combine_chunks()
    for name in names.unique().to_pylist():
        yield name, table.filter(pa.compute.equal(names, name))


def _scores(part: pa.Table) -> Iterator[tuple[Key, Scores]]:
    """The runs and rounds on one test set."""
    (sentence, ids), (label, labels), (run, runs), (number, numbers) = (
        _coded(part[name]) for name in ("sentence", "label", "run", "round")
    )
    values = np.stack([part[name].to_numpy() for name in ("true_positives", "predicted", "gold")], axis=1)
    order = sorted(range(len(labels)), key=lambda place: labels[place])
    counts = np.zeros((len(ids), len(labels), 3), dtype=np.int64)
    is_gold = (run < 0) & (label >= 0)
    counts[sentence[is_gold], label[is_gold], 2] = values[is_gold, 2]
    by_run = np.lexsort((number, run))
    firsts = np.flatnonzero(np.diff(run[by_run], prepend=-2) | np.diff(number[by_run], prepend=-2))
    names, in_order = tuple(ids), tuple(labels[place] for place in order)
    for rows in np.split(by_run, firsts[1:]):
        one = int(run[rows[0]]), int(number[rows[0]])
        if one[0] < 0:
            continue  # gold
        rows = rows[label[rows] >= 0]
        found = counts.copy()
        found[sentence[rows], label[rows], :2] = values[rows, :2]
        key = runs[one[0]], None if one[1] < 0 else numbers[one[1]]
        yield key, Scores(names, in_order, found[:, order])


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """Places in the list of names, -1 where one is missing; the names in the order in which they first occur."""
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    return encoded.indices.fill_null(-1).to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
