"""Determiner, adjectives and capitalized words."""

from typing import Any

from eigennamen.types import Sentence, Span
from eigennamen.weak.german.noun_phrases import NounPhrase, chunks, noun_phrases
from eigennamen.weak.labeling_function import LabelingFunction, NegativeVote

WORDS = tuple("Die große Deutsche Partei traf im alten Rathaus Frau Kahl und schnelle Autos".split())


def _lf(**settings: Any) -> LabelingFunction:
    return noun_phrases(**({"name": "chunks", "label": "ORG"} | settings))


def _found(lf: LabelingFunction) -> list[str]:
    return [" ".join(WORDS[vote.start : vote.end]) for vote in lf(Sentence("s", WORDS))]


def test_chunks_of_a_sentence() -> None:
    assert chunks(WORDS) == (
        NounPhrase(0, 2, 4, determiner=True, adjectives=1),
        NounPhrase(5, 7, 10, determiner=True, adjectives=1),
        NounPhrase(11, 12, 13, determiner=False, adjectives=1),
    )
    assert chunks(("Kahl",)) == (NounPhrase(0, 0, 1, determiner=False, adjectives=0),)
    assert chunks(("es", "regnet")) == ()


def test_heads_determiners_adjectives_and_length() -> None:
    assert _lf(heads=["partei"])(Sentence("s", WORDS)) == (Span(2, 4, "ORG"),)
    assert _found(_lf(determiner=False)) == ["Autos"]
    assert _found(_lf(determiner=True)) == ["Deutsche Partei", "Rathaus Frau Kahl"]
    assert _found(_lf(adjectives=False)) == []
    assert _found(_lf(min_length=3)) == ["Rathaus Frau Kahl"]
    assert _found(_lf(accept=lambda words, start, end: end == len(words))) == ["Autos"]


def test_without_a_label_it_votes_against() -> None:
    lf = _lf(label=None, heads=["autos"])
    assert (lf.labels, lf(Sentence("s", WORDS))) == ((), (NegativeVote(12, 13),))


def test_the_fingerprint_follows_the_settings() -> None:
    lfs = [_lf(), _lf(label=None), _lf(heads=["a"]), _lf(determiner=True), _lf(determiner=False), _lf(min_length=2)]
    assert len({lf.fingerprint for lf in lfs}) == len(lfs)
