"""Any dataset of the Hugging Face hub, or local files in its formats, with a column of words and one of tags.

``path`` is what ``datasets.load_dataset`` takes: ``owner/dataset`` on the hub, or ``parquet`` or ``json`` with
``data_files``. Tags are strings, or numbers that the dataset's features or ``tag_names`` turn into strings. Only data
files are read; a dataset that is a script works through its converted files, ``corpus.revision=refs/convert/parquet``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import datasets

from eigennamen.corpora.assembly import LabelMap, Split, assemble, check_choice, check_renames, gold_spans
from eigennamen.corpora.lines import raise_problems
from eigennamen.schemes import Repair, Scheme
from eigennamen.types import Corpus, Sentence


def load(
    *,
    path: str,
    config_name: str | None = None,
    revision: str | None = None,
    data_files: Mapping[str, str] | None = None,
    train: str | None = "train",
    dev: str | None = "validation",
    test: str | None = "test",
    unlabeled: str | None = None,
    words_column: str = "tokens",
    tags_column: str | None = "ner_tags",
    tag_names: Sequence[str] | None = None,
    scheme: Scheme = "IOB2",
    repair: Repair = "error",
    labels: Sequence[str] | None = None,
    label_map: Mapping[str, str | None] | None = None,
    lf_label_map: Mapping[str, str | None] | None = None,
    name: str = "hub",
) -> Corpus:
    """Read the splits that are named; null leaves one out. Raises ConnectionError, or ValueError naming the row."""
    source = _load_dataset(path, name=config_name, revision=revision, data_files=data_files and dict(data_files))
    mapping = LabelMap(dict(label_map or {}), None if labels is None else tuple(labels))
    reading = _Reading(words_column, tags_column, tag_names, scheme, repair, mapping)
    splits = {}
    for split, its_name in {"train": train, "dev": dev, "test": test}.items():
        if its_name is not None:
            if its_name not in source:
                raise ValueError(f"{path} has no split {its_name!r}; set corpus.{split} to one of {[*source]}, or null")
            splits[split] = reading.read(source[its_name], split=split, place=f"{path}, split {its_name}")
    check_renames(mapping, splits.values())
    return assemble(
        splits,
        name=name,
        labels=labels,
        lf_label_map=lf_label_map,
        unlabeled=unlabeled,
        protocol=f"spans of {path}" + (", labels mapped" if label_map else ""),
    )


@dataclass(frozen=True)
class _Reading:
    """The columns of a dataset and what they mean."""

    words_column: str
    tags_column: str | None
    tag_names: Sequence[str] | None
    scheme: Scheme
    repair: Repair
    label_map: LabelMap

    def __post_init__(self) -> None:
        check_choice("scheme", self.scheme, Scheme)
        check_choice("repair", self.repair, Repair)

    def read(self, rows: datasets.Dataset, *, split: str, place: str) -> Split:
        """All rows as sentences; raises one ValueError for all that are none, by row number from 0."""
        for setting, column in {"words_column": self.words_column, "tags_column": self.tags_column}.items():
            if column is not None and column not in rows.column_names:
                raise ValueError(
                    f"{place} has no column {column!r}; set corpus.{setting} to one of {rows.column_names}"
                    + (", or null for unlabeled text" if setting == "tags_column" else "")
                )
        names = self.tag_names or _tag_names(rows.features.get(self.tags_column))
        words = rows[self.words_column]
        tags = [None] * len(words) if self.tags_column is None else rows[self.tags_column]
        counters: Counter[str] = Counter()
        sentences: list[Sentence] = []
        problems: list[str] = []
        for number, row in enumerate(zip(words, tags, strict=True)):
            try:
                sentences.append(self._sentence(f"{split}-{number + 1:05d}", *row, names, counters))
            except ValueError as error:
                problems.append(f"{place}, row {number}: {error}")
        raise_problems(problems)
        return Split(tuple(sentences), counters)

    def _sentence(
        self, id_: str, words: list[str], tags: list[Any] | None, names: Sequence[str] | None, counters: Counter[str]
    ) -> Sentence:
        if not words or not all(isinstance(word, str) and word.strip() for word in words):
            raise ValueError(f"expected words that are not empty, found {words!r}")
        if tags is None:
            return Sentence(id_, tuple(words))
        if len(tags) != len(words):
            raise ValueError(f"{len(words)} words but {len(tags)} tags")
        spans = gold_spans(
            [_tag_string(tag, names) for tag in tags],
            scheme=self.scheme,
            repair=self.repair,
            label_map=self.label_map,
            counters=counters,
        )
        return Sentence(id_, tuple(words), spans)


def _load_dataset(path: str, **arguments: Any) -> datasets.DatasetDict:
    try:
        return datasets.load_dataset(path, **arguments)
    except (OSError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        raise ConnectionError(
            f"dataset {path!r} cannot be loaded: {error}\n"
            "Check corpus.path (owner/dataset), corpus.data_files and the network. Without a network fetch the parquet "
            "files elsewhere and read them with corpus.path=parquet "
            "'corpus.data_files={train: train.parquet, validation: dev.parquet, test: test.parquet}'. "
            "A dataset that is a script needs corpus.revision=refs/convert/parquet."
        ) from error


def _tag_names(feature: Any) -> list[str] | None:
    """The names behind numeric tags, if the dataset carries them."""
    return getattr(getattr(feature, "feature", None), "names", None)


def _tag_string(tag: Any, names: Sequence[str] | None) -> str:
    if isinstance(tag, str):
        return tag
    if not isinstance(tag, int):
        raise ValueError(f"tag {tag!r} is neither text nor a whole number; expected one tag for each word")
    if names is None:
        raise ValueError(f"tag {tag!r} is a number without a name; set corpus.tag_names=[O,B-PER,I-PER,...]")
    if not 0 <= tag < len(names):
        raise ValueError(f"tag {tag!r} has no name; there are {len(names)} names")
    return names[tag]
