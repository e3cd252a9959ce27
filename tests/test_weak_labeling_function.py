"""The decorator, the checks on votes, the fingerprint."""

import importlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eigennamen.types import Sentence, Span
from eigennamen.weak.labeling_function import (
    LabelingFunction,
    LabelingFunctionError,
    NegativeVote,
    Rule,
    Vote,
    hash_of,
    labeling_function,
    needs_text,
    source_fingerprint,
)

SENTENCE = Sentence("dev-7", ("Herr", "Kahl", "kommt"))


def _giving(*votes: object, labels: tuple[str, ...] = ("PER",)) -> LabelingFunction:
    return LabelingFunction("mine", labels, lambda sentence: votes, "fingerprint")  # type: ignore[arg-type,return-value]


def test_votes_come_back_as_a_tuple_and_nothing_is_abstaining() -> None:
    votes = (Span(1, 2, "PER"), NegativeVote(2, 3))
    assert _giving(*votes)(SENTENCE) == votes
    assert _giving()(SENTENCE) == ()


def test_the_decorator_takes_the_name_of_the_function_unless_it_is_given_one() -> None:
    def rule(sentence: Sentence) -> Iterator[Vote]:
        yield NegativeVote(0, len(sentence.words))

    assert labeling_function(labels=[])(rule).name == "rule"
    renamed = labeling_function(labels=["PER"], name="other")(rule)
    assert (renamed.name, renamed.labels) == ("other", ("PER",))
    assert renamed(SENTENCE) == (NegativeVote(0, 3),)


def test_an_error_inside_names_function_and_sentence() -> None:
    @labeling_function(labels=["PER"])
    def broken(sentence: Sentence) -> Iterator[Vote]:
        yield Span(0, 1, "PER")
        raise KeyError(sentence.words[9])

    with pytest.raises(LabelingFunctionError, match="'broken' raised IndexError on sentence 'dev-7'"):
        broken(SENTENCE)


@pytest.mark.parametrize(
    ("vote", "problem"),
    [
        (Span(2, 4, "PER"), "outside the sentence"),
        (NegativeVote(3, 4), "outside the sentence"),
        (Span(1, 2, "LOC"), r"label 'LOC'; it declares \['PER'\]"),
        ((1, 2, "PER"), "expected a Span or a NegativeVote"),
    ],
)
def test_votes_that_must_not_be(vote: object, problem: str) -> None:
    with pytest.raises(LabelingFunctionError, match=rf"'mine', sentence 'dev-7'.*{problem}"):
        _giving(vote)(SENTENCE)


@pytest.mark.parametrize(("start", "end"), [(1, 1), (-1, 1), (2, 1)])
def test_negative_votes_are_about_words(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="is empty"):
        NegativeVote(start, end)


def _repeated(*, seen: list[Sentence]) -> LabelingFunction:
    """Votes against the words that are in more than one sentence."""

    def prepare(sentences: Sequence[Sentence]) -> Rule:
        seen.extend(sentences)
        words = [word for sentence in sentences for word in set(sentence.words)]

        def rule(sentence: Sentence) -> Iterator[Vote]:
            return (NegativeVote(i, i + 1) for i, word in enumerate(sentence.words) if words.count(word) > 1)

        return rule

    return needs_text(name="repeated", labels=[], prepare=prepare, fingerprint="fingerprint")


def test_a_function_that_needs_text_is_prepared_on_it_and_sees_no_gold() -> None:
    seen: list[Sentence] = []
    lf = replace(_repeated(seen=seen), name="renamed")
    text = [SENTENCE.with_spans([Span(1, 2, "PER")]), Sentence("s2", ("Kahl", "singt"))]
    ready = lf.prepared(text)
    assert ready(SENTENCE) == (NegativeVote(1, 2),)
    assert (ready.name, ready.fingerprint, ready.prepare) == ("renamed", "fingerprint", None)
    assert [sentence.spans for sentence in seen] == [None, None]


def test_a_function_that_needs_text_cannot_be_called_without() -> None:
    with pytest.raises(LabelingFunctionError, match=r"'repeated' was called on sentence 'dev-7' unprepared.*prepared"):
        _repeated(seen=[])(SENTENCE)


def test_other_functions_are_ready_at_once() -> None:
    lf = _giving()
    assert lf.prepared([SENTENCE]) is lf


def test_the_hash_is_of_source_and_data() -> None:
    assert hash_of(needs_text, "a", 1) == hash_of(needs_text, "a", 1)
    assert len({hash_of(needs_text, *data) for data in (["a"], ["b"], ["a", "b"], ["ab"], [None])}) == 5
    assert hash_of(needs_text) != hash_of(_repeated)


def _fingerprint_of(module: str) -> str:
    source_fingerprint.__globals__["_hash_of"].cache_clear()
    for name in [one for one in sys.modules if one.partition(".")[0] == module.partition(".")[0]]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return source_fingerprint(importlib.import_module(module).rule)


def test_the_fingerprint_follows_the_module_or_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "lonely_rules.py").write_text("def rule(sentence):\n    return []\n")
    package = tmp_path / "rule_package"
    package.mkdir()
    for name, text in {
        "__init__.py": "",
        "rules.py": "def rule(sentence):\n    return []\n",
        "list.txt": "Ulm",
    }.items():
        (package / name).write_text(text)
    alone, packaged = _fingerprint_of("lonely_rules"), _fingerprint_of("rule_package.rules")
    assert (alone, packaged) == (_fingerprint_of("lonely_rules"), _fingerprint_of("rule_package.rules"))
    (package / "list.txt").write_text("Jena")
    (tmp_path / "another.py").write_text("x = 1\n")
    assert _fingerprint_of("rule_package.rules") != packaged
    assert _fingerprint_of("lonely_rules") == alone
    (tmp_path / "lonely_rules.py").write_text("def rule(sentence):\n    return [1]\n")
    assert _fingerprint_of("lonely_rules") != alone
