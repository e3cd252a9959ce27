"""How words are written and what stands beside them in the whole text."""

from pathlib import Path
from typing import Any

import pytest

from eigennamen.types import Sentence, Span
from eigennamen.weak.labeling_function import LabelingFunction, NegativeVote
from eigennamen.weak.statistics import also_lowercase, neighbors

TEXT = [
    Sentence(str(number), tuple(text.split()))
    for number, text in enumerate(
        [
            "Klein ist das Haus .",
            "es ist klein , und Klein lacht",
            "wir sind in Ulm .",
            "er fuhr in Ulm los , das Haus blieb",
            "in Haus und Hof",
            "sie kennt Ulm",
            "wir essen in Essen",
            "und wir essen mit Anna Klein",
        ]
    )
]


def _found(lf: LabelingFunction) -> list[str]:
    ready = lf.prepared(TEXT)
    return [f"{one.id} " + " ".join(one.words[vote.start : vote.end]) for one in TEXT for vote in ready(one)]


def _lowercase(**settings: Any) -> LabelingFunction:
    return also_lowercase(name="small", **settings)


def _neighbors(**settings: Any) -> LabelingFunction:
    return neighbors(**({"name": "beside", "label": "LOC"} | settings))


def test_words_that_also_occur_in_small_letters() -> None:
    assert _found(_lowercase(min_share=0.3)) == ["0 Klein", "1 Klein", "6 Essen"]  # not behind Anna
    assert _found(_lowercase()) == ["6 Essen"]  # klein once, Klein twice where it need not be capitalized
    assert _found(_lowercase(min_count=3)) == []
    assert _lowercase().prepared(TEXT)(TEXT[6]) == (NegativeVote(3, 4),)
    everywhere = _lowercase(min_share=0, accept=lambda words, start, end: True)
    assert _found(everywhere) == ["0 Klein", "1 Klein", "6 Essen", "7 Klein"]


def test_further_text_counts_too(tmp_path: Path) -> None:
    path = tmp_path / "more.txt"
    path.write_text("Wir essen, essen und hof.\n\nhof", encoding="utf-8")
    assert _found(_lowercase(text=[str(path)])) == ["4 Hof", "6 Essen"]
    before = _lowercase(text=[str(path)]).fingerprint
    path.write_text("nichts", encoding="utf-8")
    assert _lowercase(text=[str(path)]).fingerprint not in (before, _lowercase().fingerprint)
    with pytest.raises(FileNotFoundError, match=r"labeling_functions\.small\.text: .*none\.txt"):
        _lowercase(text=[str(tmp_path / "none.txt")])


def test_words_that_usually_stand_behind_given_ones() -> None:
    assert _found(_neighbors(before=["in"])) == ["2 Ulm", "3 Ulm", "5 Ulm"]
    assert _found(_neighbors(before=["in"], min_share=0.7)) == []  # Ulm twice of three times
    assert _found(_neighbors(before=["in"], min_count=1)) == ["2 Ulm", "3 Ulm", "5 Ulm", "6 Essen"]
    assert _found(_neighbors(before=["in"], min_count=1, min_share=0.3, unless_before=["das"])) == [
        "2 Ulm",
        "3 Ulm",
        "5 Ulm",
        "6 Essen",
    ]
    assert _neighbors(before=["in"]).prepared(TEXT)(TEXT[5]) == (Span(2, 3, "LOC"),)


def test_words_behind_and_votes_against() -> None:
    articles = _neighbors(label=None, before=["das"], min_share=0.6)
    assert articles.labels == ()
    assert articles.prepared(TEXT)(TEXT[4]) == (NegativeVote(1, 2),)
    assert _found(_neighbors(after=["lacht"], min_count=1)) == ["0 Klein", "1 Klein"]


def test_neighbors_need_words() -> None:
    with pytest.raises(ValueError, match=r"functions\.beside: before and after are empty"):
        _neighbors()


def test_fingerprints_follow_the_settings() -> None:
    lfs = [
        _lowercase(),
        _lowercase(min_count=2),
        _neighbors(before=["in"]),
        _neighbors(after=["in"]),
        _neighbors(before=["in"], unless_before=["das"]),
        _neighbors(before=["in"], label=None),
    ]
    assert len({lf.fingerprint for lf in lfs}) == len(lfs)
