"""Self-training: what a teacher teaches, which round counts, and that an interrupted run ends as an undisturbed one."""

import logging
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from killed import Killed
from numpy.typing import NDArray

from eigennamen.codecs.tags import build_tag_codec
from eigennamen.datamodule import NERDataModule
from eigennamen.labels.hand import HandLabels
from eigennamen.modules.bodies import bilstm
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.procedures import Trained
from eigennamen.procedures.rounds import fresh
from eigennamen.procedures.self_training import completed, pseudo_labels, self_training, sharpened
from eigennamen.procedures.single import single
from eigennamen.scoring import score
from eigennamen.tokenizers import train_vocabulary
from eigennamen.training import fit
from eigennamen.types import Corpus, Prediction, Sentence, Span, TrainingSet

torch.set_num_threads(1)  # for tensors as small as here, several threads mostly wait for each other
A, B = Sentence("a", ("Anna", "kommt")), Sentence("b", ("Kiel",))
BELIEFS = np.array([[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]], dtype=np.float32)


def test_sharpening_squares_and_divides_by_frequency() -> None:
    one, other = 0.8**2 / 1.3, 0.2**2 / 0.7  # the columns sum to 1.3 and 0.7
    expected = [[one / (one + other), other / (one + other)], [0.35, 0.65]]  # of equals the rarer one gains
    beliefs = np.array([[0.8, 0.2], [0.5, 0.5]], dtype=np.float32)
    assert sharpened(beliefs) == pytest.approx(np.array(expected), abs=1e-6)


def test_sharpening_a_tag_that_nothing_has() -> None:
    assert sharpened(np.array([[1.0, 0.0], [1.0, 0.0]], dtype=np.float32)).tolist() == [[1.0, 0.0], [1.0, 0.0]]


def _teacher(beliefs: NDArray[np.float32]) -> Any:
    """Says that Anna is a person, with some tag probabilities for the words of A and B."""
    spans = {"a": (Span(0, 1, "PER"),), "b": ()}

    def predict(sentences: list[Sentence]) -> list[Prediction]:
        own = np.split(beliefs, [2])
        return [
            Prediction(s.with_spans(spans[s.id]), (0.8,) * len(spans[s.id]), probs)
            for s, probs in zip(sentences, own, strict=True)
        ]

    teacher = SimpleNamespace(predict=predict)
    teacher.to = lambda device: teacher
    return teacher


def test_pseudo_labels_are_beliefs_without_the_words_in_doubt() -> None:
    labels = pseudo_labels(_teacher(BELIEFS), [A, B], min_confidence=0.8, sharpening="none")
    assert [sentence.spans for sentence in labels.sentences] == [(Span(0, 1, "PER"),), ()]
    assert {id_: probs.tolist() for id_, probs in labels.tag_probs.items()} == {
        "a": BELIEFS[:2].tolist(),
        "b": BELIEFS[2:].tolist(),
    }
    assert {id_: weights.tolist() for id_, weights in labels.weights.items()} == {"a": [1, 1], "b": [0]}
    assert labels.statistics == {"teacher_spans": {"PER": 1}}


def test_doubt_is_what_is_left_after_sharpening() -> None:
    beliefs = np.array([[0.2, 0.8], [0.75, 0.25], [0.6, 0.4]], dtype=np.float32)
    for sharpening, expected in (("none", [0, 0, 0]), ("squared", [1, 1, 0])):
        labels = pseudo_labels(_teacher(beliefs), [A, B], min_confidence=0.85, sharpening=sharpening)  # type: ignore[arg-type]
        assert np.concatenate([labels.weights["a"], labels.weights["b"]]).tolist() == expected


