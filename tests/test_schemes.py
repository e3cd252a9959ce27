from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.scheme import IOB2, IOBES, Entities

from eigennamen.schemes import Repair, Scheme, TagError, parse_tag, spans_to_tags, tag_set, tags_to_spans
from eigennamen.types import Span

LABELS = ["PER", "LOC", "LOC-part"]


def tags(prefixes: str) -> st.SearchStrategy[list[str]]:
    """Any order of tags, valid or not."""
    return st.lists(st.sampled_from(["O", *(f"{prefix}-{label}" for prefix in prefixes for label in LABELS[:2])]))


@st.composite
def flat_spans(draw: st.DrawFn) -> tuple[tuple[Span, ...], int]:
    """Flat spans, adjacent ones of one label among them, and a number of words that they fit into."""
    cuts = sorted(draw(st.sets(st.integers(0, 9), min_size=1)))
    labels = [draw(st.sampled_from([*LABELS, None])) for _ in cuts[1:]]
    spans = [Span(a, b, label) for a, b, label in zip(cuts, cuts[1:], labels, strict=False) if label]
    return tuple(spans), cuts[-1] + draw(st.integers(0, 2))


def iob1_tags(spans: Sequence[Span], n_words: int) -> list[str]:
    """IOB1 as CoNLL-2003 first had it: ``B-`` only behind a span of the same label."""
    written = ["O"] * n_words
    for span in spans:
        behind_same = span.start > 0 and written[span.start - 1].partition("-")[2] == span.label
        written[span.start : span.end] = [f"I-{span.label}"] * span.length
        if behind_same:
            written[span.start] = f"B-{span.label}"
    return written


@given(flat_spans())
def test_every_scheme_gives_back_the_spans_that_were_written(example: tuple[tuple[Span, ...], int]) -> None:
    spans, n_words = example
    assert tags_to_spans(spans_to_tags(spans, n_words)) == (spans, 0)
    assert tags_to_spans(spans_to_tags(spans, n_words, scheme="BIOES"), scheme="BIOES") == (spans, 0)
    assert tags_to_spans(iob1_tags(spans, n_words), scheme="IOB1") == (spans, 0)


@given(flat_spans())
def test_every_written_tag_is_in_the_tag_set(example: tuple[tuple[Span, ...], int]) -> None:
    assert set(spans_to_tags(*example)) <= set(tag_set(LABELS))


def test_bioes_marks_ends_and_single_words() -> None:
    spans = [Span(0, 1, "PER"), Span(1, 4, "LOC"), Span(4, 6, "LOC")]
    assert spans_to_tags(spans, 7, scheme="BIOES") == ["S-PER", "B-LOC", "I-LOC", "E-LOC", "B-LOC", "E-LOC", "O"]


@given(tags("BI"))
def test_discarding_reads_what_strict_seqeval_reads(some: list[str]) -> None:
    assert _spans(some, "IOB2", "discard") == [(e.start, e.end, e.tag) for e in Entities([some], IOB2).entities[0]]


@given(tags("BIES"))
def test_discarding_reads_what_strict_seqeval_reads_in_bioes(some: list[str]) -> None:
    assert _spans(some, "BIOES", "discard") == [(e.start, e.end, e.tag) for e in Entities([some], IOBES).entities[0]]


def _spans(some: Sequence[str], scheme: Scheme, repair: Repair) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.label) for span in tags_to_spans(some, scheme=scheme, repair=repair)[0]]


@given(tags("BIES"))
def test_repairs_are_counted_and_an_error_otherwise(some: list[str]) -> None:
    begun, n_begun = tags_to_spans(some, scheme="BIOES", repair="begin")
    discarded, n_discarded = tags_to_spans(some, scheme="BIOES", repair="discard")
    assert n_begun == n_discarded == len(begun) - len(discarded)
    assert set(discarded) <= set(begun)
    assert sum(span.length for span in begun) == sum(tag != "O" for tag in some)
    if n_begun:
        with pytest.raises(TagError):
            tags_to_spans(some, scheme="BIOES")
    else:
        assert tags_to_spans(some, scheme="BIOES") == (begun, 0)


