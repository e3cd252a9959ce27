"""Test sentences are found in text however they are written there."""

import pytest

from eigennamen.pretraining.exclusion import Exclusion
from eigennamen.types import Sentence

LONG = Sentence("1", ("Anna", "reiste", "am", "Montag", "nach", "Köln", "."))
SHORT = Sentence("2", ("Danke", "schön", "!"))
EXCLUSION = Exclusion({"mine": [LONG], "yours": [SHORT, Sentence("3", ("...",))]})


@pytest.mark.parametrize(
    "line",
    [
        "Anna reiste am Montag nach Köln.",
        "ANNA REISTE AM MONTAG NACH KÖLN",
        "„Anna  reiste\tam Montag“ - nach: Köln?!",
        "Anna reiste am Montag nach Ko\u0308ln.",
        "Man sagt, Anna reiste am Montag nach Köln; später nach Bonn.",
        "Anna reiste am Montag. Anna reiste am Montag nach Köln.",
    ],
)
def test_case_punctuation_spacing_and_place_make_no_difference(line: str) -> None:
    assert EXCLUSION.found_in(line) == "mine"


@pytest.mark.parametrize(
    "line",
    ["Anna reiste am Montag nach Kölnisch.", "Anna reiste am Montag nach", "Hanna reiste am Montag nach Köln.", ""],
)
def test_other_sentences_stay(line: str) -> None:
    assert EXCLUSION.found_in(line) is None


def test_a_short_sentence_counts_only_as_a_whole_line() -> None:
    assert EXCLUSION.found_in("danke, schön") == "yours"
    assert EXCLUSION.found_in("Danke schön, sagte er") is None
    assert EXCLUSION.found_in("Er sagte danke schön und ging fort") is None


def test_a_sentence_without_words_excludes_nothing() -> None:
    assert EXCLUSION.found_in("...") is None
    assert Exclusion({}).found_in("Danke schön") is None


def test_of_two_sentences_with_one_beginning_each_is_found() -> None:
    both = Exclusion({"a": [Sentence("1", tuple("eins zwei drei vier fünf sechs".split()))], "b": [LONG]})
    longer = Exclusion({"a": [Sentence("1", (*LONG.words, "später"))], "b": [LONG]})
    assert both.found_in("eins zwei drei vier fünf sechs") == "a"
    assert longer.found_in("Anna reiste am Montag nach Köln") == "b"


def test_the_fingerprint_follows_sentences_and_corpora() -> None:
    exclusions = [{"a": [LONG]}, {"b": [LONG]}, {"a": [SHORT]}, {}]
    assert len({Exclusion(sentences).fingerprint for sentences in exclusions}) == 4  # type: ignore[arg-type]
    assert Exclusion({"a": [LONG]}).fingerprint == Exclusion({"a": [LONG]}).fingerprint
    assert EXCLUSION.corpora == ("mine", "yours")
