"""A person as the oracle of active learning: tasks out, labelled file back, nothing overwritten."""

import json
from pathlib import Path
from typing import Any

import pytest

from eigennamen.annotation import oracle
from eigennamen.annotation.formats import FORMATS
from eigennamen.annotation.oracle import FileOracle
from eigennamen.annotation.tasks import Task, joined
from eigennamen.types import Corpus, Prediction, Sentence, Span

ULM = Sentence("s1", ("Ulm", "ruft"), (Span(0, 1, "LOC"),))
RAIN = Sentence("s2", ("Es", "regnet"))
KAHL = Sentence("s3", ("Kahl", "ruft"))
CORPUS = Corpus("c", ("PER", "LOC"), train=(ULM, KAHL), unlabeled=(RAIN,))
ASKED = [KAHL, RAIN]


def _suggest(sentences: Any) -> list[Prediction]:
    return [Prediction(sentence.with_spans([Span(0, 1, "PER")]), (0.5,)) for sentence in sentences]


def _oracle(folder: Path, format: str = "label_studio", **settings: Any) -> FileOracle:
    oracle = FileOracle(folder=str(folder), format=format, **settings)
    assert [(s.id, s.spans) for s in oracle.pool(CORPUS)] == [("s1", None), ("s3", None), ("s2", None)]
    return oracle


def _label(folder: Path, format: str, *sentences: Sentence) -> None:
    text = FORMATS[format].write([Task(joined(sentence)) for sentence in sentences])
    (folder / f"labeled{FORMATS[format].suffix}").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_a_round(format: str, tmp_path: Path) -> None:
    folder = tmp_path / "round-1"
    with pytest.raises(SystemExit, match=r"round 1: 2 sentences are to be labelled\. Import .*tasks\."):
        _oracle(tmp_path, format).annotate(ASKED, number=1, suggest=_suggest)
    tasks = folder / f"tasks{FORMATS[format].suffix}"
    written = tasks.read_text(encoding="utf-8")
    assert [answer.sentence_id for answer in FORMATS[format].read(tasks)] == ["s3", "s2"]
    done = [KAHL.with_spans([Span(0, 1, "PER")]), RAIN.with_spans(())]
    _label(folder, format, done[0], RAIN)
    with pytest.raises(SystemExit, match=r"1 of 2 sentences in .* are not labelled yet"):
        _oracle(tmp_path, format).annotate(ASKED, number=1, suggest=None)
    _label(folder, format, *reversed(done))
    assert _oracle(tmp_path, format).annotate(ASKED, number=1, suggest=None) == done
    assert tasks.read_text(encoding="utf-8") == written


def test_label_studio_gets_its_configuration_and_suggestions(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        _oracle(tmp_path).annotate(ASKED, number=0, suggest=_suggest)
    folder = tmp_path / "round-0"
    assert '<Label value="LOC"/>' in (folder / "label_config.xml").read_text(encoding="utf-8")
    tasks = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    assert [task["predictions"][0]["result"][0]["value"]["text"] for task in tasks] == ["Kahl", "Es"]
    assert all("annotations" not in task for task in tasks)


def test_an_interrupted_round_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(oracle, "make_tasks", killed)
        with pytest.raises(KeyboardInterrupt):
            _oracle(tmp_path).annotate(ASKED, number=0, suggest=None)
    with pytest.raises(SystemExit, match="2 sentences are to be labelled"):
        _oracle(tmp_path).annotate(ASKED, number=0, suggest=None)
    assert (tmp_path / "round-0" / "tasks.json").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        _oracle(tmp_path).annotate(ASKED, number=0, suggest=None)
    with pytest.raises(ValueError, match=r"has tasks of other sentences.*procedure\.oracle\.folder"):
        _oracle(tmp_path).annotate([ULM], number=0, suggest=None)
    (tmp_path / "round-1").mkdir()
    (tmp_path / "round-1" / "tasks.json").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="is there already, and not of this run"):
        _oracle(tmp_path).annotate(ASKED, number=1, suggest=None)


def test_a_wrong_file_and_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        _oracle(tmp_path).annotate(ASKED, number=0, suggest=None)
    _label(tmp_path / "round-0", "label_studio", Sentence("other", ("x",), ()))
    with pytest.raises(ValueError, match="1 of 1 tasks are not of this corpus"):
        _oracle(tmp_path).annotate(ASKED, number=0, suggest=None)
    with pytest.raises(ValueError, match="format 'brat' is unknown"):
        FileOracle(folder="x", format="brat")
    with pytest.raises(ValueError, match=r"procedure\.oracle\.unchanged=yes; expected unlabeled or labeled"):
        FileOracle(folder="x", unchanged="yes")


def test_doccano_asks_whether_unchanged_means_labeled(tmp_path: Path) -> None:
    def oracle(**settings: Any) -> FileOracle:
        return _oracle(tmp_path, "doccano", **settings)

    with pytest.raises(SystemExit):
        oracle().annotate([KAHL], number=0, suggest=_suggest)
    folder = tmp_path / "round-0"
    (folder / "labeled.jsonl").write_bytes((folder / "tasks.jsonl").read_bytes())
    with pytest.raises(SystemExit, match="1 of 1 sentences"):
        oracle().annotate([KAHL], number=0, suggest=_suggest)
    assert oracle(unchanged="labeled").annotate([KAHL], number=0, suggest=None)[0].spans == (Span(0, 1, "PER"),)
