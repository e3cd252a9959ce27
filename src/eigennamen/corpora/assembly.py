"""What all corpus readers share: gold tags to spans, the map of labels, and the last step from splits to a Corpus."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from eigennamen.corpora.plain_text import read_unlabeled
from eigennamen.schemes import Repair, Scheme, TagError, tags_to_spans
from eigennamen.types import Corpus, Sentence, Span


@dataclass(frozen=True)
class LabelMap:
    """What becomes of the labels in a file: renamed, dropped (``None``) or, where ``renames`` lacks them, kept.

    ``known`` are the labels that may be left after that; None allows any.
    """

    renames: Mapping[str, str | None] = field(default_factory=dict)
    known: tuple[str, ...] | None = None

    def translate(self, label: str) -> str | None:
        """The corpus's own label, None to drop it; raises ValueError for a label that is unknown."""
        new = self.renames.get(label, label)
        if new is not None and self.known is not None and new not in self.known:
            raise ValueError(f"label {new!r} is unknown; expected one of {', '.join(self.known)}")
        return new

    def apply(self, spans: Iterable[Span], counters: Counter[str]) -> tuple[Span, ...]:
        """The spans under their new labels; counts in ``counters`` what was renamed or dropped."""
        kept = []
        for span in spans:
            new = self.translate(span.label)
            if span.label in self.renames:
                counters[self.counter(span.label)] += 1
            if new is not None:
                kept.append(Span(span.start, span.end, new))
        return tuple(kept)

    def counter(self, label: str) -> str:
        """Under which name the spans of a label that the map changes are counted."""
        new = self.renames[label]
        return f"spans of {label} dropped" if new is None else f"spans of {label} renamed {new}"


@dataclass(frozen=True)
class Split:
    """The sentences of one split, and counts of what was changed or lost while reading them."""

    sentences: tuple[Sentence, ...] = ()
    counters: Mapping[str, int] = field(default_factory=dict)


def gold_spans(
    tags: Sequence[str], *, scheme: Scheme, repair: Repair, label_map: LabelMap, counters: Counter[str]
) -> tuple[Span, ...]:
    """Tags of a sentence as spans of the corpus's labels; raises TagError where a tag is invalid or unknown."""
    spans, repairs = tags_to_spans(tags, scheme=scheme, repair=repair)
    if repairs:
        counters["invalid tags repaired"] += repairs
    for span in spans:
        try:
            label_map.translate(span.label)
        except ValueError as error:
            raise TagError(span.start, f"tag {tags[span.start]!r}: {error}") from None
    return label_map.apply(spans, counters)


def assemble(
    splits: Mapping[str, Split],
    *,
    name: str,
    labels: Sequence[str] | None = None,
    lf_label_map: Mapping[str, str | None] | None = None,
    unlabeled: str | None = None,
    protocol: str,
) -> Corpus:
    """A Corpus of the splits ``train``, ``dev`` and ``test``, as far as they exist, and an unlabeled text file.

    Without ``labels`` they are all that occur, sorted; without ``lf_label_map`` labeling functions speak of the
    corpus's own labels.
    """
    if not splits and unlabeled is None:
        raise ValueError(f"corpus {name!r}: no file given; set corpus.train, corpus.dev, corpus.test, corpus.unlabeled")
    if empty := [split for split, read in splits.items() if not read.sentences]:
        raise ValueError(f"corpus {name!r}: no sentences in {', '.join(empty)}; set it to null to leave it out")
    found = {span.label for read in splits.values() for one in read.sentences for span in one.spans or ()}
    all_labels = tuple(sorted(found) if labels is None else labels)
    if not all_labels:
        raise ValueError(f"corpus {name!r} has no labels: no split has a span; name them, corpus.labels=[PER,LOC]")
    train, dev, test = (splits.get(split, Split()).sentences for split in ("train", "dev", "test"))
    counters = {f"{split}: {what}": n for split, read in splits.items() for what, n in read.counters.items()}
    known = {sentence.id for split in (train, dev, test) for sentence in split}
    text = read_unlabeled(unlabeled)
    more_text = tuple(sentence for sentence in text if sentence.id not in known)
    if left_out := len(text) - len(more_text):  # labels that were imported have the ids of the text they came from
        counters["unlabeled: sentences of other splits left out"] = left_out
    return Corpus(
        name=name,
        labels=all_labels,
        train=train,
        dev=dev or None,
        test=test or None,
        unlabeled=more_text,
        lf_label_map={label: label for label in all_labels} if lf_label_map is None else dict(lf_label_map),
        protocol=protocol,
        counters=counters,
    )


def check_renames(label_map: LabelMap, splits: Iterable[Split]) -> None:
    """Raise ValueError for a label in the map that no file has: most likely a typing error."""
    used = {what for read in splits for what in read.counters}
    if unused := [label for label in label_map.renames if label_map.counter(label) not in used]:
        raise ValueError(
            f"corpus.label_map names {', '.join(unused)}, which no file has as a label; check the spelling"
        )


def check_choice(setting: str, value: object, choices: object) -> None:
    """Raise ValueError where a setting of the corpus has none of the values of its ``Literal`` type."""
    if value not in get_args(choices):
        raise ValueError(f"corpus.{setting} is {value!r}; expected one of {', '.join(map(str, get_args(choices)))}")
