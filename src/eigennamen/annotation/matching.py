"""Answers matched to the sentences of their corpus: spans over words, with every repair listed.

What is repaired, counted and listed: marks that begin or end inside a word (widened to the whole word), the same span
marked twice, offsets in UTF-16 units (known by the marked text beside them), labels renamed or dropped by request, and
what ``Answer.notes`` say. Everything else is an error, all of them in one message: an id or text that the corpus does
not have, an unknown label, spans that overlap, marks without a word, answers to one sentence that differ.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from eigennamen.annotation.tasks import Answer, Mark, joined, located
from eigennamen.corpora.assembly import LabelMap
from eigennamen.corpora.jsonl import words_touched
from eigennamen.corpora.lines import raise_problems
from eigennamen.types import Sentence, Span

Unchanged = Literal["unlabeled", "labeled"]
REMEDY = "correct them in the tool and export again; nothing was written"


@dataclass(frozen=True)
class Matched:
    """The sentences that came back, in the corpus's order; ``spans is None`` where nobody has labelled them yet.

    ``counters`` say how many sentences and repairs there were, ``repairs`` name each with its place.
    """

    sentences: tuple[Sentence, ...]
    counters: Mapping[str, int]
    repairs: tuple[str, ...]

    @property
    def labeled(self) -> list[Sentence]:
        return [sentence for sentence in self.sentences if sentence.spans is not None]


def match(
    answers: Sequence[Answer],
    sentences: Sequence[Sentence],
    *,
    labels: Sequence[str],
    renames: Mapping[str, str | None] | None = None,
    annotator: str | None = None,
    unchanged: Unchanged = "unlabeled",
) -> Matched:
    """Labels for sentences, from the answers that carry their ids; other spans of theirs are no matter.

    Args:
        answers: what a format's ``read`` gave.
        sentences: those of the corpus that the tasks were made of, or more.
        labels: those that may occur, after ``renames``.
        renames: the tool's labels by the corpus's; None drops one.
        annotator: whose answers count, where several people answered.
        unchanged: what becomes of answers that nobody may have looked at (see ``Answer``).

    Raises:
        ValueError: for all errors at once, with their places.
    """
    known = {sentence.id: sentence for sentence in sentences}
    _check_ids(answers, known)
    reader = _Reader(LabelMap(dict(renames or {}), tuple(labels)), unchanged)
    found: dict[str, list[tuple[Answer, Sentence]]] = defaultdict(list)
    for answer in _by(answers, annotator):
        found[answer.sentence_id].append((answer, reader.sentence(answer, known[answer.sentence_id])))
    chosen = [reader.one_of(found[sentence.id]) for sentence in sentences if sentence.id in found]
    raise_problems(reader.problems, remedy=REMEDY)
    n_labeled = sum(sentence.spans is not None for sentence in chosen)
    totals = {"labelled": n_labeled, "still unlabelled": len(chosen) - n_labeled}
    counters = {**totals, "of the corpus, not in the file": len(sentences) - len(chosen), **reader.counters}
    return Matched(tuple(chosen), counters, tuple(reader.repairs))


def _check_ids(answers: Sequence[Answer], known: Mapping[str, Sentence]) -> None:
    """Raise ValueError where ids are unknown: a file of another corpus."""
    unknown = [answer for answer in answers if answer.sentence_id not in known]
    if unknown or not answers:
        first = f"{unknown[0].place}: sentence id {unknown[0].sentence_id!r} is not there" if unknown else "it is empty"
        raise ValueError(
            f"{len(unknown)} of {len(answers)} tasks are not of this corpus or split ({first}; it has "
            f"{next(iter(known), None)!r} and so on); give the corpus and the split that the tasks were exported from"
        )


def _by(answers: Sequence[Answer], annotator: str | None) -> list[Answer]:
    """One annotator's answers; tasks that only others labelled become unlabelled ones."""
    if annotator is None:
        return list(answers)
    if not any(answer.by == annotator for answer in answers):
        people = sorted({answer.by for answer in answers if answer.marks is not None})
        raise ValueError(f"no answer is by annotator {annotator!r}; there are {', '.join(map(repr, people)) or 'none'}")
    mine = {answer.sentence_id for answer in answers if answer.by == annotator}
    others = {a.sentence_id: replace(a, marks=None) for a in answers if a.sentence_id not in mine}
    return [*(answer for answer in answers if answer.by == annotator), *others.values()]


