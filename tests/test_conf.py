"""Every YAML under conf/ fits the code that it configures."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_object
from lightning import Trainer
from omegaconf import MissingMandatoryValue, OmegaConf
from transformers import BartConfig, BertConfig, ModernBertConfig, T5Config

from eigennamen.modules.bodies import BiLSTMConfig
from eigennamen.pretraining.masked_language_model import MaskedLanguageModel
from eigennamen.pretraining.pretrainer import Pretrainer
from eigennamen.pretraining.span_corruption import SpanCorruption

CONF = Path(__file__).parents[1] / "conf"
PRETRAINING = CONF / "pretraining"
FILES = sorted(CONF.rglob("*.yaml"))
EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
PRETRAINING_EXPERIMENTS = sorted(path.stem for path in (PRETRAINING / "experiment").glob("*.yaml"))
# what the code completes a node with when it builds it
COMPLETED = {"corpus", "codec", "labels", "texts", "module", "datamodule", "run_dir", "run_id", "group", "logger"}
COMPLETED |= {"make_module", "fit", "text", "lines", "exclusion", "pretrainer", "seed", "cache"}


def _parameters(*classes: type) -> set[str]:
    return {name for one in classes for name in inspect.signature(one).parameters}


# what the `**settings` of a function are passed on to
SETTINGS = {
    "bert": vars(BertConfig()),
    "bilstm": vars(BiLSTMConfig()),
    "pretrained": vars(ModernBertConfig()) | vars(T5Config()),  # of the shipped ones; other models have others
    "warm_started": vars(ModernBertConfig()),
    "t5": vars(T5Config()),
    "bart": vars(BartConfig()),
    "fit": inspect.signature(Trainer).parameters,
    "masked_language_model": _parameters(MaskedLanguageModel, Pretrainer),
    "span_corruption": _parameters(SpanCorruption, Pretrainer),
}
# the settings below `network` are those of a configuration class
NETWORKS = {"masked_language_model": ModernBertConfig, "span_corruption": T5Config}


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


@pytest.mark.parametrize("objective", sorted(NETWORKS))
def test_network_settings_are_those_of_its_configuration(objective: str) -> None:
    network = OmegaConf.load(PRETRAINING / "objective" / f"{objective}.yaml").network
    configuration = NETWORKS[objective]
    assert network.pop("model_type", configuration.model_type) == configuration.model_type
    # ModernBertConfig takes the last one by name from its further arguments
    assert set(network) <= _parameters(configuration) | set(vars(configuration())) | {"global_attn_every_n_layers"}


def _compose(*overrides: str, folder: Path = CONF) -> Any:
    with initialize_config_dir(str(folder), version_base="1.3"):
        return compose("config", list(overrides))


@pytest.mark.parametrize(
    ("folder", "experiment"),
    [*((CONF, name) for name in EXPERIMENTS), *((PRETRAINING, name) for name in PRETRAINING_EXPERIMENTS)],
    ids=[*EXPERIMENTS, *PRETRAINING_EXPERIMENTS],
)
def test_experiments_compose_with_all_required_parameters(folder: Path, experiment: str) -> None:
    cfg = OmegaConf.to_container(_compose(f"+experiment={experiment}", folder=folder), resolve=True)
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


@pytest.mark.parametrize("path", sorted((CONF / "label_model").glob("*.yaml")), ids=lambda path: path.stem)
def test_label_models_are_configured_with_their_own_defaults(path: Path) -> None:
    written = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(written, dict)
    parameters = inspect.signature(get_object(written.pop("_target_"))).parameters
    defaults = {name: one.default for name, one in parameters.items()} | (
        {"seed": "${seed}"} if "seed" in written else {}
    )
    assert written == {name: list(one) if isinstance(one, tuple) else one for name, one in defaults.items()}


def test_a_wrench_data_set_is_named_in_one_place() -> None:
    chosen = ("+experiment=rules", "corpus=wrench", "labeling_functions=wrench", "data_dir=somewhere")
    cfg = OmegaConf.to_container(_compose(*chosen, "corpus.dataset=bc5cdr"), resolve=True)
    of_set = {"data_dir": "somewhere/wrench", "dataset": "bc5cdr"}
    assert cfg["corpus"] == {"_target_": "eigennamen.corpora.wrench.load", "name": "bc5cdr", **of_set}
    lfs = {"_target_": "eigennamen.corpora.wrench.labeling_functions", "recommended": True, **of_set}
    assert cfg["datamodule"]["label_source"]["labeling_functions"] == lfs
    with pytest.raises(MissingMandatoryValue, match=r"corpus\.dataset"):
        OmegaConf.to_container(_compose(*chosen), resolve=True, throw_on_missing=True)


def test_pretrained_body_takes_its_tokenizer_along() -> None:
    cfg = _compose("module/body=pretrained", "module.pretrained=some/model")
    assert cfg.datamodule.codec.tokenizer.pretrained == "some/model"
    assert cfg.module.body.pretrained == "some/model"


def test_word_vectors_are_set_in_one_place() -> None:
    cfg = _compose("module.word_vectors=some/vectors")
    assert cfg.datamodule.codec.tokenizer.word_vectors == "some/vectors"
    assert _compose().datamodule.codec.tokenizer.word_vectors == "models/eigennamen-word-vectors-de"


@pytest.mark.parametrize(("folder", "script"), [(CONF, "train.py"), (PRETRAINING, "pretrain.py")])
def test_experiment_files_open_with_what_they_show_and_their_command(folder: Path, script: str) -> None:
    for path in (folder / "experiment").glob("*.yaml"):
        header = path.read_text(encoding="utf-8").splitlines()[:4]
        assert header[0] == "# @package _global_"
        assert header[1].startswith("# ")
        assert any(f"python {script} +experiment={path.stem}" in line for line in header), path.stem


@pytest.mark.parametrize(
    ("objective", "tokenizer", "max_steps"),
    [("masked_language_model", "wordpiece", 4), ("span_corruption", "unigram", 4)],
)
def test_an_objective_brings_its_tokenizer_and_a_trainer_that_can_be_chosen(
    objective: str, tokenizer: str, max_steps: int
) -> None:
    cfg = _compose(f"objective={objective}", "trainer=debug", "logger=none", folder=PRETRAINING)
    assert cfg.objective.tokenizer._target_ == f"eigennamen.subwords.{tokenizer}"
    assert cfg.trainer.max_steps == max_steps
    assert cfg.logger is None


def test_word_vectors_are_trained_without_steps() -> None:
    assert _compose("objective=skip_gram", folder=PRETRAINING).trainer is None


def test_longer_sequences_make_a_network_and_a_tokenizer_for_them() -> None:
    cfg = _compose("trainer.sequence_length=256", folder=PRETRAINING)
    assert cfg.objective.network.max_position_embeddings == cfg.objective.tokenizer.max_length == 256


def test_excluded_corpora_are_those_of_train() -> None:
    cfg = _compose("exclude=[mini,conll]", "exclude.conll.test=a.conll", folder=PRETRAINING)
    assert set(cfg.exclude) == {"mini", "conll"}
    assert cfg.exclude.conll._target_ == "eigennamen.corpora.conll.load"
    assert "exclude" not in _compose("exclude=[]", folder=PRETRAINING)


@pytest.mark.parametrize("form", ["brackets", "typed_list", "word_tags"])
def test_an_output_format_is_chosen_by_its_name(form: str) -> None:
    cfg = _compose("+experiment=seq2seq", f"datamodule/codec/format={form}")
    assert cfg.datamodule.codec.format._target_.startswith(f"eigennamen.formats.{form}.")


def test_text_targets_on_weak_labels() -> None:
    cfg = _compose("+experiment=seq2seq", "datamodule/label_source=weak")
    assert cfg.datamodule.label_source._target_.endswith("WeakLabels")
    assert cfg.datamodule.codec._target_.endswith("build_text_codec")


@pytest.mark.parametrize(
    ("body", "network", "tokenizer"),
    [
        ("bert_mini_seq2seq", "warm_start.warm_started", "pretrained_speller"),
        ("t5_mini", "encoder_decoders.pretrained", "pretrained_speller"),
        ("t5", "encoder_decoders.t5", "train_speller"),
        ("bart", "encoder_decoders.bart", "train_speller"),
    ],
)
def test_a_generators_body_brings_its_tokenizer(body: str, network: str, tokenizer: str) -> None:
    cfg = _compose("+experiment=seq2seq", f"module/body={body}")
    assert cfg.module.body._target_ == f"eigennamen.modules.{network}"
    assert cfg.datamodule.codec.tokenizer._target_ == f"eigennamen.spelling.{tokenizer}"


def test_another_encoder_decoder_is_named_in_one_place() -> None:
    cfg = _compose("+experiment=seq2seq", "module/body=pretrained_seq2seq", "module.pretrained=some/model")
    assert cfg.datamodule.codec.tokenizer.pretrained == cfg.module.body.pretrained == "some/model"
