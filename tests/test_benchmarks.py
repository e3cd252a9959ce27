from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from benchmarks import Comparison, alternate, report

from eigennamen.types import Corpus, Sentence, Span
from eigennamen.weak.gazetteer import gazetteer
from eigennamen.weak.label_matrix import LabelMatrix, apply_labeling_functions
from eigennamen.weak.labeling_function import NegativeVote, Vote, labeling_function


@labeling_function(labels=["PER"])
def after_herr(sentence: Sentence) -> Iterator[Span]:
    for i, word in enumerate(sentence.words[:-1]):
        if word == "Herr":
            yield Span(i + 1, i + 2, "PER")


@labeling_function(labels=["PER"])
def with_herr(sentence: Sentence) -> Iterator[Span]:
    for i, word in enumerate(sentence.words[:-1]):
        if word == "Herr":
            yield Span(i, i + 2, "PER")


@labeling_function(labels=[])
def small(sentence: Sentence) -> Iterator[Vote]:
    for i, word in enumerate(sentence.words):
        if word.islower():
            yield NegativeVote(i, i + 1)


TOWNS = gazetteer(name="towns", label="LOC", entries=["Kiel", "Bad Ems"])
FUNCTIONS = (after_herr, with_herr, small, TOWNS)
CORPUS = Corpus(
    "tiny",
    ("PER", "LOC"),
    [
        Sentence("s0", ("Herr", "Roth", "wohnt", "in", "Bad", "Ems"), (Span(1, 2, "PER"), Span(4, 6, "LOC"))),
        Sentence("s1", ("Kiel", "liegt", "am", "Meer"), (Span(0, 1, "LOC"),)),
        Sentence("s2", ("Herr", "Kiel", "schweigt"), (Span(1, 2, "PER"),)),
        Sentence("s3", ("Regen",), ()),
    ],
)


def tiny_matrix() -> LabelMatrix:
    return apply_labeling_functions(
        FUNCTIONS, CORPUS.train, labels=CORPUS.labels, label_map={"PER": "PER", "LOC": "LOC"}
    )


def test_the_ratio_is_the_median_over_turns_not_the_ratio_of_medians() -> None:
    row = Comparison("words", "words/s", ours=(100.0, 900.0, 300.0), peer=(50.0, 100.0, 300.0), goal="at least 1.6")
    assert row.ratios == [2.0, 9.0, 1.0]
    assert row.cells() == ("words", "words/s", "300", "100", "2.00", "1.00 to 9.00", "at least 1.6")


def test_a_single_repetition_has_no_spread() -> None:
    assert Comparison("padding", "share", (0.08,), (0.5,)).cells() == (
        "padding",
        "share",
        "0.080",
        "0.500",
        "0.16",
        "",
        "",
    )


def test_a_peer_that_reaches_nothing_does_not_lose_the_report() -> None:
    assert Comparison("quality", "F1", (0.5,), (0.0,)).cells()[4] == "inf"


def test_repetitions_must_come_in_pairs() -> None:
    with pytest.raises(ValueError, match="shorter"):
        _ = Comparison("words", "words/s", (1.0, 2.0), (1.0,)).ratios


def test_the_sides_take_turns_and_the_first_turn_is_thrown_away() -> None:
    calls: list[str] = []

    def side(name: str) -> int:
        calls.append(name)
        return len(calls)

    assert alternate(lambda: side("ours"), lambda: side("peer"), repetitions=2) == [(3, 4), (5, 6)]
    assert calls == ["ours", "peer"] * 3
    assert alternate(lambda: side("ours"), lambda: side("peer"), repetitions=1, warm_up=False) == [(7, 8)]


def test_the_report_is_markdown() -> None:
    rows = [Comparison("`train.py --help`", "s", (0.3,), (0.2,), goal="at most 1.5")]
    text = report(rows, facts={"date": "2026-01-31"}, skipped={"gazetteers": "needs skweak"})
    assert text == (
        "# Speed against the peers\n\nWritten by `make benchmarks`; README.md says how to read it.\n\n"
        "- date: 2026-01-31\n\n"
        "| benchmark | unit | ours | peer | ratio | least to most | goal |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| `train.py --help` | s | 0.300 | 0.200 | 1.50 |  | at most 1.5 |\n\n"
        "- skipped gazetteers: needs skweak\n"
    )


@pytest.mark.slow
def test_the_plain_route_of_snorkel_has_our_votes_and_posteriors() -> None:
    from benchmarks import snorkel_model

    fitted, matrix, posteriors = snorkel_model.ours(FUNCTIONS, CORPUS)
    votes, expected = snorkel_model.theirs(
        FUNCTIONS, CORPUS, fitted, points=snorkel_model.candidates, rule=snorkel_model.of_candidate
    )
    assert matrix.candidates.tolist() == [[0, 0, 2], [0, 1, 2], [0, 4, 6], [1, 0, 1], [2, 0, 2], [2, 1, 2]]
    assert votes.tolist() == [
        [0, 1, -1, -1],  # overlapped by another span of the function
        [1, 0, -1, -1],
        [-1, -1, -1, 2],
        [-1, -1, -1, 2],
        [0, 1, -1, 0],
        [1, 0, -1, 2],
    ]
    np.testing.assert_allclose(snorkel_model.without_unvoted(votes, expected), posteriors, atol=1e-4)


