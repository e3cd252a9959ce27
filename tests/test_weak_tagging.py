"""Parts of speech: tagged once, found by pattern."""

import importlib.metadata
from pathlib import Path
from typing import Any

import pytest

from eigennamen.types import Sentence, Span
from eigennamen.weak import tagging
from eigennamen.weak.gazetteer import gazetteer
from eigennamen.weak.labeling_function import LabelingFunction, LabelingFunctionError, NegativeVote
from eigennamen.weak.tagging import part_of_speech, tagged, tagged_as

KAHL = Sentence("s1", ("Gestern", "traf", "Angela", "Kahl", "den", "Hund"))
TAGS = {"Gestern": "ADV", "traf": "VV(FIN)", "Angela": "NE", "Kahl": "NE", "den": "ART", "Hund": "NN"}


class _Tagger:
    """Knows the tags of a few words and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def tag_sent(self, words: list[str], *, taglevel: int) -> list[str]:
        assert taglevel == 0
        self.asked.append(words)
        return [TAGS[word] for word in words]


@pytest.fixture
def tagger(monkeypatch: pytest.MonkeyPatch) -> _Tagger:
    fake = _Tagger()
    monkeypatch.setattr(tagging, "_tagger", lambda: fake)
    monkeypatch.setattr(tagging, "version", lambda _: "1.0")
    return fake


def _lf(folder: Path, **settings: Any) -> LabelingFunction:
    given = {"name": "names", "label": "PER", "tags": ["NE", "NE +"], "cache_dir": str(folder)}
    return part_of_speech(**(given | settings))


def test_tags_in_a_row_are_a_name(tmp_path: Path, tagger: _Tagger) -> None:
    assert _lf(tmp_path).prepared([KAHL])(KAHL) == (Span(2, 4, "PER"),)
    title = _lf(tmp_path, tags=["ADV", "VV.*", "NE +"], span=[2, 3])
    assert title.prepared([KAHL])(KAHL) == (Span(2, 4, "PER"),)
    against = _lf(tmp_path, label=None, tags=["ART", "NN"], accept=lambda words, start, end: words[end - 1] == "Hund")
    assert (against.labels, against.prepared([KAHL])(KAHL)) == ((), (NegativeVote(4, 6),))


def test_words_and_ends_of_the_sentence_can_be_a_part_of_the_pattern(tmp_path: Path, tagger: _Tagger) -> None:
    assert _lf(tmp_path, tags=["traf/VV.*", "NE +"], span=[1, 2]).prepared([KAHL])(KAHL) == (Span(2, 4, "PER"),)
    assert _lf(tmp_path, tags=["sah/VV.*", "NE +"]).prepared([KAHL])(KAHL) == ()
    assert _lf(tmp_path, tags=["NN", ""]).prepared([KAHL])(KAHL) == (Span(5, 6, "PER"),)


def test_votes_of_another_function_are_kept_by_their_tags(tmp_path: Path, tagger: _Tagger) -> None:
    names = gazetteer(name="x", label="PER", entries=["Angela", "Angela Kahl", "Hund"], inflected=False)
    texts = [KAHL, Sentence("s2", ("Angela", "traf", "Kahl")), Sentence("s3", ("Angela", "Hund"))]

    def votes(**settings: Any) -> list[tuple[object, ...]]:
        lf = tagged_as(name="names", function=names, cache_dir=str(tmp_path), **settings).prepared(texts)
        return [lf(sentence) for sentence in texts]

    assert votes(tags=["NE +"]) == [(Span(2, 4, "PER"),), (Span(0, 1, "PER"),), (Span(0, 1, "PER"),)]
    assert votes(tags=["NE"]) == [(), (Span(0, 1, "PER"),), (Span(0, 1, "PER"),)]
    assert votes(tags=["NE +"], alone="NN|VV.*") == [(), (), ()]
    assert votes(tags=["NN"], alone="VV.*") == [(Span(5, 6, "PER"),), (), (Span(1, 2, "PER"),)]


def test_each_sentence_is_tagged_once(tmp_path: Path, tagger: _Tagger) -> None:
    other = Sentence("s2", ("Angela", "traf", "Kahl"))
    _lf(tmp_path / "new").prepared([KAHL, Sentence("again", KAHL.words)])
    _lf(tmp_path / "new", tags=["NE"]).prepared([KAHL, other])
    assert tagger.asked == [list(KAHL.words), list(other.words)]


def test_another_version_tags_anew(tmp_path: Path, tagger: _Tagger) -> None:
    for version in ("a", "a", "b"):
        assert tagged([("Kahl",)], tagger=version, cache_dir=str(tmp_path)) == {("Kahl",): ("NE",)}
    assert len(tagger.asked) == 2


def test_the_cache_is_in_the_users_cache_folder(
    tmp_path: Path, tagger: _Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    tagged([("Kahl",)], tagger="a")
    assert (tmp_path / "eigennamen" / "tags.sqlite").exists()


def test_it_must_be_prepared(tmp_path: Path, tagger: _Tagger) -> None:
    with pytest.raises(LabelingFunctionError, match="unprepared"):
        _lf(tmp_path)(KAHL)


def test_without_the_tagger_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(tagging, "version", missing)
    with pytest.raises(ValueError, match=r"functions\.names: .*pip install -e '.\[pos\]'.*~labeling_functions"):
        _lf(tmp_path)


def test_a_bad_pattern_is_named(tmp_path: Path, tagger: _Tagger) -> None:
    with pytest.raises(ValueError, match=r"names\.tags\[0\]: '\[' is no regular expression"):
        _lf(tmp_path, tags=["["])


def test_the_fingerprint_follows_pattern_and_tagger(
    tmp_path: Path, tagger: _Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    lfs = [_lf(tmp_path), _lf(tmp_path, tags=["NE"]), _lf(tmp_path, label=None), _lf(tmp_path, span=[0, 1])]
    monkeypatch.setattr(tagging, "version", lambda _: "2.0")
    assert len({lf.fingerprint for lf in [*lfs, _lf(tmp_path)]}) == 5
    assert _lf(tmp_path / "elsewhere").fingerprint == _lf(tmp_path).fingerprint


@pytest.mark.slow
def test_the_real_tagger_knows_names_and_nouns(tmp_path: Path) -> None:
    pytest.importorskip("HanTa")
    sentence = Sentence("s", ("Gestern", "traf", "Angela", "Merkel", "den", "Präsidenten", "in", "Berlin", "."))
    assert _lf(tmp_path).prepared([sentence])(sentence) == (Span(2, 4, "PER"),)
    nouns = _lf(tmp_path, label=None, tags=["ART", "NN"])
    assert nouns.prepared([sentence])(sentence) == (NegativeVote(4, 6),)