@pytest.mark.parametrize(
    ("some", "scheme", "begun", "discarded", "repairs"),
    [
        ("I-PER I-PER O", "IOB2", [(0, 2, "PER")], [], 1),
        ("B-PER I-LOC I-LOC", "IOB2", [(0, 1, "PER"), (1, 3, "LOC")], [(0, 1, "PER")], 1),
        ("I-PER I-LOC", "IOB2", [(0, 1, "PER"), (1, 2, "LOC")], [], 2),
        ("O I-PER B-PER", "IOB2", [(1, 2, "PER"), (2, 3, "PER")], [(2, 3, "PER")], 1),
        ("I-PER I-LOC B-LOC O B-PER", "IOB1", *[[(0, 1, "PER"), (1, 2, "LOC"), (2, 3, "LOC"), (4, 5, "PER")]] * 2, 0),
        ("B-PER O", "BIOES", [(0, 1, "PER")], [], 1),
        ("B-PER I-PER", "BIOES", [(0, 2, "PER")], [], 1),
        ("B-PER B-PER E-PER", "BIOES", [(0, 1, "PER"), (1, 3, "PER")], [(1, 3, "PER")], 1),
        ("B-PER E-LOC", "BIOES", [(0, 1, "PER"), (1, 2, "LOC")], [], 2),
        ("B-PER I-PER S-PER", "BIOES", [(0, 2, "PER"), (2, 3, "PER")], [(2, 3, "PER")], 1),
        ("E-PER", "BIOES", [(0, 1, "PER")], [], 1),
        ("I-PER E-PER", "BIOES", [(0, 2, "PER")], [], 1),
        ("E-PER I-PER E-PER", "BIOES", [(0, 1, "PER"), (1, 3, "PER")], [], 2),
        ("S-PER I-PER E-PER", "BIOES", [(0, 1, "PER"), (1, 3, "PER")], [(0, 1, "PER")], 1),
        ("S-PER E-PER", "BIOES", [(0, 1, "PER"), (1, 2, "PER")], [(0, 1, "PER")], 1),
    ],
)
def test_the_two_repairs(
    some: str,
    scheme: Scheme,
    begun: list[tuple[int, int, str]],
    discarded: list[tuple[int, int, str]],
    repairs: int,
) -> None:
    assert _spans(some.split(), scheme, "begin") == begun
    assert _spans(some.split(), scheme, "discard") == discarded
    assert tags_to_spans(some.split(), scheme=scheme, repair="begin")[1] == repairs


@pytest.mark.parametrize(
    ("some", "scheme", "position", "complaint"),
    [
        ("O I-PER", "IOB2", 1, r"'I-PER' continues no span of its label \(IOB2\)"),
        ("B-PER E-LOC", "BIOES", 0, r"'B-PER' opens a span that never ends with E- \(BIOES\)"),
        ("S-PER E-PER", "BIOES", 1, r"'E-PER' continues no span of its label \(BIOES\)"),
    ],
)
def test_an_invalid_transition_is_an_error_with_its_place(
    some: str, scheme: Scheme, position: int, complaint: str
) -> None:
    with pytest.raises(TagError, match=f"^word {position}: tag {complaint}$") as caught:
        tags_to_spans(some.split(), scheme=scheme)
    assert caught.value.position == position


@pytest.mark.parametrize("repair", ["error", "begin", "discard"])
@pytest.mark.parametrize(
    ("tag", "scheme"),
    [
        ("B_PER", "IOB2"),
        ("S-PER", "IOB2"),
        ("E-PER", "IOB1"),
        ("L-PER", "BIOES"),
        ("PER", "IOB2"),
        ("B-", "IOB2"),
        ("-PER", "IOB2"),
        ("BI-PER", "IOB2"),
        ("o", "IOB2"),
        ("", "IOB2"),
    ],
)
def test_a_string_that_is_no_tag_cannot_be_repaired(tag: str, scheme: Scheme, repair: Repair) -> None:
    with pytest.raises(TagError, match=f"^word 1: tag '{tag}' is not {scheme}; expected O, B-LABEL, I-LABEL"):
        tags_to_spans(["O", tag], scheme=scheme, repair=repair)


def test_only_the_first_hyphen_separates() -> None:
    assert parse_tag("B-LOC-part") == ("B", "LOC-part")
