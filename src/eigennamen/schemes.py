"""Tags and spans: the only place where one becomes the other.

IOB2: ``B-`` opens every span, ``I-`` continues it. BIOES: ``S-`` is a span of one word, ``E-`` closes a longer one.
IOB1 is only read: ``B-`` is used only between two adjacent spans of one label, so an opening ``I-`` is legal.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from eigennamen.types import Span

Scheme = Literal["IOB2", "BIOES", "IOB1"]
Repair = Literal["error", "begin", "discard"]
_PREFIXES = {"IOB2": "BI", "IOB1": "BI", "BIOES": "BIES"}


class TagError(ValueError):
    """A tag that cannot stand where it stands; ``position`` is its word."""

    def __init__(self, position: int, complaint: str) -> None:
        super().__init__(f"word {position}: {complaint}")
        self.position = position
        self.complaint = complaint


def tag_set(labels: Iterable[str]) -> tuple[str, ...]:
    """All IOB2 tags over some labels, ``O`` first: the order of every array of tag probabilities.

    >>> tag_set(["PER", "LOC"])
    ('O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC')
    """
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


def spans_to_tags(spans: Iterable[Span], n_words: int, *, scheme: Literal["IOB2", "BIOES"] = "IOB2") -> list[str]:
    """Flat spans as one tag for each word.

    >>> spans_to_tags([Span(1, 3, "PER")], 4)
    ['O', 'B-PER', 'I-PER', 'O']
    """
    tags = ["O"] * n_words
    for span in spans:
        tags[span.start : span.end] = [f"I-{span.label}"] * span.length
        tags[span.start] = f"B-{span.label}"
        if scheme == "BIOES":
            last = "S" if span.length == 1 else "E"
            tags[span.end - 1] = f"{last}-{span.label}"
    return tags


def tags_to_spans(
    tags: Sequence[str], *, scheme: Scheme = "IOB2", repair: Repair = "error"
) -> tuple[tuple[Span, ...], int]:
    """The spans that tags describe, and the number of repairs it took.

    A continuation (``I-``, ``E-``) without its beginning is an invalid transition: ``error`` raises TagError,
    ``begin`` lets the span start there, ``discard`` drops it up to its end. In BIOES a span that stops without ``E-``
    is invalid too: ``begin`` keeps what is there, ``discard`` drops it. A string that is no tag at all always raises.

    >>> tags_to_spans(["O", "I-PER", "I-PER"], repair="begin")
    ((Span(start=1, end=3, label='PER'),), 1)
    """
    spans: list[Span] = []
    repairs = 0
    position = 0
    while position < len(tags):
        try:
            prefix, label = parse_tag(tags[position], scheme=scheme)
        except ValueError as error:
            raise TagError(position, str(error)) from None
        if prefix == "O":
            position += 1
            continue
        end, closed = _end_of_span(tags, position, scheme=scheme)
        valid = closed and (prefix in "BS" or (scheme == "IOB1"))
        repairs += not valid
        if not valid and repair == "error":
            raise TagError(position, f"tag {tags[position]!r} {_complaint(prefix)} ({scheme})")
        if valid or repair == "begin":
            spans.append(Span(position, end, label))
        position = end
    return tuple(spans), repairs


def parse_tag(tag: str, *, scheme: Scheme = "IOB2") -> tuple[str, str]:
    """Prefix and label of a tag (``("O", "")`` outside); raises ValueError where the string is no tag of the scheme.

    >>> parse_tag("B-PER")
    ('B', 'PER')
    """
    if tag == "O":
        return "O", ""
    prefix, dash, label = tag.partition("-")
    if not dash or not label or len(prefix) != 1 or prefix not in _PREFIXES[scheme]:
        expected = ", ".join(f"{p}-LABEL" for p in _PREFIXES[scheme])
        raise ValueError(f"tag {tag!r} is not {scheme}; expected O, {expected}")
    return prefix, label


def _end_of_span(tags: Sequence[str], start: int, *, scheme: Scheme) -> tuple[int, bool]:
    """Where the span that starts at ``start`` ends, and whether the scheme lets it end there."""
    prefix, label = parse_tag(tags[start], scheme=scheme)
    if prefix in "SE":
        return start + 1, True
    end = start + 1
    while end < len(tags) and tags[end] == f"I-{label}":
        end += 1
    if scheme != "BIOES":
        return end, True
    if end < len(tags) and tags[end] == f"E-{label}":
        return end + 1, True
    return end, False


def _complaint(prefix: str) -> str:
    return "continues no span of its label" if prefix in "IE" else "opens a span that never ends with E-"
