"""From a configuration to labeling functions."""

import sys
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from eigennamen.types import Sentence, Span
from eigennamen.weak.gazetteer import gazetteer
from eigennamen.weak.german import persons
from eigennamen.weak.labeling_function import LabelingFunction
from eigennamen.weak.loading import load_labeling_functions

CONF = Path(__file__).parents[1] / "conf"
MINE = """
from eigennamen.types import Span
from eigennamen.weak.labeling_function import labeling_function

@labeling_function(labels=["ORG"])
def rule(sentence):
    yield Span(0, 1, "ORG")
"""


def test_keys_become_names_in_their_order() -> None:
    places = gazetteer(name="x", label="LOC", entries=["Ulm"])
    lfs = load_labeling_functions({"towns": places, "mr": "eigennamen.weak.german.persons.titles"})
    assert [lf.name for lf in lfs] == ["towns", "mr"]
    assert lfs[1].function is persons.titles.function


def test_modules_in_the_working_directory_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_own_rules.py").write_text(MINE)
    (mine,) = load_labeling_functions({"mine": "my_own_rules.rule"})
    assert mine(Sentence("s", ("Siemens",))) == (Span(0, 1, "ORG"),)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("titles", "no dotted path"),
        ("no_such_module.rule", "No module named 'no_such_module'"),
        ("eigennamen.weak.german.persons.titels", "has no 'titels'"),
        ("eigennamen.weak.german.contexts.stands_alone", "plain function; decorate it"),
        ("eigennamen.weak.german.words.NOUNS", "is a frozenset"),
        (7, "is a int"),
    ],
)
def test_entries_that_lead_to_no_labeling_function(value: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=rf"labeling_functions\.mine: .*{problem}"):
        load_labeling_functions({"mine": value})


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"(?s)functions\.a: .*functions\.b: .*~labeling_functions\.NAME"):
        load_labeling_functions({"a": "x", "good": "eigennamen.weak.german.persons.titles", "b": "y"})


def test_a_null_leaves_out_what_is_inherited() -> None:
    lfs = load_labeling_functions({"mr": "eigennamen.weak.german.persons.titles", "games": None})
    assert [lf.name for lf in lfs] == ["mr"]
    with pytest.raises(ValueError, match="no labeling functions are configured"):
        load_labeling_functions({"games": None})


def test_an_empty_configuration_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"\+labeling_functions\.NAME"):
        load_labeling_functions({})


def _configured(*overrides: str) -> list[LabelingFunction]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose(overrides=["+labeling_functions=german", *overrides])
    return list(load_labeling_functions(instantiate(cfg.labeling_functions, _convert_="all")))


def test_the_german_set_is_loaded_and_can_be_changed_by_overrides() -> None:
    names = [lf.name for lf in _configured()]
    assert len(names) >= 14
    changed = _configured(
        "~labeling_functions.acronyms", "+labeling_functions.mr=eigennamen.weak.german.persons.titles"
    )
    assert [lf.name for lf in changed] == [*(name for name in names if name != "acronyms"), "mr"]


@pytest.mark.parametrize("config", ["german", "german_large", "german_tagged"])
def test_a_name_in_a_node_is_its_key(config: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        nodes = compose(overrides=[f"+labeling_functions={config}", "+data_dir=data"]).labeling_functions
    named = {key: node.name for key, node in nodes.items() if node is not None and not isinstance(node, str)}
    assert named == {key: key for key in named}


@pytest.mark.data
@pytest.mark.slow
def test_the_large_german_set_finds_what_only_its_lists_know(data_dir: Path) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose(overrides=["+labeling_functions=german_large", f"+data_dir={data_dir}"])
    lfs = {lf.name: lf for lf in load_labeling_functions(instantiate(cfg.labeling_functions, _convert_="all"))}
    sentence = Sentence("s", ("Gestern", "kam", "Ottokar", "Zywietz", "nach", "Buxtehude", "."))
    assert lfs["towns"](sentence) == (Span(5, 6, "LOC"),)
    assert lfs["full_names"](sentence) == (Span(2, 4, "PER"),)


@pytest.mark.data
@pytest.mark.slow
def test_the_tagged_german_set_sees_proper_nouns(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("HanTa")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose(overrides=["+labeling_functions=german_tagged", f"+data_dir={data_dir}"])
    lfs = {lf.name: lf for lf in load_labeling_functions(instantiate(cfg.labeling_functions, _convert_="all"))}
    assert {"surnames_large", "games"}.isdisjoint(lfs)
    sentence = Sentence("s", ("Er", "fuhr", "über", "Bonn", "und", "Rheinbach", "ins", "Fürstentum", "Pless", "."))
    ready = {name: lf.prepared([sentence]) for name, lf in lfs.items()}
    assert ready["places_in_lists"](sentence) == (Span(5, 6, "LOC"),)
    assert ready["places_behind_nouns"](sentence) == (Span(8, 9, "LOC"),)
