"""How far two annotators agree: Cohen's kappa over words, F1 over spans, and where they do not.

Kappa (J. Cohen, A coefficient of agreement for nominal scales, 1960) is taken over the words' IOB2 tags. Since most
words are outside of names for both, it stands beside the kappa of the words that at least one of them labelled, and
beside the pairwise F1 of exact spans, which needs no true negatives (Hripcsak and Rothschild 2005).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eigennamen.annotation.tasks import described, tab_separated
from eigennamen.schemes import spans_to_tags
from eigennamen.scoring import Scores, score
from eigennamen.types import Sentence, Span


@dataclass(frozen=True)
class Disagreement:
    """Spans that one annotator gave and the other did not, which overlap or stand alone; one side may be empty."""

    sentence: Sentence
    first: tuple[Span, ...]
    second: tuple[Span, ...]

    @property
    def kind(self) -> str:
        if not self.first or not self.second:
            return "missing"
        places = [{(span.start, span.end) for span in side} for side in (self.first, self.second)]
        return "label" if places[0] == places[1] else "boundary"


@dataclass(frozen=True, eq=False)
class Agreement:
    """``scores`` are those of the second annotator against the first: F1 is the same the other way round.

    ``only_first`` and ``only_second`` count sentences that one of them alone labelled; they are left aside.
    """

    n_words: int
    kappa: float
    kappa_labeled: float
    scores: Scores
    disagreements: tuple[Disagreement, ...]
    only_first: int = 0
    only_second: int = 0

    @property
    def span_f1(self) -> float:
        return self.scores.micro.f1


def agreement(first: Iterable[Sentence], second: Iterable[Sentence]) -> Agreement:
    """Compare the sentences that both have labelled (``spans`` is not None), matched by id.

    Raises:
        ValueError: there are none, or the words of a sentence differ.
    """
    by_id = {sentence.id: sentence for sentence in second if sentence.spans is not None}
    mine = [sentence for sentence in first if sentence.spans is not None]
    pairs = [(one, by_id[one.id]) for one in mine if one.id in by_id]
    if not pairs:
        raise ValueError("no sentence was labelled by both annotators: nothing to compare")
    scores = score([one for one, _ in pairs], [other for _, other in pairs])
    tags = [pair for one, other in pairs for pair in zip(_tags(one), _tags(other), strict=True)]
    return Agreement(
        n_words=len(tags),
        kappa=cohens_kappa(tags),
        kappa_labeled=cohens_kappa([pair for pair in tags if pair != ("O", "O")]),
        scores=scores,
        disagreements=tuple(found for one, other in pairs for found in disagreements(one, other)),
        only_first=len(mine) - len(pairs),
        only_second=len(by_id) - len(pairs),
    )


def _tags(sentence: Sentence) -> list[str]:
    return spans_to_tags(sentence.spans or (), len(sentence.words))


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Agreement beyond chance of two people's categories for the same items; 1 where they never could differ.

    >>> cohens_kappa([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")])
    0.5
    """
    n = len(pairs)
    if not n:
        return 1.0
    observed = sum(one == other for one, other in pairs) / n
    firsts, seconds = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    expected = sum(firsts[category] * seconds[category] for category in firsts) / n**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def disagreements(one: Sentence, other: Sentence) -> list[Disagreement]:
    """The spans on which two labelings of a sentence differ; those that overlap stand together."""
    mine, theirs = set(one.spans or ()), set(other.spans or ())
    found: list[Disagreement] = []
    end = 0
    for span in sorted(mine ^ theirs):
        first, second = ((span,), ()) if span in mine else ((), (span,))
        if found and span.start < end:
            last = found.pop()
            first, second = (*last.first, *first), (*last.second, *second)
        found.append(Disagreement(one, first, second))
        end = max(end, span.end)
    return found


def table(found: Mapping[tuple[str, str], Sequence[Disagreement]]) -> str:
    """Disagreements by the names of both annotators, as tab-separated lines under a head."""
    rows = [["first_by", "second_by", "sentence_id", "kind", "first", "second", "sentence"]]
    for names, of_both in found.items():
        for one in of_both:
            sides = [described(one.sentence, side) for side in (one.first, one.second)]
            rows.append([*names, one.sentence.id, one.kind, *sides, " ".join(one.sentence.words)])
    return tab_separated(rows)


def summary(names: tuple[str, str], found: Agreement) -> str:
    """The numbers in words, with the F1 of each label."""
    kinds = Counter(one.kind for one in found.disagreements)
    by_label = (f"{label} {100 * counts.f1:.1f}" for label, counts in found.scores.by_label.items())
    lines = [
        f"{names[0]} and {names[1]}: {len(found.scores.ids)} sentences, {found.n_words} words",
        f"Cohen's kappa over words: {found.kappa:.3f}; over words that either labelled: {found.kappa_labeled:.3f}",
        f"F1 of exact spans: {100 * found.span_f1:.1f} ({', '.join(by_label) or 'no spans'})",
        f"{len(found.disagreements)} disagreements ({', '.join(f'{n} {kind}' for kind, n in kinds.items()) or 'none'})",
    ]
    if found.only_first or found.only_second:
        lines.append(f"left aside, labelled by one alone: {found.only_first} and {found.only_second} sentences")
    return "\n".join(lines)
