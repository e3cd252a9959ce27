from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.corpora.checks import report
from eigennamen.corpora.conll import load
from eigennamen.schemes import spans_to_tags
from eigennamen.types import Span

Write = Callable[..., str]
SIMPLE = "Herr O\nKahl B-PER\n\nBonn B-LOC\n"


def test_reads_word_and_tag(write: Write) -> None:
    corpus = load(train=write("train.conll", SIMPLE))
    assert [(sentence.id, sentence.words, sentence.spans) for sentence in corpus.train] == [
        ("train-00001", ("Herr", "Kahl"), (Span(1, 2, "PER"),)),
        ("train-00002", ("Bonn",), (Span(0, 1, "LOC"),)),
    ]
    assert (corpus.labels, corpus.dev, corpus.test, corpus.counters) == (("LOC", "PER"), None, None, {})
    assert corpus.lf_label_map == {"LOC": "LOC", "PER": "PER"}


def test_blank_lines_carriage_returns_and_a_byte_order_mark_change_nothing(write: Write) -> None:
    odd = "\ufeff\n \n" + SIMPLE.replace("\n\n", "\n\n\t\n\n").replace("\n", "\r\n") + "\r\n"
    assert load(train=write("odd", odd)).train == load(train=write("plain", SIMPLE)).train


def test_tabs_keep_empty_columns_and_words_with_blanks(write: Write) -> None:
    path = write("a", "New York\t\tB-LOC\nliegt\tV\tO\n")
    for separator in ("tab", "\t", r"\t"):
        assert load(train=path, separator=separator).train[0].words == ("New York", "liegt")


def test_a_no_break_space_is_part_of_a_word(write: Write) -> None:
    assert load(train=write("a", "10\u00a0000 B-X\n")).train[0].words == ("10\u00a0000",)


def test_comments_stand_above_a_sentence_and_are_counted(write: Write) -> None:
    path = write("a", "# source\n# two\n#Bahn O\n# B-X\n\n# three\nBonn O\n")
    corpus = load(train=path, comment="# ")
    assert [sentence.words for sentence in corpus.train] == [("#Bahn", "#"), ("Bonn",)]
    assert corpus.counters == {"train: comment lines": 3}


def test_docstart_begins_a_document_and_is_no_sentence(write: Write) -> None:
    corpus = load(train=write("a", "-DOCSTART- -X- O\n\na B-X\n\nb O\n-DOCSTART- -y- O O\nc O\n"))
    assert [(s.words, s.document) for s in corpus.train] == [
        (("a",), "train-1"),
        (("b",), "train-1"),
        (("c",), "train-2"),
    ]


def test_schemes_and_repairs(write: Write) -> None:
    path = write("a", "a I-X\nb I-X\nc B-X\n")
    assert load(train=path, scheme="IOB1").train[0].spans == (Span(0, 2, "X"), Span(2, 3, "X"))
    assert load(train=path, repair="discard").train[0].spans == (Span(2, 3, "X"),)
    assert load(train=path, repair="begin").counters == {"train: invalid tags repaired": 1}
    bioes = write("b", "a B-X\nb E-X\nc S-X\n")
    assert load(train=bioes, scheme="BIOES").train[0].spans == (Span(0, 2, "X"), Span(2, 3, "X"))


def test_labels_are_renamed_or_dropped_and_counted(write: Write) -> None:
    path = write("a", "a B-GPE\nb B-DATE\nc B-PER\n")
    corpus = load(train=path, label_map={"GPE": "LOC", "DATE": None})
    assert corpus.train[0].spans == (Span(0, 1, "LOC"), Span(2, 3, "PER"))
    assert corpus.counters == {"train: spans of GPE renamed LOC": 1, "train: spans of DATE dropped": 1}
    with pytest.raises(ValueError, match=r"corpus\.label_map names GEP, which no file has"):
        load(train=path, label_map={"GEP": "LOC"})


def test_dev_may_have_labels_that_train_lacks(write: Write) -> None:
    corpus = load(train=write("a", "a B-X\n"), dev=write("b", "b B-Y\nc B-Y\n"))
    assert corpus.labels == ("X", "Y")
    assert report(corpus).labels_not_in_train == {"dev": {"Y": 2}}


def test_files_without_tags(write: Write) -> None:
    words = write("a.txt", "Herr\nKahl\n\nBonn\n")
    corpus = load(train=words, tag_column=None, labels=["PER"])
    assert [sentence.spans for sentence in corpus.train] == [None, None]
    with pytest.raises(ValueError, match=r"has no labels.*corpus.labels=\[PER,LOC\]"):
        load(train=words, tag_column=None)
    with pytest.raises(ValueError, match=r"a\.txt:1: 'Herr' has 1 column\(s\); (.*\n)+.*corpus.tag_column \(null"):
        load(train=words)


