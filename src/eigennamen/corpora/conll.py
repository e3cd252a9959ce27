"""Any column file: CoNLL-2003 and its many relatives.

One word a line with its tag beside it, a blank line after each sentence. Which column is which, what separates them
and how tags are written are settings:

* ``word_column``, ``tag_column`` count from 0, or from -1 for the last. ``tag_column=null``: there are no tags, the
  sentences of every split are unlabeled.
* ``separator``: null is any run of blanks and tabs. ``tab`` keeps empty columns and blanks inside a column.
* ``comment``: a line that starts with it and stands before the first word of its sentence is a comment, counted and
  left out. Everywhere else such a line is a word, since a word can be ``#``. Make it as long as it is safe to:
  ``'# '`` leaves the hashtag ``#Bahn`` at the start of a tweet alone. null: no comments.
* ``-DOCSTART-`` lines start a new document, and become no sentence.
* ``scheme``: IOB2, BIOES, or IOB1 (where an ``I-`` may begin a span). ``repair`` says what happens to an ``I-`` that
  continues nothing: ``error``, ``begin`` a span there, or ``discard`` it; repairs are counted.
* ``label_map`` renames labels or drops them (null), counted; labels that it lacks stay as they are. ``labels`` fixes
  the set and its order, and makes every other label an error; null takes what occurs.
"""

from collections.abc import Mapping, Sequence

from eigennamen.corpora.assembly import LabelMap, assemble, check_renames
from eigennamen.corpora.columns import Columns, read_columns
from eigennamen.schemes import Repair, Scheme
from eigennamen.types import Corpus

SETTINGS = (
    "look at corpus.word_column, corpus.tag_column (null: no tags), corpus.separator, corpus.comment, corpus.scheme, "
    "corpus.repair and corpus.labels"
)


def load(
    *,
    train: str | None = None,
    dev: str | None = None,
    test: str | None = None,
    unlabeled: str | None = None,
    word_column: int = 0,
    tag_column: int | None = -1,
    separator: str | None = None,
    comment: str | None = None,
    encoding: str = "utf-8",
    scheme: Scheme = "IOB2",
    repair: Repair = "error",
    labels: Sequence[str] | None = None,
    label_map: Mapping[str, str | None] | None = None,
    lf_label_map: Mapping[str, str | None] | None = None,
    name: str = "conll",
) -> Corpus:
    """Read the splits that are given; raises FileNotFoundError or ValueError, naming file and line."""
    separator = "\t" if separator in ("tab", r"\t") else separator
    columns = Columns(word_column, tag_column, separator, comment, encoding, scheme, repair)
    mapping = LabelMap(dict(label_map or {}), None if labels is None else tuple(labels))
    splits = {
        split: read_columns(
            path, split=split, columns=columns, label_map=mapping, missing=f"set corpus.{split}", settings=SETTINGS
        )
        for split, path in {"train": train, "dev": dev, "test": test}.items()
        if path is not None
    }
    check_renames(mapping, splits.values())
    return assemble(
        splits,
        name=name,
        labels=labels,
        lf_label_map=lf_label_map,
        unlabeled=unlabeled,
        protocol="spans of the column files" + (", labels mapped" if label_map else ""),
    )
