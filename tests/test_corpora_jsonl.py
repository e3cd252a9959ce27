import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.corpora.jsonl import load
from eigennamen.types import Sentence, Span

Write = Callable[..., str]
TEXT = "Herr  Kahl von der CDU-Fraktion in Bonn"


def _line(**record: Any) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _load_one(write: Write, **record: Any) -> Sentence:
    return load(train=write("t.jsonl", _line(**record)), labels=["PER", "ORG", "LOC"]).train[0]


def test_characters_become_words_and_the_text_stays(write: Write) -> None:
    sentence = _load_one(write, id=7, text=TEXT, spans=[{"start": 6, "end": 10, "label": "PER"}])
    assert (sentence.id, sentence.text, sentence.spans) == ("train-7", TEXT, (Span(1, 2, "PER"),))
    assert sentence.words == ("Herr", "Kahl", "von", "der", "CDU-Fraktion", "in", "Bonn")


@pytest.mark.parametrize(
    "annotation",
    [
        {"spans": [{"start": 6, "end": 10, "label": "PER", "token_start": 1}]},
        {"entities": [{"id": 1, "label": "PER", "start_offset": 6, "end_offset": 10}], "label": None},
        {"labels": [[6, 10, "PER"]]},
        {"label": [{"start": 6, "end": 10, "text": "Kahl", "labels": ["PER"]}]},
    ],
)
def test_reads_what_annotation_tools_write(write: Write, annotation: dict[str, Any]) -> None:
    assert _load_one(write, text=TEXT, **annotation).spans == (Span(1, 2, "PER"),)


def test_no_key_is_unknown_and_an_empty_list_is_none(write: Write) -> None:
    assert _load_one(write, text=TEXT).spans is None
    assert _load_one(write, text=TEXT, spans=None).spans is None
    assert _load_one(write, text=TEXT, spans=[]).spans == ()


def test_what_was_rejected_or_ignored_is_unknown(write: Write) -> None:
    lines = [_line(text=TEXT, spans=[[6, 10, "PER"]], answer=answer) for answer in ("reject", "ignore", "accept")]
    corpus = load(train=write("t.jsonl", "\n".join(lines)), labels=["PER"])
    assert [sentence.spans for sentence in corpus.train] == [None, None, (Span(1, 2, "PER"),)]
    counted = {f"train: answered {answer!r}, unlabeled": 1 for answer in ("reject", "ignore")}
    assert corpus.counters == counted


def test_an_id_that_occurs_twice_is_named_with_both_lines(write: Write) -> None:
    lines = "".join(_line(id=7, text=TEXT) for _ in range(2))
    with pytest.raises(ValueError, match=r"t\.jsonl:2: sentence id 'train-7' is that of line 1 too"):
        load(train=write("t.jsonl", lines), labels=["PER"])


def test_labels_may_stand_beside_the_text_that_they_came_from(write: Write) -> None:
    text = write("more.txt", f"{TEXT}\nEs regnet.\n")
    labeled = _line(sentence_id="unlabeled-more-000001", text=TEXT, spans=[[6, 10, "PER"]])
    corpus = load(train=write("t.jsonl", labeled), unlabeled=text)
    assert [sentence.id for sentence in corpus.unlabeled] == ["unlabeled-more-000002"]
    assert corpus.counters == {"unlabeled: sentences of other splits left out": 1}


def test_spans_inside_words_are_widened_and_counted(write: Write) -> None:
    path = write("t.jsonl", _line(text=TEXT, spans=[[19, 22, "ORG"], [5, 11, "PER"]]))
    corpus = load(train=path)
    assert corpus.train[0].spans == (Span(1, 2, "PER"), Span(4, 5, "ORG"))
    assert corpus.counters == {"train: spans widened to whole words": 1}  # blanks at the ends of PER are no change


def test_given_words_are_found_in_the_text(write: Write) -> None:
    tokens = ["Herr", {"text": "Kahl", "start": 6}, "CDU", "-Fraktion", "Bonn"]
    sentence = _load_one(write, text=TEXT, tokens=tokens, spans=[[19, 22, "ORG"]])
    assert sentence.words == ("Herr", "Kahl", "CDU", "-Fraktion", "Bonn")
    assert sentence.offsets == ((0, 4), (6, 10), (19, 22), (22, 31), (35, 39))
    assert sentence.spans == (Span(2, 3, "ORG"),)


