"""Document consistency: what is a name in one place is the same name elsewhere in the document."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from eigennamen.types import Sentence, Span
from eigennamen.weak.gazetteer import Name, NameList
from eigennamen.weak.labeling_function import LabelingFunction, Rule, Vote, hash_of, needs_text
from eigennamen.weak.loading import load_labeling_functions


def document_consistency(
    *,
    name: str,
    functions: Mapping[str, str | LabelingFunction],
    last_words: Sequence[str] = (),
    min_votes: int = 1,
) -> LabelingFunction:
    """Labels a mention wherever it occurs in a document in which other functions label it somewhere.

    Its label is the majority of their votes in the document; on a tie nothing is said. Sentences without a document
    are abstained from: a whole corpus is none. Matches do not overlap, the longest at each place.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        functions: the others by name, each a LabelingFunction or the dotted path of one; negative votes do not count.
        last_words: labels whose mentions also count by their last word alone (``Angela Merkel``, then ``Merkel``).
        min_votes: votes that a mention needs in a document.
    """
    wrapped = load_labeling_functions(functions)
    labels = tuple(dict.fromkeys(label for lf in wrapped for label in lf.labels))

    def prepare(sentences: Sequence[Sentence]) -> Rule:
        ready = [lf.prepared(sentences) for lf in wrapped]
        votes: dict[str, dict[Name, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for sentence in sentences:
            if sentence.document is not None:
                for mention, label in _mentions(ready, sentence, last_words):
                    votes[sentence.document][mention][label] += 1
        known = {document: _decided(mentions, min_votes) for document, mentions in votes.items()}
        lists = {document: NameList.from_names(mentions) for document, mentions in known.items()}

        def search(sentence: Sentence) -> Iterator[Vote]:
            if sentence.document in lists:
                for start, end in lists[sentence.document].find(sentence.words):
                    yield Span(start, end, known[sentence.document][sentence.words[start:end]])

        return search

    data = ([(lf.name, lf.fingerprint) for lf in wrapped], list(last_words), min_votes)
    return needs_text(name=name, labels=labels, prepare=prepare, fingerprint=hash_of(document_consistency, *data))


def _mentions(
    functions: Sequence[LabelingFunction], sentence: Sentence, last_words: Sequence[str]
) -> Iterator[tuple[Name, str]]:
    """Every vote for a label, as the words and the label."""
    for function in functions:
        for vote in function(sentence):
            if isinstance(vote, Span):
                yield sentence.words[vote.start : vote.end], vote.label
                if vote.label in last_words and vote.length > 1:
                    yield sentence.words[vote.end - 1 : vote.end], vote.label


def _decided(mentions: Mapping[Name, Counter[str]], min_votes: int) -> dict[Name, str]:
    """The label of each mention that most votes are for."""
    decided = {}
    for mention, counts in mentions.items():
        best = counts.most_common(2)
        if counts.total() >= min_votes and (len(best) == 1 or best[0][1] > best[1][1]):
            decided[mention] = best[0][0]
    return decided
