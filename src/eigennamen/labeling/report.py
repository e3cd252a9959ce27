"""One HTML file in which a person sees the votes on sentences, and what the label model makes of them.

It needs no network. Sentences come first where functions disagree; the page filters and searches.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from itertools import islice, zip_longest
from typing import Any

import numpy as np

from eigennamen.types import Prediction, Span
from eigennamen.weak.analysis import LFReport
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix
from eigennamen.weak.label_models import conflicts_as_outside

_TEMPLATE = resources.files("eigennamen.labeling") / "report.html"
_PLACEHOLDER = "__DATA__"
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
# what a sentence can be shown for: in the menu, above the sentence
KINDS = {
    "conflict": ("functions in conflict", "conflict"),
    "wrong": ("label model wrong against gold", "label model ✗"),
    "missed": ("gold that no function proposed", "gold not proposed"),
    "no vote": ("no vote", "no vote"),
}


def page(
    matrix: LabelMatrix,
    predicted: Sequence[Prediction],
    analysis: LFReport,
    *,
    title: str,
    facts: Iterable[str] = (),
    label_map: Mapping[str, str | None] | None = None,
    max_sentences: int | None = None,
) -> str:
    """The HTML of the report.

    ``facts`` are lines of text below its title; ``label_map`` leads from the labels that functions declare to those of
    the corpus.
    """
    sentences = sentence_views(matrix, predicted)
    chosen = select(sentences, max_sentences)
    totals = {kind: sum(kind in one["kinds"] for one in sentences) for kind in KINDS}
    without_gold = all(one["gold"] is None for one in sentences)
    data = {
        "title": title,
        "facts": [*facts, _what_is_shown(sentences, chosen)],
        "labels": matrix.labels,
        "functions": _functions(analysis, label_map or {}),
        "kinds": {
            kind: {"text": text, "short": short, "total": totals[kind]}
            for kind, (text, short) in KINDS.items()
            if not (without_gold and kind in ("wrong", "missed"))
        },
        "sentences": chosen,
    }
    return _TEMPLATE.read_text(encoding="utf-8").replace(_PLACEHOLDER, embedded(data))


def embedded(value: Any) -> str:
    r"""JSON that cannot end the script element around it, whatever the corpus contains.

    >>> print(embedded(["</script>"]))
    ["\u003c/script\u003e"]
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def sentence_views(matrix: LabelMatrix, predicted: Sequence[Prediction]) -> list[dict[str, Any]]:
    """Each sentence with all that is said about it.

    A span is ``[start, end, class]``, with class 0 for a vote against a name; those of the label model have their
    confidence behind it, votes the column of their function.
    """
    votes, conflicts = _votes(matrix), _conflicts(matrix)
    class_of = {label: 1 + index for index, label in enumerate(matrix.labels)}
    views = []
    for sentence, prediction, given, n_conflicts in zip(matrix.sentences, predicted, votes, conflicts, strict=True):
        gold = None if sentence.spans is None else _as_lists(sentence.spans, class_of)
        decided = _as_lists(prediction.spans, class_of)
        kinds = {
            "conflict": n_conflicts > 0,
            "wrong": gold is not None and decided != gold,
            "missed": any(span not in [vote[:3] for vote in given] for span in gold or ()),
            "no vote": not given,
        }
        view = {
            "id": sentence.id,
            "words": sentence.words,
            "votes": given,
            "model": [[*span, round(c, 3)] for span, c in zip(decided, prediction.confidences, strict=True)],
            "gold": gold,
            "conflicts": n_conflicts,
            "kinds": [kind for kind, applies in kinds.items() if applies],
        }
        views.append(view)
    return views


def select(views: Iterable[Mapping[str, Any]], limit: int | None) -> list[Mapping[str, Any]]:
    """At most ``limit`` sentences, those with most conflicts first, then by kind, then in their order.

    Every kind has its turn, so that conflicts do not crowd out what else there is to see.
    """
    ordered = sorted(views, key=_rank)
    by_kind = [[one for one in ordered if _first_kind(one) == kind] for kind in (*KINDS, "")]
    turns = (one for turn in zip_longest(*by_kind) for one in turn if one is not None)
    return sorted(islice(turns, limit), key=_rank)


def _functions(analysis: LFReport, label_map: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """The rows of the table; labels that the corpus drops keep their names."""
    rows = analysis.as_dict()["rows"]
    return [{**row, "polarity": [label_map.get(label) or label for label in row["polarity"]]} for row in rows]


def _first_kind(view: Mapping[str, Any]) -> str:
    return view["kinds"][0] if view["kinds"] else ""


def _rank(view: Mapping[str, Any]) -> tuple[int, int]:
    return -view["conflicts"], [*KINDS, ""].index(_first_kind(view))


def _what_is_shown(views: Sequence[Any], chosen: Sequence[Any]) -> str:
    if len(chosen) == len(views):
        return f"All {len(views):,} sentences are below, those with most conflicts first."
    return (
        f"{len(chosen):,} of {len(views):,} sentences are below, those with most conflicts first; every kind in the "
        "menu has its share (max_sentences=null shows all)."
    )


def _as_lists(spans: Iterable[Span], class_of: Mapping[str, int]) -> list[list[int]]:
    return [[span.start, span.end, class_of[span.label]] for span in spans]


def _votes(matrix: LabelMatrix) -> list[list[list[int]]]:
    """Of each sentence the votes as start, end, class, column, from left to right."""
    votes: list[list[list[int]]] = [[] for _ in matrix.sentences]
    for row, column in np.argwhere(matrix.votes > OUTSIDE).tolist():
        sentence, start, end = matrix.candidates[row].tolist()
        votes[sentence].append([start, end, int(matrix.votes[row, column]), column])
    for sentence, start, end, column in matrix.negative_votes.tolist():
        votes[sentence].append([start, end, OUTSIDE, column])
    return [sorted(one) for one in votes]


def _conflicts(matrix: LabelMatrix) -> list[int]:
    """How many candidates of each sentence functions disagree about, in label or boundary."""
    votes = conflicts_as_outside(matrix)
    highest = votes.max(axis=1, initial=ABSTAIN)
    lowest = np.where(votes == ABSTAIN, highest[:, None], votes).min(axis=1, initial=np.iinfo(votes.dtype).max)
    disputed = matrix.candidates[lowest < highest, 0]
    return np.bincount(disputed, minlength=len(matrix.sentences)).tolist()
