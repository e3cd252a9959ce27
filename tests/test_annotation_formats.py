"""Every format, both ways: what goes out comes back, and nothing is shifted."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.annotation.formats import FORMATS, format_named
from eigennamen.annotation.label_studio import label_config
from eigennamen.annotation.matching import match
from eigennamen.annotation.tasks import Answer, Mark, Task, joined, located, make_tasks
from eigennamen.corpora.conll import load as load_conll
from eigennamen.corpora.jsonl import load as load_jsonl
from eigennamen.types import Prediction, Sentence, Span

Write = Callable[..., str]
LABELS = ("PER", "LOC")
# emoji with skin tone and joiner, combining accent, ß, line separator, right-to-left, a word of two code points
TEXT = "🧑🏽\u200d🚒 Zoe\u0301  Groß\u2028kommt, שלום!\r\nNach\tUlm"
OFFSETS = ((0, 4), (5, 9), (11, 15), (16, 21), (21, 22), (23, 27), (27, 28), (30, 34), (35, 38))
ZOE = Sentence(
    "s/1 ü",
    tuple(TEXT[start:end] for start, end in OFFSETS),
    (Span(1, 3, "PER"), Span(8, 9, "LOC")),
    document="d1",
    text=TEXT,
    offsets=OFFSETS,
)
UNLABELED = Sentence("s2", ("Ulm", "ruft"))
NONE = Sentence("s3", ("Es", "regnet"), ())
SUGGESTED = Prediction(UNLABELED.with_spans([Span(0, 1, "LOC")]), (0.75,))


def _through(name: str, tasks: list[Task], folder: Path) -> list[Answer]:
    path = folder / f"tasks{FORMATS[name].suffix}"
    path.write_text(FORMATS[name].write(tasks), encoding="utf-8", newline="\n")
    return FORMATS[name].read(path)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_what_goes_out_comes_back(name: str, tmp_path: Path) -> None:
    corpus = (ZOE, UNLABELED, NONE)
    tasks = make_tasks(corpus, suggested=[SUGGESTED])
    matched = match(_through(name, tasks, tmp_path), [s.with_spans(None) for s in corpus], labels=LABELS)
    assert matched.sentences == corpus
    assert (matched.counters["labelled"], matched.counters["still unlabelled"]) == (2, 1)
    assert matched.repairs == (() if name != "doccano" else ("tasks.jsonl:2: unchanged, left unlabelled",))


@st.composite
def sentences(draw: st.DrawFn, *, words: st.SearchStrategy[str]) -> Sentence:
    """Any words, with any gaps between them or with none, and any flat spans or none that are known."""
    chosen = draw(st.lists(words, min_size=1, max_size=6))
    gaps = draw(st.lists(st.text(" \t\n\r\u2028\u00a0🙂x", max_size=3), min_size=len(chosen), max_size=len(chosen)))
    text, offsets = draw(st.sampled_from(["", "\ufeff", "  "])), []
    for word, gap in zip(chosen, gaps, strict=True):
        offsets.append((len(text), len(text) + len(word)))
        text += word + gap
    cuts = sorted(draw(st.sets(st.integers(0, len(chosen)))))
    labels = draw(st.lists(st.sampled_from(["PER", "LOC", None]), min_size=len(cuts), max_size=len(cuts)))
    spans = [Span(a, b, c) for a, b, c in zip(cuts, cuts[1:], labels, strict=False) if c]
    sentence = Sentence(draw(st.text(_ANY, min_size=1)), tuple(chosen), tuple(spans))
    if draw(st.booleans()):
        sentence = replace(sentence, text=text, offsets=tuple(offsets))
    return sentence if draw(st.booleans()) else sentence.with_spans(None)


_ANY = st.characters(exclude_categories=["Cs"])
WORDS = st.text(st.one_of(_ANY, st.sampled_from("\n\r\t 🧑🏽\u200d\u0301\ufe0f\u202e")), min_size=1).filter(str.strip)
COLUMN_WORDS = WORDS.filter(lambda word: not set("\t\n\r") & set(word) and not word.startswith(("# ", "-DOCSTART-")))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FORMATS))
@given(data=st.data())
def test_any_text_survives(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    sentence = data.draw(sentences(words=COLUMN_WORDS if name == "conll" else WORDS))
    (answer,) = _through(name, make_tasks([sentence]), tmp_path_factory.mktemp("tasks"))
    matched = match([answer], [sentence.with_spans(None)], labels=LABELS)
    if not (name == "doccano" and answer.unchanged):
        assert not matched.repairs
    assert matched.sentences == (sentence,)


@pytest.mark.slow
@given(sentence=sentences(words=WORDS).filter(lambda s: bool(s.spans)))
def test_our_lines_are_a_corpus(sentence: Sentence, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("corpus") / "labels.jsonl"
    path.write_text(FORMATS["jsonl"].write(make_tasks([sentence])), encoding="utf-8", newline="\n")
    assert load_jsonl(train=str(path)).train == (located(sentence),)


def test_our_lines_keep_the_document_and_what_is_unlabeled(write: Write) -> None:
    text = FORMATS["jsonl"].write(make_tasks([ZOE, UNLABELED, NONE], suggested=[SUGGESTED]))
    train = load_jsonl(train=write("labels.jsonl", text)).train
    assert train == (ZOE, joined(UNLABELED), joined(NONE))


def test_finished_columns_are_a_corpus_and_unfinished_ones_are_none(write: Write) -> None:
    settings: dict[str, Any] = {"tag_column": 1, "separator": "tab", "comment": "# "}
    done = [joined(NONE.with_spans([Span(0, 1, "LOC")])), joined(NONE)]
    path = write("done.conll", FORMATS["conll"].write([Task(sentence) for sentence in done]))
    assert [s.spans for s in load_conll(train=path, **settings).train] == [(Span(0, 1, "LOC"),), ()]
    text = FORMATS["conll"].write(make_tasks([UNLABELED], suggested=[SUGGESTED]))
    assert text == '# sentence_id = "s2"\nUlm\t_\tB-LOC\nruft\t_\tO\n'
    with pytest.raises(ValueError, match="tag '_' is not IOB2"):
        load_conll(train=write("open.conll", text), **settings)


def test_label_studio_tasks() -> None:
    (task,) = json.loads(FORMATS["label_studio"].write(make_tasks([UNLABELED], suggested=[SUGGESTED])))
    value = {"start": 0, "end": 3, "text": "Ulm", "labels": ["LOC"]}
    region = {"id": "span0", "from_name": "label", "to_name": "text", "type": "labels", "value": value, "score": 0.75}
    predictions = [{"model_version": "eigennamen", "result": [region]}]
    assert task == {"data": {"text": "Ulm ruft", "sentence_id": "s2"}, "predictions": predictions}
    assert '<Label value="A&amp;B"/>' in label_config(["A&B"])


def test_doccano_and_prodigy_tasks() -> None:
    tasks = make_tasks([UNLABELED], suggested=[SUGGESTED])
    assert json.loads(FORMATS["doccano"].write(tasks)) == {
        "text": "Ulm ruft",
        "label": [[0, 3, "LOC"]],
        "sentence_id": "s2",
        "labeled": False,
        "suggested": [[0, 3, "LOC"]],
    }
    record = json.loads(FORMATS["prodigy"].write(tasks))
    assert record["spans"] == [{"start": 0, "end": 3, "token_start": 0, "token_end": 0, "label": "LOC"}]
    assert record["tokens"][0] == {"text": "Ulm", "start": 0, "end": 3, "id": 0, "ws": True}
    assert "answer" not in record


def _read(name: str, write: Write, content: str) -> list[Answer]:
    return FORMATS[name].read(Path(write(f"back{FORMATS[name].suffix}", content)))


def _line(**record: Any) -> str:
    return json.dumps({"text": "Ulm ruft", "sentence_id": "s2", **record}) + "\n"


def _task(**record: Any) -> str:
    return json.dumps([{"id": 7, "data": {"text": "Ulm ruft", "sentence_id": "s2"}, **record}])


def test_doccano_with_relations(write: Write) -> None:
    entities = [{"id": 1, "label": "LOC", "start_offset": 0, "end_offset": 3}]
    (answer,) = _read("doccano", write, _line(id=5, entities=entities, relations=[{"id": 1}], Comments=[]))
    assert answer.marks == (Mark(0, 3, "LOC"),)
    assert answer.notes == ("relations are left aside",)


@pytest.mark.parametrize(("answer", "labeled"), [(None, False), ("ignore", False), ("reject", False), ("accept", True)])
def test_prodigy_counts_what_was_accepted(write: Write, answer: str | None, labeled: bool) -> None:
    (read,) = _read("prodigy", write, _line(spans=[], answer=answer))
    assert (read.marks is not None) == labeled
    assert bool(read.notes) == (answer in ("ignore", "reject"))


def test_label_studio_completions(write: Write) -> None:
    region = {"type": "labels", "value": {"start": 0, "end": 3, "text": "Ulm", "labels": ["LOC"]}}
    done = {"completed_by": {"id": 3, "email": "a@b"}, "result": [region, {"type": "choices", "value": {}}]}
    cancelled = {"was_cancelled": True, "completed_by": 4, "result": []}
    (answer,) = _read("label_studio", write, _task(annotations=[done, cancelled]))
    assert (answer.place, answer.by, answer.marks) == ("back.json: task 7", "a@b", (Mark(0, 3, "LOC", "Ulm"),))
    assert answer.notes == ("1 completion(s) cancelled by the annotator", "results of type choices are left aside")
    (answer,) = _read("label_studio", write, _task(annotations=[], drafts=[{}]))
    assert (answer.marks, answer.notes) == (None, ("1 draft(s) not submitted",))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("jsonl", '{"text": "Ulm"}\n', r"back\.jsonl:1: no 'sentence_id', so it is none of our tasks"),
        ("jsonl", '{"sentence_id": "s2"}\n', r"back\.jsonl:1: expected an object with the task's text"),
        ("jsonl", _line(spans=[{"start": 0, "end": 3}]), "'label' is missing"),
        ("jsonl", _line(spans=[{"start": 3, "end": 3, "label": "LOC"}]), r"span 3:3 \(LOC\) is empty"),
        ("jsonl", _line(spans=[{"start": "0", "end": 3, "label": "LOC"}]), "expected two numbers and a label"),
        ("jsonl", "{\n\n[]\n", r"back\.jsonl:1: Expecting property(.|\n)*back\.jsonl:3: expected an object"),
        ("doccano", _line(), "expected a list of labels under 'label' or 'entities', found None"),
        ("doccano", _line(label=[[0, 3]]), r"expected \[start, end, label\]"),
        ("prodigy", _line(answer="yes"), "answer is 'yes'; expected accept, reject or ignore"),
        ("label_studio", "{}", "expected a list of tasks; export the project as JSON"),
        ("label_studio", "[", "no JSON"),
        ("label_studio", '[{"text": "Ulm", "label": []}]', "back.json: task 1: .*not as JSON-MIN"),
        ("label_studio", _task(completions=[]), "before 1.0"),
        (
            "label_studio",
            _task(annotations=[{"result": [{"type": "labels", "value": {"start": 0, "end": 3, "labels": []}}]}]),
            r"task 7: span 0:3 has the labels \[\]; expected one",
        ),
        ("conll", "Ulm\tB-LOC\n", r"back\.conll:1: expected one line '# sentence_id"),
        ("conll", '# sentence_id = "s2"\nUlm B-LOC\n', "expected a word and its tag, separated by a tab"),
        (
            "conll",
            '# sentence_id = "s2"\nUlm\tB-LOC\nruft\t_\n',
            "word 'ruft' has the tag '_' and others have real ones",
        ),
        ("conll", '# sentence_id = "s2"\nUlm\tLOC\n', "word 'Ulm': tag 'LOC' is not IOB2"),
    ],
)
def test_bad_files_are_named(name: str, content: str, message: str, write: Write) -> None:
    with pytest.raises(ValueError, match=message):
        _read(name, write, content)


def test_columns_repair_a_continuation_and_say_so(write: Write) -> None:
    (answer,) = _read("conll", write, '# sentence_id = "s2"\nUlm\tI-LOC\nruft\tO\n')
    assert answer.marks == (Mark(0, 3, "LOC"),)
    assert answer.notes == ("1 I- without a beginning: a span begins there",)


@pytest.mark.parametrize("word", ["a\tb", "a\nb", " ", "# Bahn", "-DOCSTART-"])
def test_columns_refuse_words_that_they_cannot_hold(word: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a column file; choose another format"):
        FORMATS["conll"].write([Task(joined(Sentence("s", (word,))))])


def test_missing_files_and_formats_are_named(tmp_path: Path) -> None:
    for chosen in FORMATS.values():
        with pytest.raises(FileNotFoundError, match=r"nowhere"):
            chosen.read(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="'brat' is unknown; expected one of conll, doccano"):
        format_named("brat")


def test_tasks_check_their_suggestions_and_offsets() -> None:
    with pytest.raises(ValueError, match=r"none of the 1 suggestions is of these sentences \('s2', ...\)"):
        make_tasks([NONE], suggested=[SUGGESTED])
    with pytest.raises(
        ValueError, match=r"'s2': the suggestion has the words .*expected suggestions made on this corpus"
    ):
        make_tasks([replace(UNLABELED, words=("Bonn",))], suggested=[SUGGESTED])
    with pytest.raises(ValueError, match="word 'Ulm' should be at 1:4 of its text, where 'lm ' is"):
        make_tasks([replace(UNLABELED, text="Ulm ruft", offsets=((1, 4), (4, 8)))])
    assert make_tasks([NONE], hide_labels=True)[0].sentence.spans is None
