"""Gazetteers: longest match, inflection, lower case, stop lists, errors."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.types import Sentence, Span
from eigennamen.weak.gazetteer import NameList, gazetteer, read_names
from eigennamen.weak.german.contexts import is_lone_name
from eigennamen.weak.labeling_function import LabelingFunction, NegativeVote


def _found(lf: LabelingFunction, text: str) -> list[str]:
    sentence = Sentence("s", tuple(text.split()))
    return [sentence.mention(vote) for vote in lf(sentence) if isinstance(vote, Span)]


def _places(*entries: str, **settings: object) -> LabelingFunction:
    return gazetteer(name="places", label="LOC", entries=entries, **settings)  # type: ignore[arg-type]


def test_the_longest_name_wins_from_left_to_right() -> None:
    lf = _places("New York", "New York City", "York", "City Hall")
    assert lf(Sentence("s", ("In", "New", "York", "City", "Hall"))) == (Span(1, 4, "LOC"),)
    assert _found(lf, "New York und York") == ["New York", "York"]


def test_a_name_that_only_begins_is_no_match() -> None:
    assert _found(_places("Bad Homburg vor der Höhe"), "Bad Homburg vor der") == []


def test_a_long_name_that_breaks_off_leaves_the_short_one() -> None:
    assert _found(_places("Frankfurt", "Frankfurt am Main"), "Frankfurt am See") == ["Frankfurt"]


def test_genitive_and_weak_adjective() -> None:
    lf = _places("Berlin", "Paris", "Deutsche Bank", "Rotes Kreuz")
    assert _found(lf, "Berlins und Pariss") == ["Berlins"]
    assert _found(lf, "der Deutschen Bank und dem Roten Kreuz") == ["Deutschen Bank", "Roten Kreuz"]
    assert _found(_places("Berlin", inflected=False), "Berlins Mitte") == []


def test_exact_case_by_default() -> None:
    assert _found(_places("Essen"), "essen in Essen") == ["Essen"]


def test_lower_case_speaks_only_about_sentences_without_capitals() -> None:
    lf = _places("Köln", "Bad Tölz", case="lower")
    assert _found(lf, "hotel koeln oder köln oder bad toelz") == ["koeln", "köln", "bad toelz"]
    assert _found(lf, "Hotel köln") == []


def test_compounds_with_a_hyphen_count_where_they_are_asked_for() -> None:
    text = "Köln-Deutz , Köln-Besuch , Neu-Köln , Nordrhein-Westfalen , Köln"
    assert _found(_places("Köln", "Nordrhein-Westfalen", "Nordrhein"), text) == ["Nordrhein-Westfalen", "Köln"]
    lf = _places("Köln", "Nordrhein-Westfalen", "Nordrhein", compounds=True, accept=is_lone_name)
    assert _found(lf, text) == ["Köln-Deutz", "Nordrhein-Westfalen", "Köln"]


def test_inhabitants_instead_of_the_names() -> None:
    lf = gazetteer(
        name="x",
        label=None,
        entries=["Berlin", "Bremen", "Halle", "Dresden", "Bad Ems"],
        inhabitants=True,
        stop=["Haller"],
    )
    sentence = Sentence("s", tuple("Berlin Berliner Bremerinnen Haller Dresdner Berlinern Bremens".split()))
    assert lf(sentence) == tuple(NegativeVote(i, i + 1) for i in (1, 2, 4, 5))
    assert lf.labels == ()


def test_short_stopped_and_ambiguous_names_are_left_out(tmp_path: Path) -> None:
    other = tmp_path / "surnames.txt"
    other.write_text("Werder\n", encoding="utf-8")
    lf = _places("Au", "Waren", "Werder", "Bremen", min_length=3, stop=["Waren"], without=[str(other)])
    assert _found(lf, "Au Waren Werder Bremen") == ["Bremen"]


def test_a_stopped_form_does_not_return_by_inflection() -> None:
    assert _found(_places("Bund", stop=["Bunds"]), "Bund Bunds") == ["Bund"]


def test_accept_decides_by_context() -> None:
    lf = _places("Hanau", accept=lambda words, start, end: start > 0 and words[start - 1] == "in" and end < len(words))
    assert _found(lf, "Hanau liegt in Hanau .") == ["Hanau"]
    assert lf(Sentence("s", ("in", "Hanau"))) == ()


def test_entries_are_cut_like_text() -> None:
    assert _found(_places("Halle (Saale)", "Kahl & Söhne GmbH"), "Kahl & Söhne GmbH in Halle ( Saale )") == [
        "Kahl & Söhne GmbH",
        "Halle ( Saale )",
    ]


def test_files_have_comments_and_columns(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text("\ufeff# names\nAda\tF\nBodo\tM\n\n", encoding="utf-8")
    assert read_names(str(path), separator="\t") == ["Ada", "Bodo"]
    assert "Berlin" in read_names("builtin:cities")


def test_a_missing_file_names_setting_file_and_remedy(tmp_path: Path) -> None:
    path = str(tmp_path / "towns.list")
    with pytest.raises(ValueError, match=r"labeling_functions\.towns\.path.*towns\.list.*~labeling_functions\.towns"):
        gazetteer(name="towns", label="LOC", path=path)
    with pytest.raises(ValueError, match=r"labeling_functions\.towns\.without"):
        gazetteer(name="towns", label="LOC", entries=["Jena"], without=[path])


def test_a_missing_builtin_list_names_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"builtin:citys.*builtin:cities"):
        gazetteer(name="towns", label="LOC", path="builtin:citys")


def test_empty_and_undecodable_files(tmp_path: Path) -> None:
    empty, latin = tmp_path / "empty.txt", tmp_path / "latin.txt"
    empty.write_text("# nothing yet\n", encoding="utf-8")
    latin.write_bytes("Ulm\nKöln\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"empty\.txt has no names"):
        gazetteer(name="x", label="LOC", path=str(empty))
    with pytest.raises(ValueError, match=r"latin\.txt:2 is not UTF-8"):
        gazetteer(name="x", label="LOC", path=str(latin))


def test_settings_that_leave_nothing_or_contradict() -> None:
    with pytest.raises(ValueError, match="leave none of 1 names"):
        _places("Au", min_length=3)
    with pytest.raises(ValueError, match="exactly one"):
        gazetteer(name="x", label="LOC", entries=["Ulm"], path="builtin:cities")
    with pytest.raises(ValueError, match="exactly one"):
        gazetteer(name="x", label="LOC")


def test_the_fingerprint_covers_names_label_and_case() -> None:
    variants = [
        _places("Ulm"),
        _places("Ulm", "Jena"),
        _places("Ulm", inflected=False),
        _places("ulm", inflected=False),
        _places("Ulm", inflected=False, case="lower"),
        gazetteer(name="places", label="ORG", entries=["Ulm"]),
        gazetteer(name="places", label=None, entries=["Ulm"]),
        _places("Ulm", compounds=True),
        _places("Ulm", inhabitants=True),
    ]
    assert len({lf.fingerprint for lf in variants}) == len(variants)
    assert _places("Jena", "Ulm").fingerprint == _places("Ulm", "Jena").fingerprint


_words = st.sampled_from("abc")
_name = st.lists(_words, min_size=1, max_size=3).map(tuple)


@given(st.frozensets(_name, min_size=1), st.lists(_words, max_size=8).map(tuple))
def test_finds_what_a_search_at_every_place_finds(names: frozenset[tuple[str, ...]], words: tuple[str, ...]) -> None:
    expected = []
    start = 0
    while start < len(words):
        ends = [end for end in range(start + 1, len(words) + 1) if words[start:end] in names]
        if ends:
            expected.append((start, max(ends)))
        start = max(ends, default=start + 1)
    assert list(NameList.from_names(names).find(words)) == expected
