import io
import json
from collections.abc import Iterator, Sequence
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.annotate import (
    INPUT_FORMATS,
    InputError,
    Passage,
    annotate,
    as_jsonl,
    as_text,
    decoded_lines,
)
from eigennamen.types import Prediction, Sentence, Span

LINES = st.text(alphabet="aÄb. ,:\"-'3\t\r\n\x0b\u2028\u0308\u200d😀\ufeff\xa0", max_size=40)


class EveryRun:
    """Finds every pair of words, and a single last one, as a name."""

    def __init__(self) -> None:
        self.chunk_sizes: list[int] = []

    def predict(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        self.chunk_sizes.append(len(sentences))
        return [self._one(sentence) for sentence in sentences]

    def _one(self, sentence: Sentence) -> Prediction:
        n = len(sentence.words)
        spans = [Span(start, min(start + 2, n), "PER") for start in range(0, n, 2)]
        return Prediction(sentence.with_spans(spans), (0.5,) * len(spans))


def passages(text: str, input_format: str = "text") -> list[Passage]:
    lines = decoded_lines(io.BytesIO(text.encode()), name="input")
    return list(INPUT_FORMATS[input_format](lines))


def spans_of(text: str, input_format: str = "text") -> list[tuple[int, int, str]]:
    found = [json.loads(as_jsonl(*pair)) for pair in annotate(EveryRun(), passages(text, input_format))]
    return [(span["start"], span["end"], span["text"]) for one in found for span in one["spans"]]


@given(LINES)
def test_offsets_of_running_text_are_exact(text: str) -> None:
    for start, end, mention in spans_of(text):
        assert text[start:end] == mention
    for passage in passages(text):
        assert text[passage.start :].startswith(passage.text)
    words = [word for passage in passages(text) for word in passage.sentence.words]
    assert "".join(words) == "".join(text.removeprefix("\ufeff").split())


@given(
    st.lists(st.text(alphabet="aÄ.😀\u0308 \xa0", max_size=4)), st.sampled_from(["\n", "\r\n", " \n"]), st.booleans()
)
def test_offsets_of_words_are_exact(words: list[str], line_break: str, closed: bool) -> None:
    text = line_break.join(words) + line_break * closed
    for start, end, mention in spans_of(text, "words"):
        assert text[start:end] == mention
    found = [word for passage in passages(text, "words") for word in passage.sentence.words]
    assert found == [word.strip() for word in words if word.strip()]


def test_blank_lines_separate_sentences_of_words() -> None:
    text = "\n\nAnna\nKahl\n \nkam\r\n\r\n"
    assert [p.sentence.words for p in passages(text, "words")] == [("Anna", "Kahl"), ("kam",)]
    assert spans_of(text, "words") == [(2, 11, "Anna\nKahl"), (14, 17, "kam")]


def test_a_file_with_columns_is_refused() -> None:
    with pytest.raises(InputError, match=r"input line 2: 'Kahl\\tB-PER' has a tab .*expected one word a line"):
        passages("Anna\nKahl\tB-PER\n", "words")


def test_running_text_is_cut_into_sentences_across_lines() -> None:
    texts = [(p.sentence.id, p.start, p.text) for p in passages("\ufeffEr kam. Sie ging.\r\n\r\n Nein\n")]
    assert texts == [("1", 1, "Er kam."), ("2", 9, "Sie ging."), ("3", 23, "Nein")]


def test_text_output_is_a_line_for_each_span() -> None:
    [(passage, prediction)] = annotate(EveryRun(), passages("Dr.\tKahl kam"))
    assert as_text(passage, prediction) == "0\t8\tPER\t0.5000\tDr.\tKahl\n9\t12\tPER\t0.5000\tkam\n"
    [(passage, prediction)] = annotate(EveryRun(), passages("Anna \r\nKahl\n", "words"))
    assert as_text(passage, prediction) == "0\t11\tPER\t0.5000\tAnna Kahl\n"


def test_jsonl_output_is_an_object_for_each_sentence() -> None:
    [_, (passage, prediction)] = annotate(EveryRun(), passages("Ja!\nÄnne kam"))
    span = {"start": 4, "end": 12, "label": "PER", "confidence": 0.5, "text": "Änne kam"}
    assert json.loads(as_jsonl(passage, prediction)) == {"start": 4, "end": 12, "text": "Änne kam", "spans": [span]}
    assert "Ä" in as_jsonl(passage, prediction)


def test_bytes_that_are_not_utf8_are_an_error_with_their_line() -> None:
    lines = decoded_lines(io.BytesIO("gut\nK\u00f6ln".encode("latin-1")), name="brief.txt")
    with pytest.raises(InputError, match=r"brief\.txt:2: byte 0xf6 at byte 2 of the line is not UTF-8; convert"):
        list(lines)


def test_passages_are_read_only_as_far_as_the_chunk() -> None:
    model, read = EveryRun(), []

    def endless() -> Iterator[tuple[int, str]]:
        for i in count():
            read.append(i)
            yield i * 3, "ja\n"

    found = annotate(model, INPUT_FORMATS["text"](endless()), chunk_size=4)
    assert [next(found)[0].start for _ in range(6)] == [0, 3, 6, 9, 12, 15]
    assert model.chunk_sizes == [4, 4]
    assert len(read) == 8


def test_a_model_that_leaves_a_sentence_out_is_an_error() -> None:
    class Forgetful(EveryRun):
        def predict(self, sentences: Sequence[Sentence]) -> list[Prediction]:
            return super().predict(sentences)[1:]

    with pytest.raises(ValueError, match="shorter"):
        list(annotate(Forgetful(), passages("Ja!")))


def test_empty_input_has_no_passages_and_asks_no_model() -> None:
    model = EveryRun()
    assert list(annotate(model, passages("\ufeff \r\n"))) == []
    assert model.chunk_sizes == []
