from collections.abc import Callable

import pytest

from eigennamen.corpora.plain_text import read_unlabeled
from eigennamen.types import Sentence

Write = Callable[..., str]


def test_no_path_means_no_sentences() -> None:
    assert read_unlabeled(None) == ()


def test_plain_text_keeps_its_exact_characters(write: Write) -> None:
    path = write("reden.txt", "Herr  Kahl kommt.\n\n \nGut\n")
    assert read_unlabeled(path) == (
        Sentence(
            "unlabeled-reden-000001",
            ("Herr", "Kahl", "kommt", "."),
            text="Herr  Kahl kommt.",
            offsets=((0, 4), (6, 10), (11, 16), (16, 17)),
        ),
        Sentence("unlabeled-reden-000002", ("Gut",), text="Gut", offsets=((0, 3),)),
    )


def test_one_word_a_line_takes_the_first_column(write: Write) -> None:
    path = write("a.conll", "#Bahn O\nkommt O\n\n# O\n1 O\n")
    assert [sentence.words for sentence in read_unlabeled(path)] == [("#Bahn", "kommt"), ("#", "1")]
    assert all(sentence.spans is None and sentence.text is None for sentence in read_unlabeled(path))


def test_a_tab_separates_words_with_blanks(write: Write) -> None:
    assert read_unlabeled(write("a.words", "New York\tO\nliegt\tO\n"))[0].words == ("New York", "liegt")


@pytest.mark.parametrize("first", [0, 1])
def test_numbered_words_are_in_the_second_column_below_comments(write: Write, first: int) -> None:
    path = write("a.tsv", f"#\thttp://x.de\t[2010]\t\n{first}\tHerr\tO\n{first + 1}\t#\tO\n\n# y\n{first}\tKahl\tO\n")
    assert [sentence.words for sentence in read_unlabeled(path)] == [("Herr", "#"), ("Kahl",)]


def test_of_a_contraction_the_word_in_the_text_counts(write: Write) -> None:
    im_haus = "# sent_id = 1\n1-2\tIm\t_\n1\tIn\t_\n2\tdem\t_\n3\tHaus\t_\n3.1\tist\t_\n\n"
    path = write("a.conllu", im_haus + "1\tWir\t_\n2-3\tzum\t_\n2\tzu\t_\n3\tdem\t_\n")
    assert [sentence.words for sentence in read_unlabeled(path)] == [("Im", "Haus"), ("Wir", "zum")]


def test_lines_without_a_word_are_named(write: Write) -> None:
    with pytest.raises(ValueError, match=r"a\.conllu:2: 'x\\tim\\t_': expected a number and a word"):
        read_unlabeled(write("a.conllu", "1\tWir\t_\nx\tim\t_\n"))
    with pytest.raises(ValueError, match=r"b\.tsv:2: '\\tO': expected a word"):
        read_unlabeled(write("b.tsv", "a\tO\n\tO\n"))


def test_json_lines_are_no_plain_text(write: Write) -> None:
    with pytest.raises(ValueError, match="corpus=jsonl"):
        read_unlabeled(write("a.jsonl", "{}"))


@pytest.mark.data
def test_real_queries(data_dir: object) -> None:
    assert len(read_unlabeled(f"{data_dir}/queries-de/queries.txt")) == 3426
