"""Regular expressions over words, affixes, cue words nearby."""

from typing import Any

import pytest

from eigennamen.types import Sentence, Span
from eigennamen.weak.labeling_function import LabelingFunction, NegativeVote
from eigennamen.weak.patterns import affix, context, find, pattern, sequence_of


def _found(lf: LabelingFunction, text: str) -> list[str]:
    sentence = Sentence("s", tuple(text.split()))
    return [" ".join(sentence.words[vote.start : vote.end]) for vote in lf(sentence)]


def _pattern(*words: str, label: str | None = "ORG", **settings: Any) -> LabelingFunction:
    return pattern(name="firms", label=label, words=words, **settings)


def _affix(**settings: Any) -> LabelingFunction:
    return affix(**({"name": "places", "label": "LOC"} | settings))


def _context(**settings: Any) -> LabelingFunction:
    return context(**({"name": "people", "label": "PER"} | settings))


def test_a_pattern_fits_whole_words_in_a_row() -> None:
    lf = _pattern("[A-Z].*", "GmbH|AG")
    assert lf(Sentence("s", ("Die", "Kahl", "AG", "und", "Roth", "AGs"))) == (Span(1, 3, "ORG"),)


def test_a_part_of_a_pattern_can_be_the_span() -> None:
    lf = _pattern("Herr|Frau", "[A-Z].*", "sagte", label="PER", span=[1, 2])
    assert _found(lf, "Herr Kahl sagte , Frau Roth sang") == ["Kahl"]


def test_without_a_label_a_pattern_votes_against() -> None:
    assert _pattern(r"\d+", "Euro", label=None)(Sentence("s", ("12", "Euro"))) == (NegativeVote(0, 2),)
    assert _pattern(r"\d+", label=None).labels == ()


@pytest.mark.parametrize(
    ("sign", "expected"), [("+", ["A B C x", "D x"]), ("*", ["A B C x", "D x", "x"]), ("?", ["C x", "D x", "x"])]
)
def test_words_are_repeated(sign: str, expected: list[str]) -> None:
    assert _found(_pattern(f"[A-Z] {sign}", "x"), "A B C x D x x") == expected


def test_repetition_gives_back_what_the_rest_needs() -> None:
    assert _found(_pattern("[A-Z].* +", "Bank"), "Deutsche Bank Bank in Ulm") == ["Deutsche Bank Bank"]


def test_matches_do_not_overlap_but_may_share_context() -> None:
    assert list(find(sequence_of(["a", "a"], key="x"), "aaaa", part=(0, 2))) == [(0, 2), (2, 4)]
    assert list(find(sequence_of(["a", "b"], key="x"), "abab", part=(1, 2))) == [(1, 2), (3, 4)]
    assert list(find(sequence_of(["a", "b", "a"], key="x"), "ababa", part=(1, 2))) == [(1, 2), (3, 4)]


def test_an_empty_word_stands_at_both_ends_of_a_sentence() -> None:
    text = "Ulm und Ulm oder Ulm"
    assert _pattern("", "Ulm")(Sentence("s", tuple(text.split()))) == (Span(0, 1, "ORG"),)
    assert _pattern("Ulm", "")(Sentence("s", tuple(text.split()))) == (Span(4, 5, "ORG"),)
    assert _pattern("(?!Ulm).*", "Ulm", "(?!Ulm).*", span=[1, 2])(Sentence("s", ("Ulm",))) == (Span(0, 1, "ORG"),)


def test_accept_decides_by_context() -> None:
    lf = _pattern("[A-Z].*", accept=lambda words, start, end: start > 0 and words[start - 1] == "in")
    assert _found(lf, "Ulm liegt in Ulm") == ["Ulm"]


