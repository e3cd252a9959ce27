"""A mention labelled once in a document is labelled everywhere in it."""

from dataclasses import replace

import pytest

from eigennamen.types import Sentence, Span
from eigennamen.weak.consistency import document_consistency
from eigennamen.weak.gazetteer import gazetteer
from eigennamen.weak.labeling_function import LabelingFunction, NegativeVote
from eigennamen.weak.patterns import pattern
from eigennamen.weak.statistics import neighbors


def _sentence(id_: str, document: str | None, text: str) -> Sentence:
    return Sentence(id_, tuple(text.split()), document=document)


HERR = pattern(name="herr", label="PER", words=["Herr", "[A-Z].* +"], span=[1, 2])
IN = pattern(name="in", label="LOC", words=["in", "[A-Z].*"], span=[1, 2])
TEXT = [
    _sentence("a1", "a", "Herr Essen kommt"),
    _sentence("a2", "a", "Essen lacht , Ulm nicht"),
    _sentence("b1", "b", "in Essen , in Essen"),
    _sentence("b2", "b", "Herr Essen und Essen"),
    _sentence("c1", "c", "Essen in Essen , Herr Essen"),
    _sentence("n1", None, "Herr Kahl"),
    _sentence("n2", None, "Kahl"),
    _sentence("d1", "d", "Herr Otto Kahl und Kahl und Otto"),
]


def _votes(lf: LabelingFunction) -> dict[str, tuple[object, ...]]:
    ready = lf.prepared(TEXT)
    return {sentence.id: votes for sentence in TEXT if (votes := ready(sentence))}


def test_the_majority_of_the_document_decides() -> None:
    lf = document_consistency(name="same", functions={"herr": HERR, "in": IN})
    assert lf.labels == ("PER", "LOC")
    assert _votes(lf) == {
        "a1": (Span(1, 2, "PER"),),
        "a2": (Span(0, 1, "PER"),),
        "b1": (Span(1, 2, "LOC"), Span(4, 5, "LOC")),
        "b2": (Span(1, 2, "LOC"), Span(3, 4, "LOC")),
        # c: a tie
        "d1": (Span(1, 3, "PER"),),
    }


def test_last_words_and_the_least_number_of_votes() -> None:
    last = document_consistency(name="same", functions={"herr": HERR}, last_words=["PER"])
    assert _votes(last)["d1"] == (Span(1, 3, "PER"), Span(4, 5, "PER"))
    twice = document_consistency(name="same", functions={"herr": HERR, "in": IN}, min_votes=2)
    assert set(_votes(twice)) == {"b1", "b2"}


def test_wrapped_functions_are_prepared_and_votes_against_do_not_count() -> None:
    never = gazetteer(name="x", label=None, entries=["Ulm"])
    assert never(TEXT[1]) == (NegativeVote(3, 4),)
    lf = document_consistency(
        name="same",
        functions={"never": never, "usual": neighbors(name="y", label="LOC", before=["in"], min_share=0.4)},
    )
    assert _votes(lf)["b2"] == (Span(1, 2, "LOC"), Span(3, 4, "LOC"))
    assert _votes(lf)["a2"] == (Span(0, 1, "LOC"),)


def test_the_fingerprint_is_that_of_the_wrapped_functions() -> None:
    def of(*functions: LabelingFunction) -> str:
        return document_consistency(name="same", functions={lf.name: lf for lf in functions}).fingerprint

    assert len({of(HERR), of(IN), of(HERR, IN), of(replace(HERR, fingerprint="edited"))}) == 4


def test_nothing_to_wrap_is_an_error() -> None:
    with pytest.raises(ValueError, match="no labeling functions"):
        document_consistency(name="same", functions={})
