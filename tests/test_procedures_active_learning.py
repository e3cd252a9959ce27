"""Active learning: what is asked for, what it costs, and that an interrupted run ends as an undisturbed one."""

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from killed import Killed
from writers import text_codec, tiny_t5

from eigennamen.codecs.tags import build_tag_codec
from eigennamen.codecs.text import TextCodec
from eigennamen.datamodule import NERDataModule
from eigennamen.labels.hand import HandLabels
from eigennamen.labels.weak import WeakLabels
from eigennamen.modules.bodies import bilstm
from eigennamen.modules.generator import SpanGenerator
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.oracles import GoldOracle, Suggest
from eigennamen.procedures import Trained
from eigennamen.procedures.active_learning import active_learning, round_counts
from eigennamen.procedures.self_training import self_training
from eigennamen.scoring import read_counts
from eigennamen.tokenizers import train_vocabulary
from eigennamen.training import fit
from eigennamen.types import Corpus, Sentence, Span
from eigennamen.weak.label_models import MajorityVote
from eigennamen.weak.labeling_function import labeling_function

torch.set_num_threads(1)  # for tensors as small as here, several threads mostly wait for each other
PERSONS = ["Anna", "Jonas", "Meike", "Sven", "Frieda"]
PLACES = ["Kiel", "Jena", "Ulm", "Trier"]


def _sentence(index: int, prefix: str) -> Sentence:
    """``Anna fuhr heute nach Kiel .``, with names and length varying by index."""
    words = (PERSONS[index % 5], "fuhr", *("heute",) * (index % 3), "nach", PLACES[index % 4], ".")
    return Sentence(f"{prefix}{index}", words, (Span(0, 1, "PER"), Span(len(words) - 2, len(words) - 1, "LOC")))


def _sentences(prefix: str, n: int) -> list[Sentence]:
    return [_sentence(index, prefix) for index in range(n)]


@labeling_function(labels=["LOC"])
def after_nach(sentence: Sentence) -> Iterable[Span]:
    yield from (Span(i + 1, i + 2, "LOC") for i, word in enumerate(sentence.words[:-1]) if word == "nach")


@labeling_function(labels=["PER"])
def kiel_is_a_person(sentence: Sentence) -> Iterable[Span]:
    yield from (Span(i, i + 1, "PER") for i, word in enumerate(sentence.words) if word == "Kiel")


def _weak() -> WeakLabels:
    lfs = {"nach": after_nach, "kiel": kiel_is_a_person}
    return WeakLabels(labeling_functions=lfs, label_model=MajorityVote())


TINY = partial(bilstm, word_size=16, character_size=8, character_filters=8, hidden_size=16, dropout=0.2)
FIT = partial(fit, max_epochs=2, min_steps=0, accelerator="cpu", enable_progress_bar=False)


def _datamodule(source: Any = None, **splits: Any) -> NERDataModule:
    splits = {"train": _sentences("train", 40), "dev": _sentences("dev", 6), "test": _sentences("test", 8)} | splits
    return NERDataModule(
        corpus=Corpus("easy", ("PER", "LOC"), lf_label_map={"PER": "PER", "LOC": "LOC"}, **splits),
        label_source=source or HandLabels(),
        codec=partial(build_tag_codec, tokenizer=partial(train_vocabulary, min_count=1)),
        batch_size=8,
        seed=3,
    )


def _make(datamodule: NERDataModule) -> TokenClassifier:
    return TokenClassifier(codec=datamodule.codec, body=TINY, learning_rate=0.02)


def _train(run_dir: Path, datamodule: NERDataModule | None = None, **settings: Any) -> Trained:
    torch.manual_seed(0)
    datamodule = datamodule or _datamodule()
    settings = {"fit": FIT, "oracle": GoldOracle(), "budgets": [4, 8, 12]} | settings
    return active_learning(make_module=partial(_make, datamodule), datamodule=datamodule, run_dir=run_dir, **settings)


def _ids(trained: Trained) -> list[list[str]]:
    return [one["chosen_ids"] for one in trained.rounds]