def test_unlabeled_text_alone_is_enough(write: Write) -> None:
    corpus = load(unlabeled=write("a.txt", "Herr Kahl\n"), test=write("t", SIMPLE))
    assert (len(corpus.train), len(corpus.unlabeled), len(corpus.test or ())) == (0, 1, 2)


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        ("a O\nb\n", {}, r"t:2: 'b' has 1 column\(s\); expected the word in column 0 and the tag in column -1"),
        ("a O\nb O\n", {"tag_column": 2}, r"t:1: 'a O' has 2 column\(s\); .* the tag in column 2"),
        ("a O\n\tO\n", {"separator": "tab"}, r"t:1: 'a O' has 1 column"),
        ("a\tO\n\tO\n", {"separator": "tab"}, r"t:2: '\\tO' has an empty word in column 0"),
        ("a O\nb B_PER\n", {}, r"t:2: tag 'B_PER' is not IOB2; expected O, B-LABEL, I-LABEL"),
        ("a B-PER\nb I-LOC\n", {}, r"t:2: tag 'I-LOC' continues no span of its label"),
        ("a O\nb B-PRE\n", {"labels": ["PER", "LOC"]}, r"t:2: tag 'B-PRE': label 'PRE' is unknown; .* PER, LOC"),
        ("# c\na O\n", {}, r"t:1: tag 'c' is not IOB2.*\n.*corpus.comment"),
        ("", {}, "t: the file is empty"),
    ],
)
def test_bad_lines_are_named(write: Write, content: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(train=write("t", content), **settings)  # type: ignore[arg-type]


def test_all_bad_sentences_are_reported_at_once(write: Write) -> None:
    with pytest.raises(ValueError, match=r"(?s)t:1: .*t:3: .*t:9: .*\.\.\. and 2 more\nlook at corpus\."):
        load(train=write("t", "a x\n\n" * 7))


def test_settings_are_checked(write: Write) -> None:
    path = write("t", SIMPLE)
    with pytest.raises(ValueError, match=r"corpus\.repair is 'fix'; expected one of error, begin, discard"):
        load(train=path, repair="fix")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"corpus\.scheme is 'IOB'; expected one of IOB2, BIOES, IOB1"):
        load(train=path, scheme="IOB")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"no sentences in dev; set it to null"):
        load(train=path, dev=write("dev", "-DOCSTART- O\n"))


def test_missing_files_and_no_files() -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere: no such file .*; set corpus\.dev"):
        load(dev="nowhere")
    with pytest.raises(ValueError, match=r"no file given; set corpus\.train"):
        load()


WORDS = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=5)


@given(st.lists(st.lists(st.tuples(WORDS, st.sampled_from(["", "X", "Y"])), min_size=1, max_size=6), min_size=1))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[tuple[str, str]]]
) -> None:
    """Every second span is two words long where the next word belongs to nothing."""
    gold = [
        tuple(
            Span(i, i + 1 + (i + 1 < len(sentence) and not sentence[i + 1][1]), label)
            for i, (_, label) in enumerate(sentence)
            if label
        )
        for sentence in sentences
    ]
    words = [tuple(word for word, _ in sentence) for sentence in sentences]
    lines = [
        "".join(f"{word}\t{tag}\n" for word, tag in zip(one, spans_to_tags(spans, len(one)), strict=True))
        for one, spans in zip(words, gold, strict=True)
    ]
    path = tmp_path_factory.mktemp("written") / "t"
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    corpus = load(train=str(path), labels=["X", "Y"])
    assert [(sentence.words, sentence.spans) for sentence in corpus.train] == list(zip(words, gold, strict=True))


@pytest.mark.data
def test_traffic_tweets_of_mobie(data_dir: Path) -> None:
    paths = {split: str(data_dir / f"mobie-de/{split}.conll2003") for split in ("train", "dev", "test")}
    corpus = load(**paths, repair="begin")  # type: ignore[arg-type]
    assert [len(split) for _, split in corpus.splits()] == [4785, 1082, 1210]
    assert len(corpus.labels) == 20
    assert len({sentence.document for sentence in corpus.train}) == 2115
    assert sum(sentence.words[0].startswith("#") for sentence in corpus.train) > 100


@pytest.mark.data
def test_wikigold_is_iob1(data_dir: Path) -> None:
    path = str(data_dir / "wikigold-en/wikigold.conll.txt")
    assert sum(len(sentence.spans or ()) for sentence in load(train=path, scheme="IOB1").train) == 3558


@pytest.mark.data
@pytest.mark.slow
def test_court_rulings_and_tweets(data_dir: Path) -> None:
    sizes = {"bag": 12791, "bfh": 8522, "bpatg": 12016, "bsg": 8083, "bverwg": 10216}
    for court, size in sizes.items():
        assert len(load(train=str(data_dir / f"german-ler/by-court-{court}.conll")).train) == size
    assert len(load(train=str(data_dir / "wnut17-en/wnut17train.conll")).labels) == 6


@pytest.mark.data
@pytest.mark.slow
def test_all_sentences_of_a_corpus_are_read(data_dir: Path) -> None:
    corpus = load(train=str(data_dir / "wikineural-de/train.conllu"), word_column=1)
    assert len(corpus.train) == 9330