@pytest.mark.slow
def test_on_words_a_function_gives_the_class_of_its_longest_span() -> None:
    from benchmarks import snorkel_model

    fitted, _, _ = snorkel_model.ours(FUNCTIONS, CORPUS)
    votes, posteriors = snorkel_model.theirs(
        FUNCTIONS, CORPUS, fitted, points=snorkel_model.words, rule=snorkel_model.of_word
    )
    assert votes.T.tolist() == [
        [-1, 1, -1, -1, -1, -1, *(-1, -1, -1, -1), *(-1, 1, -1), -1],
        [1, 1, -1, -1, -1, -1, *(-1, -1, -1, -1), *(1, 1, -1), -1],
        [-1, -1, 0, 0, -1, -1, *(-1, 0, 0, -1), *(-1, -1, 0), -1],
        [-1, -1, -1, -1, 2, 2, *(2, -1, -1, -1), *(-1, 2, -1), -1],
    ]
    assert posteriors.shape == (14, 3)


@pytest.mark.slow
def test_skweak_finds_what_our_functions_find() -> None:
    pytest.importorskip("skweak", reason="needs skweak: make benchmarks installs it")
    from benchmarks import labeling_functions
    from benchmarks.weak import documents_of, peer

    skweak, spacy = peer()
    documents = documents_of(CORPUS.train, spacy)
    annotators = [labeling_functions.annotator(skweak, function) for function in FUNCTIONS]
    assert labeling_functions.check_same(FUNCTIONS, CORPUS.train, annotators, documents) == 12
    assert [(span.start, span.end, span.label_) for span in documents[0].spans["small"]] == [
        (2, 3, "NONE"),
        (3, 4, "NONE"),
    ]
    other = gazetteer(name="towns", label="LOC", entries=["Kiel"])
    with pytest.raises(ValueError, match=r"towns, sentence s0: ours \[\(4, 6, 'LOC'\)\], skweak \[\]"):
        labeling_functions.check_same([TOWNS], CORPUS.train, [labeling_functions.annotator(skweak, other)], documents)


@pytest.mark.slow
def test_skweak_has_our_votes_in_its_hidden_markov_model() -> None:
    pytest.importorskip("skweak", reason="needs skweak: make benchmarks installs it")
    from benchmarks import hidden_markov
    from benchmarks.weak import documents_of, peer

    skweak, spacy = peer()
    documents = documents_of(CORPUS.train, spacy)
    hidden_markov.store_votes(tiny_matrix(), documents, spacy)
    stored = {name: [(s.start, s.end, s.label_) for s in group] for name, group in documents[0].spans.items()}
    assert stored == {"after_herr": [(1, 2, "PER")], "with_herr": [(0, 2, "PER")], "towns": [(4, 6, "LOC")]}
    found = hidden_markov.theirs(skweak, CORPUS.train, documents, ["PER", "LOC"], n_iterations=1)
    assert [sentence.spans for sentence in found[1:]] == [(Span(0, 1, "LOC"),), found[2].spans, ()]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", ["labeling_functions", "hidden_markov", "snorkel_model"])
def test_a_benchmark_of_weak_supervision_runs(name: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skweak", reason="needs skweak: make benchmarks installs it")
    from importlib import import_module

    module = import_module(f"benchmarks.{name}")
    whole = module.load(data_dir=str(data_dir / "wikineural-de"))
    tiny = Corpus(whole.name, whole.labels, list(islice(whole.train, 40)))
    monkeypatch.setattr(module, "load", lambda **_: tiny)
    monkeypatch.setattr(module, "REPETITIONS", 1)
    rows = module.run()
    assert all(value > 0 for row in rows if row.unit == "words/s" for value in (*row.ours, *row.peer))
    assert rows[0].goal == "at least 5"


@pytest.mark.slow
def test_a_function_that_says_what_is_allowed_enforces_our_grammar() -> None:
    from benchmarks import generation
    from writers import ANNA, KIEL, NOBODY, batch_of, text_codec, tiny_t5

    from eigennamen.modules.generator import SpanGenerator

    codec = text_codec()
    for seed in range(3):
        generator = SpanGenerator(codec=codec, body=tiny_t5(codec, seed=seed))
        batch = batch_of(codec, [ANNA, NOBODY, KIEL])
        assert generation.constrained(generator, batch) == generation.drafted(generator, batch)
        assert set(map(len, generation.free(generator, batch, lengths={id(batch): 7}))) == {7}
        assert (generator.passes.texts, generator.passes.ties) == (3, 0)
