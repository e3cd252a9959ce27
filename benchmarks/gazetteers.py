"""Words a second that three large gazetteers look up, against skweak's GazetteerAnnotator (Lison et al. 2021).

Towns (14 k names), firms (88 k) and surnames (112 k), each a labeling function of ours and an annotator of skweak's,
over the training sentences of WikiNEuRal German. Reading the lists and building tries, sentences and spaCy documents
is not timed. Before the timing both sides' matches are compared, and a difference is an error.

Both are set to the same semantics. Ours: ``inflected=False``. Skweak: ``additional_checks=False`` (they ask a parser's
dependencies), no look-ups in other casing, and a bare spaCy vocabulary, in which no word counts as punctuation (an
annotator never begins a match at one). Its look-ahead of ten words stays: no longer name occurs. Either side then finds
the longest name at each place, from left to right. Skweak keeps the words of the last document, so documents are its
outer loop, as sentences are ours.
"""

import os
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import Comparison, UnavailableError, alternate
from benchmarks.weak import documents_of, peer
from eigennamen.corpora.wikineural_de import load
from eigennamen.text import words_with_offsets
from eigennamen.weak.gazetteer import gazetteer, read_names

LISTS = {"stadtnamen": "LOC", "firmennamen": "ORG", "personennamen": "PER"}
REPETITIONS = 7


def data_dir() -> Path:
    """The folder of the real corpora."""
    folder = os.environ.get("EIGENNAMEN_DATA")
    if not folder:
        raise UnavailableError("needs WikiNEuRal German and the gazetteers: set EIGENNAMEN_DATA to their folder")
    return Path(folder)


def run() -> list[Comparison]:
    """Compare the matches, then the speed."""
    skweak, spacy = peer()
    paths = {name: str(data_dir() / "gazetteers-de" / "ler" / f"{name}.list") for name in LISTS}
    sentences = load(data_dir=str(data_dir() / "wikineural-de")).train
    functions = [gazetteer(name=name, label=label, path=paths[name], inflected=False) for name, label in LISTS.items()]
    documents = documents_of(sentences, spacy)
    annotators = [_annotator(skweak, name, paths[name]) for name in LISTS]

    ours, theirs = partial(_apply, functions, sentences), partial(_apply, annotators, documents)
    matches = _check_same(functions, sentences, annotators, documents)
    turns = alternate(ours, theirs, repetitions=REPETITIONS)
    n_words = sum(len(sentence.words) for sentence in sentences)
    rates = [tuple(n_words / seconds for seconds in side) for side in zip(*turns, strict=True)]
    return [Comparison(f"three gazetteers, {matches:,} equal matches", "words/s", *rates, goal="at least 5")]


def _annotator(skweak: Any, name: str, path: str) -> Any:
    """Skweak's annotator with the names of a file, cut into words as ours are."""
    trie = skweak.gazetteers.Trie()
    for entry in read_names(path):
        trie.add([word for word, _, _ in words_with_offsets(entry)])
    return skweak.gazetteers.GazetteerAnnotator(name, {LISTS[name]: trie}, additional_checks=False)


def _apply(functions: Iterable[Callable[[Any], object]], texts: Iterable[Any]) -> float:
    """Seconds that all functions take on all texts."""
    started = time.perf_counter()
    for text in texts:
        for function in functions:
            function(text)
    return time.perf_counter() - started


def _check_same(functions: Any, sentences: Any, annotators: Any, documents: Any) -> int:
    """The number of matches; raises ValueError where the two sides differ."""
    matches = 0
    for sentence, document in zip(sentences, documents, strict=True):
        for function, annotator in zip(functions, annotators, strict=True):
            ours = [(span.start, span.end, span.label) for span in function(sentence)]
            peer = [(span.start, span.end, span.label_) for span in annotator(document).spans[annotator.name]]
            if ours != peer:
                raise ValueError(f"{function.name}, sentence {sentence.id}: ours {ours}, skweak {peer}")
            matches += len(ours)
    return matches
