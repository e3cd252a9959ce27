"""WikiNEuRal German: silver labels on Wikipedia sentences (Tedeschi et al., Findings of EMNLP 2021).

Three splits of 9,330, 1,000 and 2,000 sentences, cut in order from the official validation split: large enough to
compare methods on, small enough for one machine. They are read from ``train.conllu``, ``dev.conllu`` and
``test.conllu``, or cut from the official ``val.conllu`` where there is no ``dev.conllu``. The columns are number, word
and tag. The whole official corpus is read by ``corpus=conll corpus.word_column=1 corpus.tag_column=2``.
"""

from collections.abc import Mapping
from pathlib import Path

from eigennamen.corpora.assembly import LabelMap, assemble
from eigennamen.corpora.columns import Columns, read_columns
from eigennamen.types import Corpus

LABELS = ("PER", "LOC", "ORG", "MISC")
SIZES = {"train": 9330, "dev": 1000, "test": 2000}
_COLUMNS = Columns(word=1, tag=2, separator="\t")
_LABEL_MAP = LabelMap(known=LABELS)
_MISSING = "fetch it with `make data CORPUS=wikineural_de`, or set EIGENNAMEN_DATA to the folder above wikineural-de"


def load(
    *,
    data_dir: str,
    unlabeled: str | None = None,
    lf_label_map: Mapping[str, str | None] | None = None,
    name: str = "wikineural_de",
) -> Corpus:
    """Read or cut the three splits. Raises FileNotFoundError, or ValueError where a split has another size."""
    folder = Path(data_dir)
    cut = (folder / "val.conllu").exists() and not (folder / "dev.conllu").exists()
    splits = {}
    start = 0
    for split, size in SIZES.items():
        path = folder / ("val.conllu" if cut else f"{split}.conllu")
        part = slice(start, start + size) if cut else slice(None)
        read = read_columns(path, split=split, columns=_COLUMNS, label_map=_LABEL_MAP, missing=_MISSING, part=part)
        if len(read.sentences) != size:
            raise ValueError(f"{path}: {len(read.sentences)} sentences for {split}, expected {size}; {_MISSING}")
        splits[split] = read
        start += size
    protocol = "WikiNEuRal German, silver labels; 9,330/1,000/2,000 sentences cut from the official validation split"
    return assemble(splits, name=name, labels=LABELS, lf_label_map=lf_label_map, unlabeled=unlabeled, protocol=protocol)
