"""GermEval 2014: German Wikipedia and news with two layers of named entities (Benikova et al., LREC 2014).

The official files have the columns number, word, outer tag and inner tag; a line ``# source date`` stands above each
sentence and gives it its document. Labels are PER, LOC, ORG and OTH, each also for derived words (``LOCderiv``:
deutsch) and for parts of a word (``LOCpart``: deutschlandweit).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from eigennamen.corpora.assembly import LabelMap, Split, assemble, check_choice
from eigennamen.corpora.blocks import Block
from eigennamen.corpora.columns import Columns, read_columns
from eigennamen.types import Corpus

LABELS = ("PER", "LOC", "ORG", "OTH")
DERIVED_LABELS = tuple(f"{label}{kind}" for label in LABELS for kind in ("deriv", "part"))
LF_LABEL_MAP: Mapping[str, str | None] = {"PER": "PER", "LOC": "LOC", "ORG": "ORG", "MISC": "OTH"}
LOW_RESOURCE_SIZES = {"train": 1800, "dev": 400}  # the first and the last sentences of the official dev split

Layer = Literal["outer", "inner"]
Derived = Literal["keep", "drop", "fold"]
LowResource = Literal[True, False, "auto"]
_PROTOCOLS = {
    True: "low resource: train/dev = first 1,800/last 400 of official dev, official test",
    False: "official splits",
}
_DERIVED = {"keep": "kept", "drop": "dropped", "fold": "folded into the main labels"}
_MISSING = "fetch it with `make data CORPUS=germeval2014`, or set EIGENNAMEN_DATA to the folder above germeval2014"


def load(
    *,
    data_dir: str,
    layer: Layer = "outer",
    derived: Derived = "drop",
    low_resource: LowResource = "auto",
    unlabeled: str | None = None,
    lf_label_map: Mapping[str, str | None] | None = LF_LABEL_MAP,
    name: str = "germeval2014",
) -> Corpus:
    """Read the official splits or the low-resource protocol; ``auto`` takes the latter where no train file exists.

    In the low-resource protocol train and dev are the first 1,800 and the last 400 sentences of the official dev
    split; the test split is the official one either way. Raises FileNotFoundError or ValueError.
    """
    check_choice("layer", layer, Layer)
    check_choice("derived", derived, Derived)
    check_choice("low_resource", low_resource, LowResource)
    train_exists = (Path(data_dir) / "NER-de-train.tsv").exists()
    low = not train_exists if low_resource == "auto" else low_resource
    columns = Columns(word=1, tag={"outer": 2, "inner": 3}[layer], separator="\t", comment="#\t", document=_source)
    labels = (*LABELS, *DERIVED_LABELS) if derived == "keep" else LABELS
    label_map = LabelMap(_renames(derived), labels)
    splits = {
        split: read_columns(
            Path(data_dir) / file, split=split, columns=columns, label_map=label_map, missing=_MISSING, part=part
        )
        for split, file, part in _parts(low=low)
    }
    if low:
        _check_sizes(splits)
    return assemble(
        splits,
        name=name,
        labels=labels,
        lf_label_map=lf_label_map,
        unlabeled=unlabeled,
        protocol=f"GermEval 2014, {layer} layer, {len(labels)} labels (derived and part labels {_DERIVED[derived]}); "
        + _PROTOCOLS[low],
    )


def _parts(*, low: bool) -> list[tuple[str, str, slice]]:
    """Split, file and part of the file's sentences."""
    test = ("test", "NER-de-test.tsv", slice(None))
    if not low:
        return [("train", "NER-de-train.tsv", slice(None)), ("dev", "NER-de-dev.tsv", slice(None)), test]
    border = LOW_RESOURCE_SIZES["train"]
    return [("train", "NER-de-dev.tsv", slice(border)), ("dev", "NER-de-dev.tsv", slice(border, None)), test]


def _check_sizes(splits: Mapping[str, Split]) -> None:
    found = {split: len(splits[split].sentences) for split in LOW_RESOURCE_SIZES}
    if found != LOW_RESOURCE_SIZES:
        raise ValueError(
            f"NER-de-dev.tsv has {sum(found.values())} sentences, the official file 2,200; the low-resource protocol "
            "is defined on that one: fetch it with `make data CORPUS=germeval2014`"
        )


def _renames(derived: Derived) -> dict[str, str | None]:
    if derived == "keep":
        return {}
    return {label: label[:3] if derived == "fold" else None for label in DERIVED_LABELS}


def _source(block: Block) -> str | None:
    """The address in the source line above a sentence."""
    return block.comments[0].split("\t")[1] if block.comments else None