@pytest.mark.parametrize(
    ("words", "settings", "problem"),
    [
        (["[A-Z"], {}, r"firms\.words\[0\]: '\[A-Z' is no regular expression at character 1"),
        (["a", "(b +"], {}, r"firms\.words\[1\]: '\(b' is no regular expression"),
        ([], {}, "no patterns"),
        (["a"], {"span": [1, 2]}, r"firms\.span: got \[1, 2\]; expected .* end <= 1"),
        (["a"], {"span": [0, 0]}, r"firms\.span"),
    ],
)
def test_a_bad_pattern_is_named(words: list[str], settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _pattern(*words, **settings)


def test_prefixes_and_suffixes_are_both_needed() -> None:
    lf = _affix(prefixes=["Ober", "Unter"], suffixes=["dorf", "bach"])
    assert _found(lf, "Oberdorf Unterbach Neudorf Oberhaus oberdorf Ober dorf") == ["Oberdorf", "Unterbach"]
    assert _found(_affix(suffixes=["dorf"]), "Neudorf dorf Dorf") == ["Neudorf"]


def test_length_case_stop_words_and_context_of_affixes() -> None:
    text = "Neudorf Aldorf neudorf Altdorf"
    assert _found(_affix(suffixes=["dorf"], min_length=7), text) == ["Neudorf", "Altdorf"]
    assert _found(_affix(suffixes=["dorf"], capitalized=False, stop=["Aldorf"]), text) == text.replace(
        "Aldorf ", ""
    ).split(" ")
    assert _found(_affix(suffixes=["dorf"], accept=lambda words, start, end: end == len(words)), text) == ["Altdorf"]
    assert _affix(suffixes=["ung"], label=None)(Sentence("s", ("Zeitung",))) == (NegativeVote(0, 1),)


def test_an_affix_needs_a_list() -> None:
    with pytest.raises(ValueError, match=r"functions\.places: no prefixes and no suffixes"):
        _affix()


def test_runs_near_cue_words() -> None:
    assert _found(_context(before=["Herr", "Frau"]), "gestern Herr Kahl-Roth Bey und Frau Wolf") == [
        "Kahl-Roth Bey",
        "Wolf",
    ]
    assert _found(_context(after=["sagte"]), "Kahl sagte , Roth sang") == ["Kahl"]


def test_window_and_both_sides() -> None:
    text = "der Abgeordnete , Roth , sagte , Wolf"
    assert _found(_context(before=["der"], window=1), "der Wolf , Roth") == ["Wolf"]
    assert _found(_context(before=["Abgeordnete"], window=2), text) == ["Roth"]
    assert _found(_context(before=["Abgeordnete"], after=["sagte"], window=2, need="both"), text) == ["Roth"]
    assert _found(_context(before=["Abgeordnete"], after=["sagte"], window=1, need="both"), text) == []
    assert _found(_context(before=["Abgeordnete"], after=["sagte"], window=2), text) == ["Roth", "Wolf"][:1]


def test_shape_length_and_votes_against() -> None:
    lf = _context(before=["im"], label=None, shape=r"\d{4}")
    assert lf(Sentence("s", ("im", "1990", "im", "Mai"))) == (NegativeVote(1, 2),)
    assert _found(_context(before=["in"], max_length=1), "in Ulm , in Bad Ems") == ["Ulm"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "expected cue words"),
        ({"before": ["a"], "window": 0}, "window=0"),
        ({"before": ["a"], "need": "both"}, "need=both"),
        ({"before": ["a"], "shape": "["}, r"people\.shape: '\[' is no regular expression"),
    ],
)
def test_a_bad_context_is_named(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        _context(**settings)


def test_fingerprints_follow_the_settings() -> None:
    lfs = [
        _pattern("a"),
        _pattern("b"),
        _pattern("a", label="PER"),
        _pattern("a", label=None),
        _pattern("a", "b", span=[0, 1]),
        _affix(suffixes=["a"]),
        _affix(prefixes=["a"]),
        _affix(suffixes=["a"], stop=["b"]),
        _context(before=["a"]),
        _context(after=["a"]),
        _context(before=["a"], window=2),
    ]
    assert len({lf.fingerprint for lf in lfs}) == len(lfs)
    assert _pattern("a").fingerprint == _pattern("a").fingerprint
