"""The embedded corpus: who shares what with whom, and that its sentences are put together right."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from inspect import signature
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from omegaconf import OmegaConf

import eigennamen.weak
from eigennamen.corpora.mini import LF_LABEL_MAP, generator, load
from eigennamen.corpora.mini.generator import REGISTERS, carriers_of, fillers_of, generate
from eigennamen.corpora.mini.grammar import (
    has_name,
    is_made,
    read_carriers,
    read_fillers,
    realize,
    slot_label,
    slots,
)
from eigennamen.types import Corpus, Sentence, fingerprint

CONF = Path(__file__).parents[1] / "conf" / "corpus" / "mini.yaml"
LISTS = Path(eigennamen.weak.__path__[0]) / "lists"
SPLITS = ("train", "dev", "test")


@pytest.fixture(scope="module")
def mini() -> Corpus:
    return load()


def _sentences(corpus: Corpus) -> Iterator[Sentence]:
    return chain(corpus.train, corpus.dev or (), corpus.test or ())


def _mentions(sentences: Iterator[Sentence] | tuple[Sentence, ...]) -> list[str]:
    return [sentence.mention(span) for sentence in sentences for span in sentence.spans or ()]


def test_config_has_the_parameters_of_load_with_their_defaults() -> None:
    written = OmegaConf.to_container(OmegaConf.load(CONF))
    assert isinstance(written, dict)
    assert written.pop("_target_") == "eigennamen.corpora.mini.load"
    assert written == {name: parameter.default for name, parameter in signature(load).parameters.items()}


def test_all_splits_carry_spans_of_the_four_labels(mini: Corpus) -> None:
    assert [len(split) for _, split in mini.splits()] == [3000, 400, 600]
    for _, split in mini.splits():
        assert {span.label for sentence in split for span in sentence.spans or ()} == set(mini.labels)
    assert mini.lf_label_map == {label: label for label in mini.labels} == LF_LABEL_MAP
    assert "no benchmark" in mini.protocol


def test_unlabeled_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("Kahl kommt.\n", encoding="utf-8")
    corpus = load(n_train=1, n_dev=0, n_test=0, unlabeled=str(path))
    assert [sentence.words for sentence in corpus.unlabeled] == [("Kahl", "kommt", ".")]
    assert [name for name, _ in corpus.splits()] == ["train", "unlabeled"]


def test_ids_name_split_register_and_number(mini: Corpus) -> None:
    for split, sentences in mini.splits():
        for number, sentence in enumerate(sentences, start=1):
            _, of_split, register, of_number = sentence.id.split("-")
            assert (of_split, int(of_number)) == (split, number)
            assert register in REGISTERS
            assert sentence.document is None


def test_the_same_seed_gives_the_same_sentences() -> None:
    assert fingerprint(generate("dev", 50, seed=1)) == fingerprint(generate("dev", 50, seed=1))
    assert fingerprint(generate("dev", 50, seed=1)) != fingerprint(generate("dev", 50, seed=2))


def test_a_split_begins_with_what_a_smaller_one_is() -> None:
    assert generate("dev", 50, seed=1)[:20] == generate("dev", 20, seed=1)


@pytest.mark.slow
def test_hash_randomization_does_not_matter() -> None:
    code = "from eigennamen.corpora.mini import load; print(load(n_train=99, n_dev=9, n_test=9).fingerprint)"
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1] != ""


@pytest.mark.parametrize("register", REGISTERS)
def test_no_carrier_belongs_to_two_splits(register: str) -> None:
    shares = [carriers_of(split, register, seed=13) for split in SPLITS]
    assert sorted(chain(*shares)) == sorted(set(read_carriers(register)))
    assert all(len(share) >= 0.09 * len(set(read_carriers(register))) for share in shares)


def test_there_are_many_carriers_and_some_have_no_name() -> None:
    carriers = {carrier for register in REGISTERS for carrier in read_carriers(register)}
    nameless = [carrier for carrier in carriers if not has_name(carrier, phrases=read_fillers("phrases"))]
    assert len(carriers) >= 900
    assert 0.14 <= len(nameless) / len(carriers) <= 0.2


def test_no_sentence_occurs_twice(mini: Corpus) -> None:
    texts = [sentence.words for sentence in _sentences(mini)]
    assert len(set(texts)) == len(texts)


def test_many_test_mentions_never_occur_in_train(mini: Corpus) -> None:
    known = set(_mentions(iter(mini.train)))
    mentions = _mentions(iter(mini.test or ()))
    assert sum(mention not in known for mention in mentions) >= 0.4 * len(mentions)


def _written_names() -> Mapping[str, set[str]]:
    """Names that are not made from parts, by what they are names of."""
    prefixes = {
        "loc": "LOC",
        "city": "LOC",
        "abroad": "LOC",
        "country": "LOC",
        "town": "LOC",
        "org": "ORG",
        "misc": "MISC",
    }
    names: dict[str, set[str]] = {label: set() for label in LF_LABEL_MAP}
    for slot, entries in read_fillers("names").items():
        written = {entry.replace("(n)", "") for entry in entries if not is_made(entry)}
        names[prefixes.get(slot.partition("_")[0], "PER")] |= written
    return names


@pytest.mark.parametrize("labels", [["PER"], ["LOC"], ["ORG"], ["MISC"], list(LF_LABEL_MAP)])
def test_the_lists_of_the_labeling_functions_hold_at_most_half_of_the_names(labels: list[str]) -> None:
    listed = {line for path in LISTS.glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()}
    names = set().union(*(_written_names()[label] for label in labels))
    assert len(listed) > 500
    assert len(names) > 100
    assert len(names & listed) <= 0.5 * len(names)


def test_some_written_names_are_kept_out_of_train() -> None:
    everywhere, train = fillers_of("test", seed=13), fillers_of("train", seed=13)
    assert set(train["per_f"]) < set(everywhere["per_f"])
    assert "Berlin" in train["loc_city"], "only rare names are kept out"
    assert set(train["weekday"]) == set(everywhere["weekday"])


def test_every_slot_can_be_filled_and_parts_of_names_stay_inside_names() -> None:
    words, phrases, names = (set(read_fillers(kind)) for kind in ("words", "phrases", "names"))
    assert len(words | phrases | names) == len(words) + len(phrases) + len(names)
    in_carriers = {slot for register in REGISTERS for carrier in read_carriers(register) for slot in slots(carrier)}
    in_phrases = {slot for entries in read_fillers("phrases").values() for entry in entries for slot in slots(entry)}
    whole_names = {slot for slot in names if slot_label(slot)}
    assert in_carriers | in_phrases <= words | phrases | whole_names
    in_fillers = {
        slot
        for fillers in (read_fillers("names"), read_fillers("words"))
        for entries in fillers.values()
        for entry in entries
        for slot in slots(entry)
    }
    assert in_fillers <= words | names
    assert in_carriers | in_phrases | in_fillers == words | phrases | names


def test_nothing_of_the_notation_is_left(mini: Corpus) -> None:
    leftover = [w for sentence in _sentences(mini) for w in sentence.words if set(w) & set("{}[]|*") and w != "*"]
    assert leftover == []
    assert not [w for sentence in _sentences(mini) for w in sentence.words if "(n)" in w]


def test_queries_are_short_and_lower_case(mini: Corpus) -> None:
    queries = [sentence for sentence in _sentences(mini) if "-query-" in sentence.id]
    assert all(word == word.lower() for sentence in queries for word in sentence.words)
    assert 2 <= sum(len(sentence.words) for sentence in queries) / len(queries) <= 6


def test_other_sentences_begin_with_a_capital_or_are_lower_case_as_a_whole(mini: Corpus) -> None:
    for sentence in _sentences(mini):
        text = " ".join(sentence.words)
        if text != text.lower() and not (sentence.spans and sentence.spans[0].start == 0):
            assert not text[0].islower(), text


def test_forms_choices_and_compounds() -> None:
    fillers = {"loc_river_f": ["Kleine(n) Elbe"], "per": ["Ida Voss"], "org": ["Bosch"], "org_m": ["Deutsche(n) Bund"]}
    carrier = "[An|An] der {loc_river_f.obl} traf {per.gen} {org}-Chef {org_m.m}."
    phrase = realize(carrier, phrases={}, fillers=fillers, rng=Random(0))
    assert " ".join(phrase.words) == "An der Kleinen Elbe traf Ida Voss’ Bosch-Chef Deutscher Bund ."
    assert [(span.start, span.end, span.label) for span in phrase.spans] == [
        (2, 4, "LOC"),
        (5, 7, "PER"),
        (8, 10, "ORG"),
    ]


def test_a_sentence_does_not_name_the_same_thing_twice_if_it_can() -> None:
    fillers = {"loc": ["Ulm", "Aue"]}
    phrases = [realize("von {loc} nach {loc}", phrases={}, fillers=fillers, rng=Random(seed)) for seed in range(20)]
    assert {phrase.words for phrase in phrases} == {("Von", "Ulm", "nach", "Aue"), ("Von", "Aue", "nach", "Ulm")}


def test_carriers_that_are_used_up_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        generator, "read_carriers", lambda register: ("Nie.", "Bald.", "Nun.", "Dann.", "So.", "Da.") * 2
    )
    with pytest.raises(ValueError, match=r"gave no new sentence in 200 attempts, after .* sentences; ask for fewer"):
        generate("test", 100, seed=1)
