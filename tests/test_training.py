"""Fitting: it learns, stops early, keeps the best epoch, and goes on where it was interrupted."""

import logging
import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from eigennamen.batching import LengthBuckets
from eigennamen.codecs.tags import build_tag_codec
from eigennamen.datamodule import NERDataModule
from eigennamen.labels.hand import HandLabels
from eigennamen.modules.bodies import bert, bilstm
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.pretraining.training import best_precision
from eigennamen.scoring import score
from eigennamen.tokenizers import train_vocabulary, train_wordpiece
from eigennamen.training import fit
from eigennamen.types import Corpus, Sentence, Span

pytestmark = pytest.mark.slow  # each fit takes a second
torch.set_num_threads(1)  # for tensors as small as here, several threads mostly wait for each other

PERSONS = ["Anna", "Jonas", "Meike", "Sven", "Frieda"]
PLACES = ["Kiel", "Jena", "Ulm", "Trier"]


def _sentence(index: int, prefix: str) -> Sentence:
    """``Anna fuhr heute nach Kiel``, with names and length varying by index."""
    person, place, extra = PERSONS[index % 5], PLACES[index % 4], ("heute",) * (index % 3)
    words = (person, "fuhr", *extra, "nach", place, ".")
    return Sentence(f"{prefix}{index}", words, (Span(0, 1, "PER"), Span(len(words) - 2, len(words) - 1, "LOC")))


DEV = [_sentence(index, "dev") for index in range(20)]


def _datamodule(dev: list[Sentence] | None = DEV, *, seed: int = 0, subwords: bool = False) -> NERDataModule:
    tokenizer: Any = partial(train_wordpiece, vocab_size=80) if subwords else partial(train_vocabulary, min_count=1)
    return NERDataModule(
        corpus=Corpus("easy", ("PER", "LOC"), [_sentence(index, "train") for index in range(48)], dev=dev),
        label_source=HandLabels(),
        codec=partial(build_tag_codec, tokenizer=tokenizer),
        batch_size=8,
        seed=seed,
    )


TINY = partial(bilstm, word_size=16, character_size=8, character_filters=8, hidden_size=16, dropout=0.2)


class Observed(TokenClassifier):
    """Remembers what each epoch gave."""

    def __init__(self, **settings: Any) -> None:
        torch.manual_seed(0)
        defaults: dict[str, Any] = {"body": TINY, "learning_rate": 0.02}
        super().__init__(**(defaults | settings))
        self.losses: list[float] = []
        self.dev: dict[int, float] = {}

    def on_train_epoch_end(self) -> None:
        metrics = self.trainer.callback_metrics
        self.losses.append(float(metrics["train/loss"]))
        self.dev[self.current_epoch] = float(metrics.get("dev/micro_f1", float("nan")))


class Interrupted(Observed):
    """Fails when the third epoch starts."""

    def on_train_epoch_start(self) -> None:
        if self.current_epoch == 2:
            raise ConnectionAbortedError


class Spoiled(Observed):
    """Forgets everything from the seventh epoch on."""

    def on_train_batch_end(self, *_: Any) -> None:
        if self.current_epoch >= 6:
            torch.nn.init.zeros_(_head(self))


def _fit(module: TokenClassifier, datamodule: NERDataModule, run_dir: Path, **settings: Any) -> dict[str, float]:
    defaults: dict[str, Any] = {"max_epochs": 6, "min_steps": 0, "accelerator": "cpu", "enable_progress_bar": False}
    return fit(module=module, datamodule=datamodule, run_dir=run_dir, **(defaults | settings))


def _head(module: TokenClassifier) -> torch.Tensor:
    return module.network.get_parameter("classifier.weight")


def _f1(module: TokenClassifier, sentences: list[Sentence]) -> float:
    return score(sentences, [prediction.sentence for prediction in module.predict(sentences)]).micro.f1


def _same_weights(one: TokenClassifier, other: TokenClassifier) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(left, right) for left, right in pairs)


BF16 = pytest.mark.skipif(best_precision() != "bf16-mixed", reason="this processor does not compute in bfloat16")