def _drawn(budget: int, unit: Any = "sentences") -> list[str]:
    source = HandLabels(budget=budget, unit=unit, seed=3)
    return [sentence.id for sentence in source.training_set(_datamodule().corpus).sentences]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"budgets": []}, r"procedure.budgets=\[\]; expected numbers of sentences from 1 up"),
        ({"budgets": [0, 4]}, r"procedure.budgets=\[0, 4\]; expected"),
        ({"budgets": [4, 4]}, r"procedure.budgets=\[4, 4\]; expected .* each larger than the last"),
        ({"budgets": [4, 41]}, r"budgets ends with 41 sentences, the pool has 40"),
        ({"budgets": [4, 9999], "unit": "words"}, r"budgets ends with 9999 words, the pool has \d+"),
        ({"budgets": [1, 9], "unit": "words"}, "begins with 1 words, less than the first sentence drawn has"),
        ({"unit": "lines"}, r"procedure.unit=lines; expected one of sentences, words"),
        ({"retrain": "hot"}, "procedure.retrain=hot.*expected cold or warm"),
        ({"start": "strong"}, "procedure.start=strong.*none or weak"),
        ({"samples": 1}, "procedure.samples=1; expected .* at least 2"),
        ({"strategy": "best"}, "procedure.strategy=best; expected one of random"),
        ({"strategy": "lf_disagreement"}, "strategy=lf_disagreement needs labeling functions, but the labels are hand"),
        ({"start": "weak"}, "procedure.start=weak needs labeling functions.*choose datamodule=weak_labels"),
    ],
)
def test_settings_without_meaning(settings: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        _train(tmp_path, **settings)
    assert not list(tmp_path.iterdir())


def test_an_empty_pool_and_a_second_budget_are_named(tmp_path: Path) -> None:
    raw = [sentence.with_spans(None) for sentence in _sentences("train", 3)]
    with pytest.raises(ValueError, match="corpus 'easy': the pool is empty"):
        _train(tmp_path, _datamodule(train=raw))
    with pytest.raises(ValueError, match=r"label_source.budget=5 beside procedure.budgets=\[4, 8, 12\]"):
        _train(tmp_path, _datamodule(HandLabels(budget=5)))


class Nothing:
    """A fit that trains nothing and notes what it was given."""

    def __init__(self) -> None:
        self.sentences: list[list[str]] = []

    def __call__(self, *, module: TokenClassifier, datamodule: NERDataModule, run_dir: Path, **_: Any) -> Any:
        self.sentences.append([sentence.id for sentence in datamodule.training_set.sentences])
        (run_dir / "checkpoints").mkdir(parents=True)
        torch.save({"state_dict": module.state_dict(), "epoch": 0}, run_dir / "checkpoints" / "last.ckpt")
        return {"epochs": 1}


def test_random_rounds_are_nested_hand_labels_and_the_record_counts_their_cost(tmp_path: Path) -> None:
    noting = Nothing()
    trained = _train(tmp_path, strategy="random", fit=noting)
    assert noting.sentences == [_drawn(4), _drawn(8), _drawn(12)]
    assert _ids(trained) == [_drawn(12)[:4], _drawn(12)[4:8], _drawn(12)[8:]]
    by_id = {sentence.id: sentence for sentence in _sentences("train", 40)}
    words = sum(len(by_id[id_].words) for id_ in _drawn(8))
    dev = sum(len(sentence.words) for sentence in _sentences("dev", 6))
    assert trained.rounds[1]["cost"] == {
        "sentences": 8,
        "words": words,
        "spans": 16,
        "functions": 0,
        "dev_sentences": 6,
        "dev_words": dev,
        "dev_spans": 12,
    }
    assert trained.labels["cost"] == trained.rounds[2]["cost"]
    assert [one["round"] for one in trained.rounds] == [0, 1, 2]
    assert trained.rounds[0]["test"]["gold"] == 16
    assert set(trained.rounds[0]["dev"]) == {"precision", "recall", "f1", "true_positives", "predicted", "gold"}
    assert trained.labels["method"] == "hand"
    assert trained.labels["label_source"]["sentences"] == 12
    assert trained.times == {"epochs": 3}


def test_a_budget_of_words_is_never_exceeded_and_spent_up_to_a_sentence(tmp_path: Path) -> None:
    trained = _train(tmp_path, strategy="random", unit="words", budgets=[20, 60], fit=Nothing())
    assert _ids(trained)[0] == _drawn(20, "words")
    assert _ids(trained)[0] + _ids(trained)[1] == _drawn(60, "words")
    assert [one["cost"]["words"] <= budget for one, budget in zip(trained.rounds, [20, 60], strict=True)] == [True] * 2


def test_all_strategies_begin_with_the_same_sentences_and_never_see_one_twice(tmp_path: Path) -> None:
    second = {}
    for strategy in ("least_confidence", "mnlp", "margin", "token_entropy", "bald", "lf_disagreement"):
        trained = _train(tmp_path / strategy, _datamodule(_weak()), strategy=strategy, fit=Nothing())
        ids = [id_ for ids in _ids(trained) for id_ in ids]
        assert _ids(trained)[0] == _drawn(4)
        assert len(set(ids)) == len(ids) == 12
        second[strategy] = _ids(trained)[1]
    # all that the functions disagree about is whether Kiel is a person; the shortest sentences have most of it per word
    kiel = {f"train{index}" for index in range(0, 40, 4)}
    assert set(second["lf_disagreement"]) < kiel
    assert {len(_sentence(int(id_[5:]), "").words) for id_ in second["lf_disagreement"]} <= {5, 6}
    assert {len(_sentence(int(id_[5:]), "").words) for id_ in second["least_confidence"]} == {7}


def test_labeling_functions_are_paid_for_where_they_are_used(tmp_path: Path) -> None:
    settings = {"budgets": [4], "fit": Nothing()}
    asked = _train(tmp_path / "asked", _datamodule(_weak()), strategy="lf_disagreement", **settings)
    unused = _train(tmp_path / "unused", _datamodule(_weak()), strategy="random", **settings)
    assert [one.rounds[0]["cost"]["functions"] for one in (asked, unused)] == [2, 0]


def test_counts_on_test_stay_of_every_round(tmp_path: Path) -> None:
    trained = _train(tmp_path, _datamodule(_weak()), start="weak", budgets=[4, 8], fit=Nothing())
    for one in trained.rounds:
        counts = read_counts(round_counts(tmp_path, one["round"]))
        assert counts.ids == tuple(f"test{index}" for index in range(8))
        assert counts.micro.f1 == one["test"]["f1"]
        assert counts.micro.gold == 16
    assert {path.name for path in (tmp_path / "rounds").iterdir()} == {"start.parquet", "0.parquet", "1.parquet"}


class Asking(GoldOracle):
    """Notes what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, list[str], bool]] = []

    def annotate(self, sentences: Sequence[Sentence], *, number: int, suggest: Suggest | None) -> list[Sentence]:
        assert all(sentence.spans is None for sentence in sentences)
        self.asked.append((number, [sentence.id for sentence in sentences], suggest is not None))
        return super().annotate(sentences, number=number, suggest=suggest)


def test_the_oracle_gets_suggestions_as_soon_as_there_is_a_model(tmp_path: Path) -> None:
    oracle = Asking()
    trained = _train(tmp_path, fit=Nothing(), oracle=oracle)
    assert oracle.asked == [(n, ids, n > 0) for n, ids in enumerate(_ids(trained))]


def test_what_was_chosen_stands_before_it_is_labelled(tmp_path: Path) -> None:
    class Waiting(GoldOracle):
        def annotate(self, sentences: Sequence[Sentence], *, number: int, suggest: Suggest | None) -> list[Sentence]:
            if number == 1:
                raise SystemExit("label the tasks of round 1")
            return super().annotate(sentences, number=number, suggest=suggest)

    with pytest.raises(SystemExit, match="label the tasks of round 1"):
        _train(tmp_path, fit=Nothing(), oracle=Waiting())
    path = tmp_path / "checkpoints" / "round-1" / "chosen.json"
    path.write_text('["train7", "train9", "train11", "train13"]', encoding="utf-8")
    assert _drawn(4)[0] not in path.read_text(encoding="utf-8")
    noting = Nothing()
    _train(tmp_path, fit=noting)
    assert noting.sentences[0] == [*_drawn(4), "train7", "train9", "train11", "train13"]  # round 0 was done


class Watching:
    """A fit that notes the weights it was given and those it ended with."""

    def __init__(self) -> None:
        self.before: list[list[torch.Tensor]] = []
        self.after: list[list[torch.Tensor]] = []

    def __call__(self, *, module: TokenClassifier, **settings: Any) -> dict[str, float]:
        self.before.append([tensor.clone() for tensor in module.state_dict().values()])
        measured = FIT(module=module, **settings)
        self.after.append([tensor.clone() for tensor in module.state_dict().values()])
        return measured


def _equal(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(left, right) for left, right in zip(one, other, strict=True))


@pytest.mark.slow
def test_a_warm_round_begins_where_the_one_before_ended_and_a_cold_one_does_not(tmp_path: Path) -> None:
    warm, cold = Watching(), Watching()
    _train(tmp_path / "warm", fit=warm, retrain="warm", budgets=[4, 8])
    _train(tmp_path / "cold", fit=cold, retrain="cold", budgets=[4, 8])
    assert _equal(warm.after[0], warm.before[1])
    assert not _equal(cold.after[0], cold.before[1])
    assert not _equal(cold.before[0], cold.before[1])


@pytest.mark.slow
@pytest.mark.parametrize(("retrain", "begins_with"), [("cold", "start"), ("warm", "round before")])
def test_weak_labels_are_a_start(tmp_path: Path, retrain: str, begins_with: str) -> None:
    watching = Watching()
    trained = _train(tmp_path, _datamodule(_weak()), start="weak", fit=watching, retrain=retrain, budgets=[4, 8])
    assert [one["round"] for one in trained.rounds] == ["start", 0, 1]
    assert trained.rounds[0]["cost"]["sentences"] == 0
    assert trained.rounds[0]["cost"]["functions"] == 2
    assert trained.labels["method"] == "mixed"
    assert trained.labels["label_source"]["weak"]["candidates"] == 40
    assert _equal(watching.after[0], watching.before[1])
    assert _equal(watching.after[0], watching.before[2]) == (begins_with == "start")
    assert _equal(watching.after[1], watching.before[2]) == (begins_with == "round before")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "dev"),
    [
        ({"strategy": "mnlp", "retrain": "cold"}, True),
        ({"strategy": "bald", "retrain": "warm"}, False),
        ({"strategy": "mnlp", "retrain": "cold", "start": "weak"}, True),
    ],
)
def test_an_interrupted_run_goes_on_in_its_round_and_ends_as_if_nothing_had_happened(
    tmp_path: Path,
    settings: dict[str, Any],
    dev: bool,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def train(name: str, **more: Any) -> Trained:
        source = _weak() if "start" in settings else HandLabels()
        return _train(tmp_path / name, _datamodule(source, **({} if dev else {"dev": None})), **settings, **more)

    whole = train("whole")
    monkeypatch.setattr(f"{__name__}.TokenClassifier", Killed)
    monkeypatch.setattr(Killed, "left", 1)
    with pytest.raises(ConnectionAbortedError):
        train("parts")
    monkeypatch.undo()
    caplog.set_level(logging.INFO)
    watching = Watching()
    resumed = train("parts", fit=watching)
    assert "resuming after epoch 1 from" in caplog.text
    assert len(watching.after) == 2  # what was done is not done again
    assert _equal(list(whole.module.state_dict().values()), list(resumed.module.state_dict().values()))
    assert [_timeless(one) for one in whole.rounds] == [_timeless(one) for one in resumed.rounds]
    assert _counts(tmp_path / "whole") == _counts(tmp_path / "parts")
    assert len(_counts(tmp_path / "whole")) == len(whole.rounds)


def _timeless(measured: Any) -> dict[str, Any]:
    return {name: value for name, value in measured.items() if name != "training_words_per_second"}


def _counts(run_dir: Path) -> dict[str, Any]:
    """What was right on test after each round, by sentence and label."""
    return {path.name: read_counts(path).counts.tolist() for path in (run_dir / "rounds").iterdir()}


def _writer(datamodule: NERDataModule) -> SpanGenerator:
    codec = datamodule.codec
    assert isinstance(codec, TextCodec)
    return SpanGenerator(codec=codec, body=tiny_t5(codec), learning_rate=0.02)


def _text_datamodule() -> NERDataModule:
    datamodule = _datamodule()
    datamodule.codec = text_codec()
    return datamodule


@pytest.mark.slow
def test_a_generator_is_asked_how_likely_its_text_is(tmp_path: Path) -> None:
    datamodule = _text_datamodule()
    settings: dict[str, Any] = {"fit": FIT, "oracle": GoldOracle(), "budgets": [4, 8], "strategy": "mnlp"}
    trained = active_learning(
        make_module=partial(_writer, datamodule), datamodule=datamodule, run_dir=tmp_path, **settings
    )
    first, second = _ids(trained)
    assert first == _drawn(4)
    assert len({*first, *second}) == 8
    assert [one["test"]["gold"] for one in trained.rounds] == [16, 16]


@pytest.mark.parametrize("strategy", ["margin", "token_entropy", "bald"])
def test_a_generator_has_no_tags_to_be_unsure_of(strategy: str, tmp_path: Path) -> None:
    datamodule = _text_datamodule()
    settings: dict[str, Any] = {"fit": FIT, "oracle": GoldOracle(), "budgets": [4, 8], "strategy": strategy}
    with pytest.raises(ValueError, match=f"strategy={strategy} asks .* SpanGenerator does not have; choose random"):
        active_learning(make_module=partial(_writer, datamodule), datamodule=datamodule, run_dir=tmp_path, **settings)
    with pytest.raises(ValueError, match=r"self_training learns .* SpanGenerator does not have; leave"):
        self_training(make_module=partial(_writer, datamodule), datamodule=datamodule, fit=FIT, run_dir=tmp_path)
