"""Every YAML under conf/ fits the code that it configures."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_object
from lightning import Trainer
from omegaconf import OmegaConf
from transformers import BertConfig

from eigennamen.modules.bodies import BiLSTMConfig

CONF = Path(__file__).parents[1] / "conf"
FILES = sorted(CONF.rglob("*.yaml"))
EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
# what the code completes a node with when it builds it
COMPLETED = {"corpus", "codec", "labels", "texts", "module", "datamodule", "run_dir", "run_id", "group", "logger"}
# what the `**settings` of a function are passed on to
SETTINGS = {
    "bert": vars(BertConfig()),
    "bilstm": vars(BiLSTMConfig()),
    "fit": inspect.signature(Trainer).parameters,
}


def _targets(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield node
        for value in node.values():
            yield from _targets(value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CONF)))
def test_keys_are_parameters_of_the_target(path: Path) -> None:
    for node in _targets(OmegaConf.to_container(OmegaConf.load(path))):
        target = get_object(node["_target_"])
        parameters = inspect.signature(target).parameters
        takes_settings = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        keys = {key for key in node if not key.startswith("_") and key != "defaults"}
        unknown = keys - set(parameters)
        if takes_settings:
            unknown -= set(SETTINGS[target.__name__])
        assert not unknown, f"{path.name}: {node['_target_']} does not take {sorted(unknown)}"


def _compose(*overrides: str) -> Any:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", list(overrides))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiments_compose_with_all_required_parameters(experiment: str) -> None:
    cfg = OmegaConf.to_container(_compose(f"+experiment={experiment}"), resolve=True)
    for node in _targets(cfg):
        parameters = inspect.signature(get_object(node["_target_"])).parameters.values()
        required = {p.name for p in parameters if p.default is p.empty and p.kind is p.KEYWORD_ONLY}
        assert required <= set(node) | COMPLETED, node["_target_"]


def test_defaults_have_no_experiment_entry_so_that_plus_experiment_works() -> None:
    defaults = OmegaConf.load(CONF / "config.yaml").defaults
    assert not any("experiment" in entry for entry in defaults if entry != "_self_")
    assert _compose("+experiment=rules").name == "rules"


def test_groups_are_chosen_by_short_names() -> None:
    cfg = _compose("label_model=majority_vote", "labeling_functions=german_large", "module/body=bert")
    label_source = OmegaConf.to_container(cfg.datamodule.label_source, resolve=True)
    assert label_source["label_model"]["_target_"].endswith("MajorityVote")
    assert "surnames_large" in label_source["labeling_functions"]
    assert cfg.datamodule.codec.tokenizer._target_.endswith("train_wordpiece")
    assert cfg.module.body._target_.endswith("bodies.bert")


def test_pretrained_body_takes_its_tokenizer_along() -> None:
    cfg = _compose("module/body=pretrained", "module.pretrained=some/model")
    assert cfg.datamodule.codec.tokenizer.pretrained == "some/model"
    assert cfg.module.body.pretrained == "some/model"


def test_word_vectors_are_set_in_one_place() -> None:
    cfg = _compose("module.word_vectors=some/vectors")
    assert cfg.datamodule.codec.tokenizer.word_vectors == "some/vectors"
    assert _compose().datamodule.codec.tokenizer.word_vectors is None


def test_experiment_files_open_with_what_they_show_and_their_command() -> None:
    for name in EXPERIMENTS:
        header = (CONF / "experiment" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[:4]
        assert header[0] == "# @package _global_"
        assert any(f"python train.py +experiment={name}" in line for line in header), name
