"""The lenient score that the generative literature reports: equal strings, wherever in the sentence they stand."""

from collections.abc import Sequence

from eigennamen.formats.base import Reading
from eigennamen.scoring import Counts
from eigennamen.types import Sentence


def lenient_string_counts(gold: Sequence[Sentence], readings: Sequence[Reading]) -> Counts:
    """Counts over the lower-cased, de-duplicated pairs of label and mention of each sentence (GNER: Ding et al., 2024).

    A mention with an unknown label counts as predicted. Not comparable with strict micro F1: a mention may be in the
    wrong place, or in none.

    >>> from eigennamen.types import Span
    >>> gold = Sentence("1", ("Kiel", "und", "Kiel"), (Span(0, 1, "LOC"), Span(2, 3, "LOC")))
    >>> lenient_string_counts([gold], [Reading(mentions=(("LOC", "kiel"), ("PER", "Kiel")))])
    Counts(true_positives=1, predicted=2, gold=1)
    """
    if len(gold) != len(readings):
        raise ValueError(f"{len(gold)} gold sentences, but {len(readings)} readings; give one reading a sentence")
    return sum((_counts(*pair) for pair in zip(gold, readings, strict=True)), Counts())


def lenient_string_f1(gold: Sequence[Sentence], readings: Sequence[Reading]) -> float:
    """Micro F1 over sentences of ``lenient_string_counts``; 0 without any mention."""
    return lenient_string_counts(gold, readings).f1


def _counts(sentence: Sentence, reading: Reading) -> Counts:
    expected = {(span.label, sentence.mention(span).lower()) for span in sentence.spans or ()}
    said = {(label, mention.lower()) for label, mention in reading.mentions}
    return Counts(len(expected & said), len(said), len(expected))