@pytest.mark.parametrize("precision", ["32-true", pytest.param("bf16-mixed", marks=BF16)])
@pytest.mark.parametrize("subwords", [False, True])
def test_an_easy_corpus_is_learned(tmp_path: Path, subwords: bool, precision: str) -> None:
    datamodule = _datamodule(subwords=subwords)
    small_bert = partial(bert, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    module = Observed(codec=datamodule.codec, **({"body": small_bert} if subwords else {}))
    measured = _fit(module, datamodule, tmp_path, max_epochs=10, precision=precision, gradient_clip_val=1.0)
    assert module.losses[-1] < 0.2 * module.losses[0]
    assert _f1(module, DEV) > 0.9
    assert measured["epochs"] == len(module.losses)
    assert measured["training_words_per_second"] > 0


def test_stops_early_and_restores_the_best_epoch(tmp_path: Path) -> None:
    datamodule = _datamodule()
    module = Spoiled(codec=datamodule.codec)
    measured = _fit(module, datamodule, tmp_path, max_epochs=30, patience=4)
    best = max(module.dev.values())
    assert best > 0.9
    assert module.dev[len(module.dev) - 1] == 0.0
    assert measured["epochs"] == len(module.dev) <= 10
    assert _f1(module, DEV) == pytest.approx(best)


@pytest.mark.parametrize(("min_steps", "epochs"), [(0, 2), (18, 4), (24, 5), (25, 5)])
def test_patience_begins_after_min_steps(tmp_path: Path, min_steps: int, epochs: int) -> None:
    datamodule = _datamodule()  # 6 batches an epoch
    module = Observed(codec=datamodule.codec, learning_rate=0.0)
    measured = _fit(module, datamodule, tmp_path, max_epochs=5, patience=1, min_steps=min_steps)
    assert measured["epochs"] == len(module.dev) == epochs


def test_a_small_training_set_gets_more_epochs(tmp_path: Path) -> None:
    datamodule = _datamodule(None)
    for name, min_steps, epochs in (("enough", 48, 8), ("small", 49, 9)):  # 6 batches an epoch
        module = Observed(codec=datamodule.codec)
        assert _fit(module, datamodule, tmp_path / name, max_epochs=None, min_steps=min_steps)["epochs"] == epochs


def test_dev_is_looked_at_about_32_times_however_short_the_epochs(tmp_path: Path) -> None:
    datamodule = _datamodule()

    class Counting(Observed):
        looks = 0

        def on_validation_epoch_end(self) -> None:
            super().on_validation_epoch_end()
            self.looks += 1

    for epochs, looks in ((3, 3), (70, 35)):
        module = Counting(codec=datamodule.codec)
        _fit(module, datamodule, tmp_path / str(epochs), max_epochs=epochs, patience=100)
        assert module.looks == looks


def test_only_repairs_of_the_trained_model_are_counted(tmp_path: Path) -> None:
    datamodule = _datamodule()
    module = Observed(codec=datamodule.codec, learning_rate=0.0)
    torch.nn.init.zeros_(_head(module))
    with torch.no_grad():
        module.network.get_parameter("classifier.bias")[2] = 9.0  # I-PER everywhere
    _fit(module, datamodule, tmp_path, max_epochs=2)
    assert module.codec.counters["repaired_tags"] == 0
    module.predict(DEV)
    assert module.codec.counters["repaired_tags"] == len(DEV)


@pytest.mark.parametrize("dev", [None, [], [sentence.with_spans(None) for sentence in DEV]])
def test_without_dev_labels_the_last_epoch_counts(
    tmp_path: Path, dev: list[Sentence] | None, caplog: pytest.LogCaptureFixture
) -> None:
    datamodule = _datamodule(dev)
    module = Spoiled(codec=datamodule.codec)
    measured = _fit(module, datamodule, tmp_path, max_epochs=7, patience=1)
    assert "no dev sentences with labels" in caplog.text
    assert measured["epochs"] == 7
    assert not _head(module).any()
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]


def test_without_dev_labels_many_short_epochs_are_saved_too(tmp_path: Path) -> None:
    datamodule = _datamodule(None)
    assert _fit(Observed(codec=datamodule.codec), datamodule, tmp_path, max_epochs=64)["epochs"] == 64
    assert torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["epoch"] == 63


