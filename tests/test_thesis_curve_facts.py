from pathlib import Path

import yaml
from curve_studies import curve_study

from eigennamen.tables.words import ENGLISH
from eigennamen.thesis.curve_facts import sections_of
from eigennamen.thesis.facts import Facts
from eigennamen.thesis.saying import Saying


def test_heights_and_break_even_of_curves(tmp_path: Path) -> None:
    folder = tmp_path / "curves"
    folder.mkdir()
    study = curve_study(folder)
    settings = {name: value for name, value in vars(study).items() if name in _SETTINGS}
    (folder / "study.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    (section,) = sections_of(Facts(tmp_path, "curves", Saying(ENGLISH)))
    assert (section.column, section.group, section.low, section.high) == ("tiny", "", 10, 1000)
    assert {one.row: (round(one.mean, 1), one.n) for one in section.heights} == {
        "random": (40.5, 2),
        "MNLP": (50.5, 2),
        "after weak labels": (57.5, 2),
    }
    assert section.winner is not None
    assert section.winner.row == "after weak labels"
    gains = {one.row: one.gain for one in section.heights}
    assert gains["random"] is None
    assert gains["MNLP"] is not None
    assert (gains["MNLP"].verdict, gains["MNLP"].size) == ("better", "10.0")
    even = {one.row: one for one in section.break_even}
    assert str(even["random"].crossing) == "316 (316 to 316)"  # the middle of 100 and 1,000 on a logarithm
    assert str(even["after weak labels"].crossing) == "from the start"
    assert [(one.factor, one.minutes) for one in even["random"].at] == [(0.5, 25), (1, 50), (2, 100)]
    assert [one.verdict for one in even["random"].at] == ["worse", "worse", "worse"]
    assert [one.verdict for one in even["MNLP"].at] == ["worse", "worse", "better"]  # 100 minutes: 60 against 50
    assert [one.beyond for one in even["MNLP"].at] == [False] * 3
    assert [one.beyond for one in even["after weak labels"].at] == [False] * 3


def test_a_study_without_rounds_has_no_curves(tmp_path: Path) -> None:
    assert list(sections_of(Facts(tmp_path, "absent", Saying(ENGLISH)))) == []


_SETTINGS = ("question", "rows", "columns", "seeds", "baseline", "full", "break_even")