def test_labels_stay_where_there_are_some_and_beliefs_fill_the_rest() -> None:
    tags = ("O", "B-PER", "I-PER")
    beliefs = np.array([[0.2, 0.8, 0.0], [0.9, 0.1, 0.0]], dtype=np.float32)
    pseudo = TrainingSet(
        [A.with_spans(()), B.with_spans(())],
        {"a": beliefs, "b": beliefs[:1]},
        {"a": np.array([1, 0], dtype=np.float32), "b": np.array([1], dtype=np.float32)},
        {"teacher_spans": {}},
    )
    half = np.array([0, 0.5], dtype=np.float32)
    labels = completed(TrainingSet([A.with_spans([Span(1, 2, "PER")])], weights={"a": half}), pseudo, tags=tags)
    assert labels.tag_probs["a"] == pytest.approx(np.array([[0.2, 0.8, 0], [0, 1, 0]]))
    assert labels.weights["a"].tolist() == [1, 0.5]
    assert labels.tag_probs["b"] == pytest.approx(np.array([[0.2, 0.8, 0]]))
    assert labels.weights["b"].tolist() == [1]
    assert labels.statistics == {"teacher_spans": {}}
    soft = np.array([[0.5, 0.5, 0], [0, 0, 1]], dtype=np.float32)
    assert (
        completed(TrainingSet([A.with_spans(())], {"a": soft}), pseudo, tags=tags).tag_probs["a"].tolist()
        == soft.tolist()
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rounds": -1}, "procedure.rounds=-1.*expected at least 0"),
        ({"min_confidence": 1.5}, "procedure.min_confidence=1.5.*0 to 1"),
        ({"sharpening": "cubed"}, "procedure.sharpening=cubed.*expected none or squared"),
        ({"student": "best"}, "procedure.student=best.*teacher or fresh"),
    ],
)
def test_settings_without_meaning(settings: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        _train(tmp_path, **settings)


PERSONS = ["Anna", "Jonas", "Meike", "Sven", "Frieda"]
PLACES = ["Kiel", "Jena", "Ulm", "Trier"]


def _sentence(index: int, prefix: str) -> Sentence:
    """``Anna fuhr heute nach Kiel``, with names and length varying by index."""
    words = (PERSONS[index % 5], "fuhr", *("heute",) * (index % 3), "nach", PLACES[index % 4], ".")
    return Sentence(f"{prefix}{index}", words, (Span(0, 1, "PER"), Span(len(words) - 2, len(words) - 1, "LOC")))


DEV = [_sentence(index, "dev") for index in range(20)]
TINY = partial(bilstm, word_size=16, character_size=8, character_filters=8, hidden_size=16, dropout=0.2)


def _datamodule(dev: list[Sentence] | None = DEV) -> NERDataModule:
    train = [_sentence(index, "train") for index in range(48)]
    unlabeled = [_sentence(index, "more").with_spans(None) for index in range(8)]
    return NERDataModule(
        corpus=Corpus("easy", ("PER", "LOC"), train, dev=dev, unlabeled=unlabeled),
        label_source=HandLabels(),
        codec=partial(build_tag_codec, tokenizer=partial(train_vocabulary, min_count=1)),
        batch_size=8,
    )


def _make(datamodule: NERDataModule) -> TokenClassifier:
    return TokenClassifier(codec=datamodule.codec, body=TINY, learning_rate=0.02)


FIT = partial(fit, max_epochs=2, min_steps=0, accelerator="cpu", enable_progress_bar=False)


def _train(run_dir: Path, *, dev: list[Sentence] | None = DEV, fit: Any = FIT, **settings: Any) -> Trained:
    torch.manual_seed(0)
    datamodule = _datamodule(dev)
    settings = {"rounds": 2, "epochs": 2, "min_confidence": 0.5, "keep_labels": False} | settings
    make = partial(_make, datamodule)
    return self_training(make_module=make, datamodule=datamodule, fit=fit, run_dir=run_dir, **settings)


def _weights(trained: Trained) -> list[torch.Tensor]:
    return list(trained.module.state_dict().values())


def _equal(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(left, right) for left, right in zip(one, other, strict=True))


def _f1(module: TokenClassifier) -> float:
    return score(DEV, [prediction.sentence for prediction in module.predict(DEV)]).micro.f1


class Watching:
    """A fit that notes the weights it was given and those it ended with, by round, and what it trained on."""

    def __init__(self) -> None:
        self.before: list[list[torch.Tensor]] = []
        self.after: list[list[torch.Tensor]] = []
        self.sentences: list[list[str]] = []
        self.epochs: list[float] = []

    def __call__(self, *, module: TokenClassifier, datamodule: NERDataModule, **settings: Any) -> dict[str, float]:
        self.sentences.append([sentence.id for sentence in datamodule.training_set.sentences])
        self.before.append([tensor.clone() for tensor in module.state_dict().values()])
        measured = FIT(module=module, datamodule=datamodule, **settings)
        self.after.append([tensor.clone() for tensor in module.state_dict().values()])
        self.epochs.append(measured["epochs"])
        return measured


@pytest.mark.slow
def test_without_rounds_it_is_a_single_fit(tmp_path: Path) -> None:
    none = _train(tmp_path / "none", rounds=0)
    torch.manual_seed(0)
    datamodule = _datamodule()
    alone = single(make_module=partial(_make, datamodule), datamodule=datamodule, fit=FIT, run_dir=tmp_path / "single")
    assert _equal(_weights(none), _weights(alone))
    assert [one["chosen"] for one in none.rounds] == [True]
    assert alone.rounds == ()


@pytest.mark.slow
def test_a_student_starts_where_its_teacher_ended_and_reads_all_training_text(tmp_path: Path) -> None:
    watching = Watching()
    trained = _train(tmp_path, fit=watching, epochs=1)
    assert _equal(watching.after[0], watching.before[1])
    assert _equal(watching.after[1], watching.before[2])
    assert not _equal(watching.before[2], watching.after[2])
    train, more = [f"train{i}" for i in range(48)], [f"more{i}" for i in range(8)]
    assert watching.sentences == [train, train + more, train + more]
    assert watching.epochs == [2, 1, 1]
    assert trained.times == {"epochs": 4}


@pytest.mark.slow
def test_a_fresh_student_starts_from_weights_of_its_own(tmp_path: Path) -> None:
    watching = Watching()
    _train(tmp_path, fit=watching, student="fresh", epochs=None)
    assert not _equal(watching.after[0], watching.before[1])
    assert not _equal(watching.before[1], watching.before[2])
    assert watching.epochs == [2, 2, 2]


def test_the_weights_of_a_fresh_student_follow_from_its_seed() -> None:
    make = partial(_make, _datamodule())
    torch.manual_seed(5)
    one = list(fresh(make, (0, 1)).state_dict().values())
    same, other = (list(fresh(make, (0, n)).state_dict().values()) for n in (1, 2))
    assert _equal(one, same)
    assert not _equal(one, other)


@pytest.mark.slow
def test_the_best_round_on_dev_counts_and_all_are_recorded(tmp_path: Path) -> None:
    def spoiling(*, module: TokenClassifier, run_dir: Path, **settings: Any) -> dict[str, float]:
        module.learning_rate = 50.0 if run_dir.name == "round-2" else 0.02
        return FIT(module=module, run_dir=run_dir, **({"max_epochs": 8} | settings))

    trained = _train(tmp_path, fit=spoiling)
    scores = [one["dev_micro_f1"] for one in trained.rounds]
    assert scores[2] < max(scores)
    assert [one["round"] for one in trained.rounds] == [0, 1, 2]
    assert [one["chosen"] for one in trained.rounds].index(True) == scores.index(max(scores))
    assert _f1(trained.module) == max(scores)
    assert "learned_words" not in trained.rounds[0]
    assert 0 < trained.rounds[1]["learned_words"] <= 1
    assert set(trained.rounds[1]["teacher_spans"]) == {"PER", "LOC"}


@pytest.mark.slow
def test_kept_labels_teach_the_student_too(tmp_path: Path) -> None:
    learned: list[dict[str, list[float]]] = []

    def noting(*, datamodule: NERDataModule, **settings: Any) -> dict[str, float]:
        learned.append({id_: weights.tolist() for id_, weights in datamodule.training_set.weights.items()})
        return FIT(datamodule=datamodule, **settings)

    _train(tmp_path, fit=noting, keep_labels=True, min_confidence=1.0, rounds=1, sharpening="none")
    assert learned[0] == {}
    assert all(set(weights) == {1.0} for id_, weights in learned[1].items() if id_.startswith("train"))
    assert all(set(weights) == {0.0} for id_, weights in learned[1].items() if id_.startswith("more"))


@pytest.mark.slow
def test_without_dev_labels_the_last_round_counts(tmp_path: Path) -> None:
    watching = Watching()
    trained = _train(tmp_path, dev=None, fit=watching)
    assert [one["chosen"] for one in trained.rounds] == [False, False, True]
    assert _equal(_weights(trained), watching.after[2])


@pytest.mark.slow
@pytest.mark.parametrize("student", ["teacher", "fresh"])
@pytest.mark.parametrize("dev", [DEV, None])
def test_an_interrupted_run_goes_on_in_its_round_and_ends_as_if_nothing_had_happened(
    tmp_path: Path,
    student: str,
    dev: list[Sentence] | None,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = _train(tmp_path / "whole", dev=dev, student=student)
    monkeypatch.setattr(f"{__name__}.TokenClassifier", Killed)
    monkeypatch.setattr(Killed, "left", 1)
    with pytest.raises(ConnectionAbortedError):
        _train(tmp_path / "parts", dev=dev, student=student)
    monkeypatch.undo()
    caplog.set_level(logging.INFO)
    watching = Watching()
    resumed = _train(tmp_path / "parts", dev=dev, student=student, fit=watching)
    assert "resuming after epoch 1 from" in caplog.text
    assert len(watching.epochs) == 2  # the first round is not done again
    assert _equal(_weights(whole), _weights(resumed))
    assert [_timeless(one) for one in whole.rounds] == [_timeless(one) for one in resumed.rounds]


def _timeless(measured: Any) -> dict[str, Any]:
    return {name: value for name, value in measured.items() if name != "training_words_per_second"}


@pytest.mark.slow
def test_only_repairs_of_the_chosen_round_are_counted(tmp_path: Path) -> None:
    trained = _train(tmp_path)
    assert trained.module.codec.counters["repaired_tags"] == 0