class _Reader:
    """Turns answers into sentences and keeps the books."""

    def __init__(self, label_map: LabelMap, unchanged: Unchanged) -> None:
        self.label_map = label_map
        self.unchanged = unchanged
        self.counters: Counter[str] = Counter()
        self.repairs: list[str] = []
        self.problems: list[str] = []

    def sentence(self, answer: Answer, sentence: Sentence) -> Sentence:
        for note in answer.notes:
            self._repaired("notes of the file", f"{answer.place}: {note}")
        unknown = sentence.with_spans(None)
        try:
            with_text = _with_text_of(answer, sentence)
            if answer.marks is None:
                return unknown
            if answer.unchanged and self.unchanged == "unlabeled":
                self._repaired("unchanged suggestions", f"{answer.place}: unchanged, left unlabelled")
                return unknown
            return sentence.with_spans(self._spans(answer, with_text))
        except ValueError as error:
            self.problems.append(f"{answer.place}: {error}")
            return unknown

    def one_of(self, found: Sequence[tuple[Answer, Sentence]]) -> Sentence:
        """What several answers to one sentence agree on."""
        labeled = [(answer, sentence) for answer, sentence in found if sentence.spans is not None]
        if not labeled:
            return found[0][1]
        (first, sentence), *others = labeled
        for answer, other in others:
            if other.spans != sentence.spans:
                self.problems.append(
                    f"{answer.place}: sentence {sentence.id!r} has two answers that differ, by {first.by!r} "
                    f"({first.place}) and {answer.by!r}; choose one with --annotator"
                )
        if others:
            self.counters["answered more than once, all the same"] += 1
        return sentence

    def _spans(self, answer: Answer, sentence: Sentence) -> list[Span]:
        """Flat spans over words; raises ValueError for marks that are none."""
        kept = [self._relabelled(self._counted_in_code_points(mark, answer)) for mark in answer.marks or ()]
        spans: dict[Span, Mark] = {}
        for mark in sorted(mark for mark in kept if mark is not None):
            span = self._whole_words(mark, sentence, answer.place)
            if span in spans:
                self._repaired("spans marked twice", f"{answer.place}: {_quoted(mark, answer)} is marked twice")
            spans[span] = mark
        for left, right in pairwise(sorted(spans)):
            if left.overlaps(right):
                marks = " and ".join(_quoted(spans[span], answer) for span in (left, right))
                raise ValueError(f"{marks} overlap, or share the word {sentence.words[right.start]!r}; spans are flat")
        return sorted(spans)

    def _relabelled(self, mark: Mark) -> Mark | None:
        (*kept,) = self.label_map.apply([Span(mark.start, mark.end, mark.label)], self.counters)
        return replace(mark, label=kept[0].label) if kept else None

    def _counted_in_code_points(self, mark: Mark, answer: Answer) -> Mark:
        """The mark, its offsets converted where its own text shows that they count UTF-16 units."""
        if mark.end <= len(answer.text) and _same(answer.text[mark.start : mark.end], mark.text):
            return mark
        start, end = (_from_utf16(answer.text, offset) for offset in (mark.start, mark.end))
        if mark.text is not None and start < end and _same(answer.text[start:end], mark.text):
            self._repaired(
                "offsets in UTF-16 units", f"{answer.place}: {mark.text!r} {mark.described}: now {start}:{end}"
            )
            return replace(mark, start=start, end=end)
        if mark.end > len(answer.text):
            raise ValueError(f"span {mark.described} leaves the text of {len(answer.text)} characters")
        raise ValueError(
            f"the tool says that {mark.text!r} is at {mark.described}, where the text has {_quoted(mark, answer)}"
        )

    def _whole_words(self, mark: Mark, sentence: Sentence, place: str) -> Span:
        touched = words_touched(sentence, mark.start, mark.end)
        text, offsets = sentence.text or "", sentence.offsets or ()
        if not touched:
            raise ValueError(f"span {text[mark.start : mark.end]!r} {mark.described} covers no word")
        start, end = offsets[touched[0]][0], offsets[touched[-1]][1]
        if start < mark.start or mark.end < end:
            marked = f"{text[mark.start : mark.end]!r} {mark.described}"
            self._repaired("spans widened to whole words", f"{place}: {marked} widened to {text[start:end]!r}")
        return Span(touched[0], touched[-1] + 1, mark.label)

    def _repaired(self, what: str, line: str) -> None:
        self.counters[what] += 1
        self.repairs.append(line)


def _with_text_of(answer: Answer, sentence: Sentence) -> Sentence:
    """The sentence with the text that its task had; raises ValueError where the corpus has another one."""
    if answer.words is not None:
        if answer.words != sentence.words:
            raise ValueError(f"has the words {_start(answer.text)}, the corpus {_start(' '.join(sentence.words))}")
        return joined(sentence)
    own = located(sentence)
    if own.text != answer.text:
        raise ValueError(f"has the text {_start(answer.text)}, the corpus {_start(own.text or '')} (or differs later)")
    return own


def _same(text: str, mention: str | None) -> bool:
    """Whether the tool's copy of the marked text agrees; Label Studio writes a line break as a backslash and an n."""
    return mention is None or mention.replace("\\n", "\n") == text.replace("\\n", "\n")


def _from_utf16(text: str, offset: int) -> int:
    """The number of characters that so many UTF-16 units of the text are."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * offset].decode("utf-16-le", "ignore"))


def _quoted(mark: Mark, answer: Answer) -> str:
    return f"{answer.text[mark.start : mark.end]!r} {mark.described}"


def _start(text: str) -> str:
    return repr(text[:60] + ("..." if len(text) > 60 else ""))
