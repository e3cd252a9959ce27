"""What annotators and tools do wrong: one clear error for all, or a repair that is listed."""

from typing import Any

import pytest

from eigennamen.annotation.matching import Matched, match
from eigennamen.annotation.tasks import Answer, Mark
from eigennamen.types import Sentence, Span

KAHL = Sentence("s1", ("Herr", "Kahl-Weber", "aus", "Ulm"))
TEXT = "Herr Kahl-Weber aus Ulm"
EMOJI = Sentence("s2", ("🙂", "Ulm"))


def _answer(*marks: Mark, place: str = "f:1", sentence_id: str = "s1", text: str = TEXT, **more: Any) -> Answer:
    return Answer(place, sentence_id, text, marks, **more)


def _match(*answers: Answer, **settings: Any) -> Matched:
    return match(answers, [KAHL, EMOJI], labels=("PER", "LOC"), **settings)


def test_marks_become_words() -> None:
    matched = _match(_answer(Mark(20, 23, "LOC", "Ulm"), Mark(4, 16, "PER")))  # blanks at the ends are no change
    assert matched.sentences == (KAHL.with_spans([Span(1, 2, "PER"), Span(3, 4, "LOC")]),)
    assert matched.counters == {"labelled": 1, "still unlabelled": 0, "of the corpus, not in the file": 1}


def test_parts_of_words_are_widened_and_listed() -> None:
    matched = _match(_answer(Mark(6, 9, "PER")))
    assert matched.sentences[0].spans == (Span(1, 2, "PER"),)
    assert matched.counters["spans widened to whole words"] == 1
    assert matched.repairs == ("f:1: 'ahl' (PER, 6:9) widened to 'Kahl-Weber'",)


def test_a_span_marked_twice_counts_once() -> None:
    matched = _match(_answer(Mark(20, 23, "LOC"), Mark(20, 23, "LOC")))
    assert matched.sentences[0].spans == (Span(3, 4, "LOC"),)
    assert matched.repairs == ("f:1: 'Ulm' (LOC, 20:23) is marked twice",)


def test_offsets_in_utf16_units_are_known_by_their_text() -> None:
    matched = _match(_answer(Mark(3, 6, "LOC", "Ulm"), sentence_id="s2", text="🙂 Ulm"))
    assert matched.sentences[0].spans == (Span(1, 2, "LOC"),)
    assert matched.repairs == ("f:1: 'Ulm' (LOC, 3:6): now 2:5",)


def test_labels_are_renamed_or_dropped_by_request() -> None:
    marks = Mark(5, 15, "PERSON"), Mark(20, 23, "DATE")
    matched = _match(_answer(*marks), renames={"PERSON": "PER", "DATE": None})
    assert matched.sentences[0].spans == (Span(1, 2, "PER"),)
    assert matched.counters["spans of DATE dropped"] == 1


def test_unlabelled_tasks_stay_unlabelled() -> None:
    matched = _match(Answer("f:1", "s1", TEXT, None, notes=("1 draft(s) not submitted",)))
    assert matched.sentences == (KAHL,)
    assert matched.labeled == []
    assert matched.counters["still unlabelled"] == 1
    assert matched.repairs == ("f:1: 1 draft(s) not submitted",)


def test_unchanged_suggestions_are_labels_only_by_request() -> None:
    answer = _answer(Mark(20, 23, "LOC"), unchanged=True)
    assert _match(answer).sentences[0].spans is None
    assert _match(answer).counters["unchanged suggestions"] == 1
    assert _match(answer, unchanged="labeled").sentences[0].spans == (Span(3, 4, "LOC"),)


def test_several_annotators() -> None:
    ulm, kahl = Mark(20, 23, "LOC"), Mark(5, 15, "PER")
    assert _match(_answer(ulm, by="a"), _answer(ulm, by="b")).counters["answered more than once, all the same"] == 1
    differing = _answer(ulm, by="a"), _answer(kahl, by="b", place="f:2")
    with pytest.raises(ValueError, match=r"f:2: sentence 's1' has two answers that differ, by 'a' \(f:1\) and 'b'"):
        _match(*differing)
    assert _match(*differing, annotator="b").sentences[0].spans == (Span(1, 2, "PER"),)
    other = _answer(by="a", sentence_id="s2", text="🙂 Ulm")
    assert [s.spans for s in _match(*differing, other, annotator="b").sentences] == [(Span(1, 2, "PER"),), None]
    with pytest.raises(ValueError, match="no answer is by annotator 'c'; there are 'a', 'b'"):
        _match(*differing, annotator="c")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (_answer(Mark(0, 9, "PER"), Mark(5, 15, "LOC")), r"f:1: 'Herr Kahl' \(PER, 0:9\) and .* overlap"),
        (_answer(Mark(5, 9, "PER"), Mark(10, 15, "LOC")), "share the word 'Kahl-Weber'"),
        (_answer(Mark(20, 23, "GPE")), "label 'GPE' is unknown; expected one of PER, LOC"),
        (_answer(Mark(4, 5, "PER")), r"span ' ' \(PER, 4:5\) covers no word"),
        (_answer(Mark(20, 24, "LOC")), r"span \(LOC, 20:24\) leaves the text of 23 characters"),
        (_answer(Mark(19, 22, "LOC", "Ulm")), r"says that 'Ulm' is at \(LOC, 19:22\), where the text has ' Ul'"),
        (_answer(text="Herr Kahl"), "has the text 'Herr Kahl', the corpus 'Herr Kahl-Weber aus Ulm'"),
        (Answer("f:1", "s1", "Herr Kahl", None), "has the text 'Herr Kahl'"),
        (_answer(words=("Herr",), text="Herr"), "has the words 'Herr', the corpus 'Herr Kahl-Weber aus Ulm'"),
        (_answer(sentence_id="x"), r"1 of 1 tasks are not of this corpus or split \(f:1: sentence id 'x' is not there"),
    ],
)
def test_errors_name_place_text_and_remedy(answer: Answer, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _match(answer)


def test_all_errors_come_at_once() -> None:
    answers = _answer(Mark(20, 23, "GPE")), _answer(Mark(0, 1, "X"), place="f:2", sentence_id="s2", text="🙂 Ulm")
    with pytest.raises(ValueError, match=r"f:1: label 'GPE'(.|\n)*f:2: label 'X'(.|\n)*nothing was written"):
        _match(*answers)


def test_an_empty_file_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 of 0 tasks are not of this corpus or split"):
        _match()