@pytest.mark.parametrize("dev", [None, DEV])
def test_one_batch_to_debug(tmp_path: Path, dev: list[Sentence] | None) -> None:
    datamodule = _datamodule(dev)
    settings = {"max_epochs": 1, "limit_train_batches": 1, "limit_val_batches": 1}
    assert _fit(Observed(codec=datamodule.codec), datamodule, tmp_path, **settings)["epochs"] == 1


@pytest.mark.parametrize("dev", [DEV, None])
def test_an_interrupted_fit_goes_on_and_ends_as_if_nothing_had_happened(
    tmp_path: Path, dev: list[Sentence] | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    datamodule = _datamodule(dev)
    whole = Observed(codec=datamodule.codec)
    _fit(whole, datamodule, tmp_path / "whole")
    with pytest.raises(ConnectionAbortedError):
        _fit(Interrupted(codec=datamodule.codec), _datamodule(dev), tmp_path / "parts")
    torch.manual_seed(99)  # another process
    resumed = Observed(codec=datamodule.codec)
    measured = _fit(resumed, _datamodule(dev), tmp_path / "parts")
    assert "resuming after epoch 2 from" in caplog.text
    assert list(resumed.dev) == [2, 3, 4, 5]
    assert measured["epochs"] == 6
    assert _same_weights(whole, resumed)


def test_a_network_in_evaluation_mode_is_trained_with_its_dropout(tmp_path: Path) -> None:
    datamodule = _datamodule()

    class Watching(Observed):
        def on_train_epoch_start(self) -> None:
            assert self.network.training

    module = Watching(codec=datamodule.codec)
    module.network.eval()
    _fit(module, datamodule, tmp_path)
    assert module.dev


class Terminated(Observed):
    """Asks its process to stop in the third epoch, as a cluster's scheduler does."""

    def on_train_epoch_start(self) -> None:
        if self.current_epoch == 2:
            os.kill(os.getpid(), signal.SIGTERM)


def test_a_terminated_fit_says_so_and_can_be_resumed(tmp_path: Path) -> None:
    datamodule = _datamodule()
    with pytest.raises(SystemExit, match="stopped after epoch 2; the same command goes on from there"):
        _fit(Terminated(codec=datamodule.codec), datamodule, tmp_path)
    resumed = Observed(codec=datamodule.codec)
    _fit(resumed, datamodule, tmp_path)
    assert list(resumed.dev) == [2, 3, 4, 5]


@pytest.mark.parametrize("patience", [2, 30])
def test_a_finished_fit_is_not_trained_further(tmp_path: Path, patience: int) -> None:
    datamodule = _datamodule()
    module = Spoiled(codec=datamodule.codec)
    first = _fit(module, datamodule, tmp_path, max_epochs=9, patience=patience)
    again = Spoiled(codec=datamodule.codec)
    second = _fit(again, datamodule, tmp_path, max_epochs=9, patience=patience)
    assert again.losses == []
    assert second["epochs"] == first["epochs"]
    assert _same_weights(module, again)


def test_checkpoints_do_not_pile_up(tmp_path: Path) -> None:
    datamodule = _datamodule()
    _fit(Observed(codec=datamodule.codec), datamodule, tmp_path)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["best.ckpt", "last.ckpt"]


def test_a_broken_checkpoint_is_explained(tmp_path: Path) -> None:
    datamodule = _datamodule()
    _fit(Observed(codec=datamodule.codec), datamodule, tmp_path, max_epochs=1)
    last = tmp_path / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"last.ckpt: cannot be resumed from .*; delete it, or start the run again"):
        _fit(Observed(codec=datamodule.codec), datamodule, tmp_path)


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    modules = []
    for name, seed in (("one", 0), ("same", 0), ("other", 1)):
        datamodule = _datamodule(seed=seed)
        modules.append(Observed(codec=datamodule.codec))
        _fit(modules[-1], datamodule, tmp_path / name, max_epochs=2)
    assert _same_weights(modules[0], modules[1])
    assert not _same_weights(modules[0], modules[2])


def test_each_epoch_has_its_own_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    epochs: list[int] = []
    monkeypatch.setattr(LengthBuckets, "set_epoch", lambda _, epoch: epochs.append(epoch))
    datamodule = _datamodule(None)
    _fit(Observed(codec=datamodule.codec), datamodule, tmp_path, max_epochs=3)
    assert epochs == [0, 1, 2]
