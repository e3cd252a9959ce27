"""A recorded run again: from which configuration, and what is said to have changed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import eigennamen.identity  # noqa: F401  takes seconds, which no test should be charged with
from eigennamen.records import RunRecord, environment
from eigennamen.rerun import CONFIGURATION, changes, configuration_of, from_record

CONF = Path(__file__).parents[1] / "conf"
FINGERPRINTS = {"config": "c", "corpus": "d", "label_source": "l", "source": "s", "parents": "p"}


def run_dir_of(folder: Path, config: Any | None = None, **changed: Any) -> Path:
    """The folder of a finished run with this configuration in its record."""
    run_dir = folder / "r-1"
    run_dir.mkdir()
    around = environment() | ({} if config is None else {CONFIGURATION: config})
    fields = {"run_id": "r-1", "experiment": "x", "seed": 0, "model": {}, "times": {}, "parents": [], "version": 1}
    fields |= {"corpus": "mini", "protocol": "", "method": "weak", "dev_labels": "gold", "dev_sentences": 0}
    fields |= {"scores": {}, "label_source": {}, "counters": {}, "fingerprints": FINGERPRINTS, "environment": around}
    (run_dir / "record.json").write_text(json.dumps(fields | changed), encoding="utf-8")
    return run_dir


def composed(*arguments: str) -> Any:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        names = [one.removeprefix("--config-name=") for one in arguments if one.startswith("--config-name=")]
        return compose((names or ["config"])[0], [one for one in arguments if not one.startswith("--")])


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """A weak_labels run with a BERT from scratch on another corpus, its configuration as it was composed."""
    cfg = composed("+experiment=weak_labels", "corpus=wikineural_de", "module/body=bert", "seed=3", "force=true")
    return run_dir_of(tmp_path, OmegaConf.to_container(cfg))


@pytest.mark.slow
def test_the_recorded_configuration_is_composed_again(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EIGENNAMEN_DATA", "/elsewhere")
    [choice] = from_record([f"+from={run_dir}"], CONF)
    cfg = composed(choice)
    original = composed("+experiment=weak_labels", "corpus=wikineural_de", "module/body=bert", "seed=3")
    expected = OmegaConf.to_container(original, resolve=True)
    assert isinstance(expected, dict)
    changed = {"from": str(run_dir), "output_dir": str(run_dir.parent), "force": False}
    changed["datamodule"] = expected["datamodule"] | {"cache": f"{run_dir.parent}/.features"}
    assert OmegaConf.to_container(cfg, resolve=True) == expected | changed
    assert cfg.corpus.data_dir == "/elsewhere/wikineural-de"


@pytest.mark.slow
def test_settings_and_groups_apply_on_top(run_dir: Path) -> None:
    arguments = from_record(["seed=4", f"+from={run_dir}", "corpus=mini", "trainer=debug", "logger=none"], CONF)
    cfg = composed(*arguments)
    assert (cfg.seed, cfg.datamodule.seed, cfg.trainer.limit_train_batches, cfg.logger) == (4, 4, 1, None)
    assert "data_dir" not in cfg.corpus
    assert cfg.module.body.num_hidden_layers == composed("module/body=bert").module.body.num_hidden_layers


def test_without_a_record_arguments_stay() -> None:
    assert from_record(["+experiment=rules", "seed=1"], CONF) == ["+experiment=rules", "seed=1"]


@pytest.mark.slow
def test_what_would_mix_with_recorded_settings_is_refused(run_dir: Path) -> None:
    with pytest.raises(ValueError, match=r"^experiment, module/body: cannot be chosen on top of a record"):
        from_record([f"+from={run_dir}", "module/body=bilstm", "+experiment=rules"], CONF)


def test_early_records_lean_on_the_file_beside_them(tmp_path: Path) -> None:
    run_dir = run_dir_of(tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"config.yaml: not there, and the early record .* has no configuration"
    ):
        configuration_of(run_dir, RunRecord.read(run_dir))
    (run_dir / "config.yaml").write_text("seed: 5\n", encoding="utf-8")
    assert configuration_of(run_dir, RunRecord.read(run_dir)) == {"seed": 5}


def test_folders_without_a_readable_record_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"record.json: not there, so .* holds no finished run"):
        from_record([f"+from={tmp_path}"], CONF)
    run_dir = run_dir_of(tmp_path, {}, version=0)
    with pytest.raises(ValueError, match=r"record.json: not a readable record \(version 0, expected 1\)"):
        from_record([f"+from={run_dir}"], CONF)


def test_settings_that_differ_are_named_and_places_are_none(tmp_path: Path) -> None:
    before = {
        "seed": 0,
        "module": {"gce_q": 0.0, "body": {"layers": 2}},
        "output_dir": "a",
        "trainer": {"accelerator": "cpu"},
    }
    run_dir = run_dir_of(tmp_path, before)
    same = before | {"output_dir": "b", "trainer": {"workers": 2}, "from": "r", "study": None}
    assert changes(run_dir, config=same, fingerprints=FINGERPRINTS) == []
    other = {"seed": 1, "module": {"gce_q": 0.0, "body": {"heads": 4}}, "trainer": {}}
    assert changes(run_dir, config=other, fingerprints=FINGERPRINTS | {"config": "other"}) == [
        "seed: 0, now 1",
        "module.body.layers: 2, now not set",
        "module.body.heads: not set, now 4",
    ]


def test_data_code_and_versions_that_differ_are_named(tmp_path: Path) -> None:
    older = environment() | {"torch": "1.0", "python": "2.7", CONFIGURATION: {"seed": 0}}
    run_dir = run_dir_of(tmp_path, environment=older)
    now = environment()
    assert changes(run_dir, config={"seed": 0}, fingerprints=dict.fromkeys(FINGERPRINTS, "new")) == [
        "the configuration: an environment variable that it refers to is another one",
        "the sentences of the corpus: changed",
        "the labeling functions, or the files that they read: changed",
        "the code on the run's path: changed",
        "the pretrained model or word vectors: changed",
        f"python: 2.7, now {now['python']}",
        f"torch: 1.0, now {now['torch']}",
    ]