def test_ids_and_documents_of_our_own_lines_stay(write: Write) -> None:
    sentence = _load_one(write, sentence_id="train-00007", document="d1", text=TEXT, spans=[])
    assert (sentence.id, sentence.document) == ("train-00007", "d1")
    assert _load_one(write, sentence_id=7, document=["d1"], text=TEXT).id == "train-00001"


def test_words_are_where_they_say_they_are(write: Write) -> None:
    tokens = [{"text": "r", "start": 3}, {"text": "  ", "start": 4}, {"text": "Kahl", "start": 6}]
    assert _load_one(write, text=TEXT, tokens=tokens).offsets == ((3, 4), (4, 6), (6, 10))


def test_a_dropped_label_may_overlap_a_kept_one(write: Write) -> None:
    path = write("t.jsonl", _line(text=TEXT, spans=[[19, 22, "ORG"], [15, 31, "NP"]]))
    assert load(train=path, label_map={"NP": None}).train[0].spans == (Span(4, 5, "ORG"),)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            {"text": TEXT, "spans": [[0, 10, "PER"], [6, 10, "PER"]]},
            r"'Herr  Kahl' \(PER, 0:10\) and 'Kahl' .* overlap",
        ),
        (
            {"text": TEXT, "spans": [[19, 22, "ORG"], [23, 31, "LOC"]]},
            "share the word 'CDU-Fraktion'; give finer words",
        ),
        ({"text": TEXT, "spans": [[4, 6, "PER"]]}, r"span '  ' \(PER, 4:6\) covers no word"),
        ({"text": TEXT, "spans": [[35, 40, "LOC"]]}, r"\[35, 40, 'LOC'\] lies outside the text of 39 characters"),
        ({"text": TEXT, "spans": [[6, 6, "LOC"]]}, "or is empty"),
        ({"text": TEXT, "spans": [["6", 10, "PER"]]}, "needs two whole numbers and a label"),
        ({"text": TEXT, "spans": [{"start": 6, "end": 10}]}, "needs two whole numbers and a label"),
        ({"text": TEXT, "spans": [[6, 10]]}, r"is neither \[start, end, label\] nor"),
        ({"text": TEXT, "spans": {"start": 6}}, "expected one list of spans .* found spans"),
        ({"text": TEXT, "spans": [], "entities": []}, "found spans, entities"),
        ({"text": TEXT, "spans": [[6, 10, "PRE"]]}, "label 'PRE' is unknown; expected one of PER, ORG, LOC"),
        ({"text": TEXT, "tokens": ["Herr", "Karl"]}, "token 'Karl' is not found in the text from character 4 on"),
        (
            {"text": TEXT, "tokens": [{"text": "Kahl", "start": 5}]},
            "token 'Kahl' is not found in the text at character 5",
        ),
        ({"text": TEXT, "tokens": "Herr"}, "expected a list of words under 'tokens'"),
        ({"text": " \n"}, "a text that is not empty"),
        ({"tokens": ["Herr"]}, "a text that is not empty"),
    ],
)
def test_bad_records_are_named(write: Write, record: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"t\.jsonl:1: .*" + message):
        _load_one(write, **record)


def test_all_bad_lines_are_reported_at_once(write: Write) -> None:
    path = write("t.jsonl", "{\n\n[]\n" + _line(text="gut", spans=[]))
    with pytest.raises(ValueError, match=r"t\.jsonl:1: Expecting property name.*\n.*t\.jsonl:3: expected an object"):
        load(train=path)


def test_missing_and_latin_files_are_named(write: Write) -> None:
    with pytest.raises(FileNotFoundError, match=r"set corpus\.train"):
        load(train="nowhere.jsonl")
    with pytest.raises(ValueError, match=r"t\.jsonl:1: byte 0xfc"):
        load(train=write("t.jsonl", '{"text": "für"}'.encode("latin-1")))


@given(st.data())
def test_widened_spans_cover_the_characters(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    text = data.draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)).filter(lambda end: bool(text[start:end].strip())))
    path = tmp_path_factory.mktemp("jsonl") / "t.jsonl"
    path.write_text(_line(text=text, spans=[[start, end, "X"]]), encoding="utf-8", newline="\n")
    sentence = load(train=str(path)).train[0]
    assert sentence.spans
    assert sentence.offsets
    covered = range(sentence.offsets[sentence.spans[0].start][0], sentence.offsets[sentence.spans[0].end - 1][1])
    assert all(i in covered for i in range(start, end) if not text[i].isspace())
