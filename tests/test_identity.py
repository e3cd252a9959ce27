from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from eigennamen.identity import Identity, parent_of, source_fingerprint, targets_of, without_volatile
from eigennamen.types import Corpus, Sentence, Span
from eigennamen.word_vectors import WordVectors

CONF = Path(__file__).parents[1] / "conf"
CORPUS = Corpus("tiny", ("PER",), (Sentence("a", ("Anna", "kam"), (Span(0, 1, "PER"),)),))


class Source:
    name = "weak"

    def __init__(self, fingerprint: str = "lfs") -> None:
        self.fingerprint = fingerprint

    def training_set(self, corpus: Corpus) -> None:  # type: ignore[empty-body]
        ...


def _identity(*overrides: str, corpus: Corpus = CORPUS, source: Source | None = None) -> Identity:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg: DictConfig = compose("config", ["+experiment=weak_labels", *overrides])
    return Identity.of(cfg, corpus=corpus, label_source=source or Source())  # type: ignore[arg-type]


def test_the_run_id_says_experiment_corpus_and_seed() -> None:
    assert _identity("seed=3").run_id.startswith("weak_labels-tiny-3-")


@pytest.mark.parametrize(
    "override",
    [
        "logger=none",
        "output_dir=elsewhere",
        "force=true",
        "prices.seconds_per_word=9",
        "trainer.accelerator=cpu",
        "trainer.enable_progress_bar=false",
    ],
)
def test_volatile_settings_leave_the_run_the_same(override: str) -> None:
    assert _identity(override).run_id == _identity().run_id


@pytest.mark.parametrize(
    "override",
    [
        "seed=1",
        "dev_labels=weak",
        "module.learning_rate=0.1",
        "module.gce_q=0.5",
        "label_model=majority_vote",
        "trainer.max_epochs=99",
        "procedure=self_training",
        "datamodule.label_source.min_confidence=0.5",
    ],
)
def test_settings_that_change_a_result_change_the_run(override: str) -> None:
    assert _identity(override).run_id != _identity().run_id


def test_settings_of_a_procedure_change_the_run() -> None:
    run_ids = {
        _identity("procedure=self_training", *more).run_id
        for more in ([], ["procedure.rounds=1"], ["procedure.epochs=1"])
    }
    assert len(run_ids) == 3


def test_data_and_labeling_functions_change_the_run_and_say_so() -> None:
    other = Corpus("tiny", ("PER",), (Sentence("a", ("Anna", "geht"), ()),))
    before, data, lfs = _identity(), _identity(corpus=other), _identity(source=Source("edited"))
    assert len({before.run_id, data.run_id, lfs.run_id}) == 3
    changed = {part for part in before.fingerprints if before.fingerprints[part] != lfs.fingerprints[part]}
    assert changed == {"label_source"}


def test_without_volatile_reaches_nested_keys() -> None:
    assert without_volatile({"a": {"cache": 1, "b": 2}, "accelerator": "gpu"}) == {"a": {"b": 2}}
    assert without_volatile({"devices": 2}) == {"devices": 2}  # each has a batch of its own in a step


def test_targets_are_found_at_any_depth() -> None:
    assert list(targets_of({"_target_": "x", "a": {"b": {"_target_": "y"}}, "c": None})) == ["x", "y"]


def test_source_fingerprint_follows_imports_and_ignores_other_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = source_fingerprint(["eigennamen.labels.hand.HandLabels"])
    assert hand == source_fingerprint(["eigennamen.labels.hand.HandLabels", "torch.nn.Linear"])
    assert hand != source_fingerprint(["eigennamen.labels.weak.WeakLabels"])


def test_a_file_that_is_edited_while_runs_follow_each_other_does_not_change_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = source_fingerprint(["eigennamen.labels.hand.HandLabels"])
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "x = 1")
    assert source_fingerprint(["eigennamen.labels.hand.HandLabels"]) == before


def test_a_local_model_is_known_by_its_weights(tmp_path: Path) -> None:
    folder = tmp_path / "bert"
    folder.mkdir()
    weights = folder / "model.safetensors"
    weights.write_bytes(b"one")
    first = parent_of(str(folder))
    weights.write_bytes(b"two")
    assert first != parent_of(str(folder))
    assert str(first).startswith("bert@")


def test_a_hub_model_is_known_by_its_name() -> None:
    assert parent_of("deepset/gbert-base") == "deepset/gbert-base"
    assert parent_of(None) is None


def test_word_vectors_are_a_parent_known_by_vectors_and_words(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    runs = []
    for words, numbers in ((["a", "b"], np.eye(2)), (["b", "a"], np.eye(2)), (["a", "b"], np.ones((2, 2)))):
        WordVectors.quantized(words, numbers).save(folder)
        runs.append(_identity(f"module.word_vectors={folder}"))
    assert len({run.run_id for run in runs}) == 3
    assert [len(run.parents) for run in runs] == [1, 1, 1]
    assert runs[0].parents[0].startswith("vectors@")
    assert _identity("module.word_vectors=null").parents == ()
