import json

from eigennamen.corpora.checks import SplitReport, report
from eigennamen.types import Corpus, Sentence, Span


def _sentence(id_: str, words: str, *spans: Span) -> Sentence:
    return Sentence(id_, tuple(words.split()), spans)


PER, LOC = Span(0, 1, "PER"), Span(0, 1, "LOC")
CORPUS = Corpus(
    name="probe",
    labels=("LOC", "PER"),
    train=[_sentence("a", "Kahl kommt", PER), _sentence("b", "Kahl kommt", PER), _sentence("c", "Kahl kommt .")],
    dev=[_sentence("d", "Kahl kommt.", PER), _sentence("e", "Bonn", LOC)],
    unlabeled=[Sentence("f", ("Bonn",))],
    counters={"train: spans of OTH dropped": 2},
)


def test_counts_sizes_duplicates_and_what_was_lost() -> None:
    found = report(CORPUS)
    assert found.splits["train"] == SplitReport(3, without_labels=0, words=7, spans={"PER": 2}, duplicates=1)
    assert found.splits["unlabeled"] == SplitReport(1, without_labels=1, words=1, spans={}, duplicates=0)
    assert found.counters == {"train: spans of OTH dropped": 2}


def test_leaks_are_found_however_words_are_cut() -> None:
    assert report(CORPUS).leaks == {"train, dev": 1, "train, unlabeled": 0, "dev, unlabeled": 1}


def test_labels_that_train_lacks_are_counted() -> None:
    assert report(CORPUS).labels_not_in_train == {"dev": {"LOC": 1}}
    unlabeled = Corpus(name="u", labels=("LOC",), train=[Sentence("f", ("Bonn",))], dev=[_sentence("e", "Bonn", LOC)])
    assert report(unlabeled).labels_not_in_train == {}


def test_is_a_table_with_a_line_for_each_warning_and_plain_values_for_a_record() -> None:
    found = report(CORPUS)
    assert str(found).splitlines() == [
        "probe                 train  dev  unlabeled",
        "sentences                 3    2          1",
        "words                     7    3          1",
        "spans                     2    2          0",
        "  LOC                     0    1          0",
        "  PER                     2    1          0",
        "spans of OTH dropped      2    0          0",
        "train: 1 sentences repeat an earlier one",
        "train, dev: 1 sentences of the latter are in the former too",
        "dev, unlabeled: 1 sentences of the latter are in the former too",
        "dev: spans of labels that train lacks: LOC (1)",
    ]
    assert json.loads(json.dumps(found.as_dict()))["splits"]["dev"]["spans"] == {"LOC": 1, "PER": 1}
