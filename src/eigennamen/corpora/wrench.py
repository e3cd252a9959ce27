"""WRENCH: English benchmarks of weak supervision with the outputs of their labeling functions (Zhang et al. 2021).

A folder holds ``meta.json`` (labels, names of the functions, which of them are recommended) and ``train.json``,
``valid.json`` and ``test.json``: objects by number with the words under ``data.text``, gold under ``label`` and what
the functions say under ``weak_labels``. Gold and votes come as tags (IOB2, one row a word) or as spans
``[start, end, label]`` (one list a function); both are read. An ``O`` of a function is abstaining, not a vote.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eigennamen.corpora.assembly import LabelMap, Split, assemble, gold_spans
from eigennamen.corpora.lines import complaint, raise_problems
from eigennamen.files import file_fingerprint
from eigennamen.types import Corpus, Sentence, Span
from eigennamen.weak.labeling_function import LabelingFunction
from eigennamen.weak.recorded import recorded

_FILES = {"train": "train.json", "dev": "valid.json", "test": "test.json"}


def load(*, data_dir: str, dataset: str, name: str | None = None) -> Corpus:
    """Read the three splits of one data set; raises FileNotFoundError or ValueError, naming file and item."""
    folder = Path(data_dir) / dataset
    meta = _meta(folder)
    splits = {}
    for split, file in _FILES.items():
        counters: Counter[str] = Counter()
        problems: list[str] = []
        sentences = []
        for key, item in _read(folder / file).items():
            try:
                words = tuple(item["data"]["text"])
                spans = _spans(item["label"], n_words=len(words), counters=counters)
                sentences.append(Sentence(f"{split}-{key}", words, spans))
            except (ValueError, KeyError, TypeError) as error:
                problems.append(f"{folder / file}, item {key}: {complaint(error)}")
        raise_problems(problems)
        splits[split] = Split(tuple(sentences), counters)
    protocol = f"WRENCH {dataset}, labels {', '.join(meta['entity_types'])}"
    return assemble(splits, name=name or dataset, labels=meta["entity_types"], protocol=protocol)


def labeling_functions(*, data_dir: str, dataset: str, recommended: bool = True) -> dict[str, LabelingFunction]:
    """The stored outputs of a data set's labeling functions, as functions of the sentences that ``load`` reads.

    ``recommended`` takes those that the data set's authors recommend, otherwise all.

    Raises:
        FileNotFoundError, ValueError: a file is missing or not as described above.
    """
    folder = Path(data_dir) / dataset
    meta = _meta(folder)
    chosen = meta["lf_rec"] if recommended else meta["lf"]
    votes: dict[str, dict[str, Sequence[Span]]] = {lf: {} for lf in chosen}
    problems: list[str] = []
    for split, file in _FILES.items():
        for key, item in _read(folder / file).items():
            try:
                n_words = len(item["data"]["text"])
                by_lf = _by_function(item["weak_labels"], n_lfs=len(meta["lf"]))
                for lf in chosen:
                    said = by_lf[meta["lf"].index(lf)]
                    votes[lf][f"{split}-{key}"] = _spans(said, n_words=n_words, counters=Counter())
            except (ValueError, KeyError, TypeError) as error:
                problems.append(f"{folder / file}, item {key}: {complaint(error)}")
    raise_problems(problems)
    fingerprint = "".join(file_fingerprint(folder / file) for file in ("meta.json", *_FILES.values()))
    return {
        lf: recorded(name=lf, labels=meta["entity_types"], spans_by_id=votes[lf], fingerprint=fingerprint)
        for lf in chosen
    }


def _meta(folder: Path) -> dict[str, Any]:
    meta = _read(folder / "meta.json")
    if missing := {"entity_types", "lf", "lf_rec"} - set(meta):
        raise ValueError(f"{folder / 'meta.json'}: has no {', '.join(sorted(missing))}; expected a folder of WRENCH")
    if unknown := set(meta["lf_rec"]) - set(meta["lf"]):
        raise ValueError(f"{folder / 'meta.json'}: lf_rec names {sorted(unknown)}, which are not among lf")
    return meta


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        known = sorted(path.parent.name for path in file.parents[1].glob("*/meta.json"))
        raise FileNotFoundError(
            f"{file}: not there; set EIGENNAMEN_DATA to the folder above wrench, and corpus.dataset to one of its "
            f"folders ({', '.join(known) or 'none found'})"
        )
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:  # also where it is not UTF-8
        raise ValueError(f"{file}: not JSON ({error}); fetch it again") from error
    if not isinstance(content, dict):
        raise ValueError(f"{file}: found a {type(content).__name__}, expected an object by item number")
    return content


def _by_function(votes: Sequence[Any], *, n_lfs: int) -> list[Sequence[Any]]:
    """What each function says of a sentence; tags come one row a word."""
    by_word = bool(votes and votes[0] and isinstance(votes[0][0], str))
    sizes = {len(row) for row in votes} if by_word else {len(votes)}
    if sizes != {n_lfs}:
        raise ValueError(f"weak_labels are of {sorted(sizes)} functions, meta.json names {n_lfs}")
    return [list(column) for column in zip(*votes, strict=True)] if by_word else list(votes)


def _spans(entries: Sequence[Any], *, n_words: int, counters: Counter[str]) -> tuple[Span, ...]:
    """Spans from tags or ``[start, end, label]``; an ``I-`` that continues nothing begins a span, and is counted."""
    if entries and isinstance(entries[0], str):
        if len(entries) != n_words:
            raise ValueError(f"{len(entries)} tags for {n_words} words")
        return gold_spans(entries, scheme="IOB2", repair="begin", label_map=LabelMap(), counters=counters)
    return tuple(Span(start, end, label) for start, end, label in entries)
