"""Words a second that the German labeling functions and a majority vote label, against skweak (Lison et al. 2021).

All functions of ``german_large`` run over the training sentences of WikiNEuRal German, and whole-span majority vote
makes flat spans and tag probabilities of their votes. Skweak does the same with as many annotators of its own, on spaCy
documents that have our words and no pipeline; its sequential majority voter, the one for entities, makes spans and
probabilities. Reading lists, making sentences and documents, and the counting of words by the functions that must see
all of the text first is not timed.

What is equivalent: every function has its counterpart, and before the timing the matches of each are compared on every
sentence; a difference is an error. Gazetteers are skweak's GazetteerAnnotator with the same names, set as in
``gazetteers.py``, and what we ask about the context of a match is asked there too. All other rules are skweak's
FunctionAnnotators around *our own* code, on words that are read from a document once for all of them, and without our
check of every vote. A user of skweak would write such rules on spaCy's tokens, which costs more: what is compared is
the machinery around the rules, skweak's at its best.

What is not: skweak has no vote against an entity. Our functions that only give such votes run on both sides, but its
voter passes over the label NONE that they get there. And its voter counts words, ours whole spans: the two label models
answer differently, and the last row says how well.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from inspect import getclosurevars
from typing import Any

from benchmarks import Comparison, alternate
from benchmarks.gazetteers import data_dir
from benchmarks.weak import documents_of, german_functions, identity, labelled, micro_f1, peer
from eigennamen.corpora.wikineural_de import load
from eigennamen.types import Corpus, Prediction, Sentence
from eigennamen.weak.aggregation import predictions
from eigennamen.weak.label_matrix import apply_labeling_functions
from eigennamen.weak.label_models import MajorityVote
from eigennamen.weak.labeling_function import LabelingFunction, NegativeVote, Vote

REPETITIONS = 5
AGGREGATED = "majority vote"
NONE = "NONE"  # the label of a vote against an entity


def run() -> list[Comparison]:
    """Compare the matches, then speed and spans."""
    skweak, spacy = peer()
    corpus = load(data_dir=str(data_dir() / "wikineural-de"))
    functions = [function.prepared(corpus.train) for function in german_functions(data_dir())]
    documents = documents_of(corpus.train, spacy)
    annotators = [annotator(skweak, function) for function in functions]
    voter = skweak.voting.SequentialMajorityVoter(AGGREGATED, list(corpus.labels))

    matches = check_same(functions, corpus.train, annotators, documents)
    ours, theirs = partial(_ours, functions, corpus), partial(_peer, [*annotators, voter], documents)
    turns = alternate(lambda: _timed(ours), lambda: _timed(theirs), repetitions=REPETITIONS)
    n_words = sum(len(sentence.words) for sentence in corpus.train)
    rates = [tuple(n_words / seconds for seconds in side) for side in zip(*turns, strict=True)]
    quality = [micro_f1(corpus.train, ours()), micro_f1(corpus.train, labelled(corpus.train, documents, AGGREGATED))]
    name = f"{len(functions)} labeling functions, {matches:,} equal matches, and majority vote"
    return [
        Comparison(name, "words/s", *rates, goal="at least 5"),
        Comparison("its strict micro F1 on the same sentences", "F1", *((value,) for value in quality)),
    ]


def annotator(skweak: Any, function: LabelingFunction) -> Any:
    """Skweak's counterpart of one of our functions."""
    closure = getclosurevars(function.function).nonlocals
    if "listed" not in closure:
        return skweak.heuristics.FunctionAnnotator(function.name, partial(_found, function.function))
    assert not closure["compounds"], f"{function.name}: skweak's gazetteers know no compounds"
    trie = skweak.gazetteers.Trie([list(name) for name in closure["listed"].names])
    label, accept, lower = closure["label"] or NONE, closure["accept"], closure["case"] == "lower"

    class Gazetteer(skweak.gazetteers.GazetteerAnnotator):  # type: ignore[misc]
        """What is in the list and accepted in its context."""

        def find_spans(self, document: Any) -> Iterator[tuple[int, int, str]]:
            words = _sentence(document).words
            if not (lower and any(word != word.lower() for word in words)):
                for start, end, given in super().find_spans(document):
                    if accept is None or accept(words, start, end):
                        yield start, end, given

    return Gazetteer(function.name, {label: trie}, additional_checks=False)


def check_same(
    functions: Sequence[LabelingFunction], sentences: Sequence[Sentence], annotators: Sequence[Any], documents: Any
) -> int:
    """The number of matches; raises ValueError where the two sides differ."""
    matches = 0
    for sentence, document in zip(sentences, documents, strict=True):
        for function, one in zip(functions, annotators, strict=True):
            ours = sorted(map(_triple, function(sentence)))
            found = sorted((span.start, span.end, span.label_) for span in one(document).spans[one.name])
            if ours != found:
                raise ValueError(f"{function.name}, sentence {sentence.id}: ours {ours}, skweak {found}")
            matches += len(ours)
    return matches


@lru_cache(maxsize=1)  # as skweak keeps the words of the last document
def _sentence(document: Any) -> Sentence:
    return Sentence("document", tuple(token.text for token in document))


def _found(rule: Callable[[Sentence], Iterable[Vote]], document: Any) -> Iterator[tuple[int, int, str]]:
    return map(_triple, rule(_sentence(document)))


def _triple(vote: Vote) -> tuple[int, int, str]:
    return vote.start, vote.end, NONE if isinstance(vote, NegativeVote) else vote.label


def _ours(functions: Sequence[LabelingFunction], corpus: Corpus) -> list[Prediction]:
    matrix = apply_labeling_functions(functions, corpus.train, labels=corpus.labels, label_map=identity(corpus))
    return predictions(matrix, MajorityVote().fit(matrix).predict_proba(matrix))


def _peer(annotators: Sequence[Any], documents: Sequence[Any]) -> None:
    for document in documents:
        for one in annotators:
            one(document)


def _timed(side: Callable[[], object]) -> float:
    started = time.perf_counter()
    side()
    return time.perf_counter() - started
