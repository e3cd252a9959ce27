"""The commands in the README are real."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from train import with_body

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
TRAIN = re.findall(r"^python train\.py (.+)$", TEXT, re.MULTILINE)
PRETRAIN = re.findall(r"^python pretrain\.py ([^#\n]+)", TEXT, re.MULTILINE)
MAKE = re.findall(r"`?\bmake ([a-z-]+)", TEXT)


@pytest.mark.parametrize("arguments", TRAIN)
def test_training_commands_compose(arguments: str) -> None:
    overrides = [argument.split(",")[0] for argument in shlex.split(arguments) if argument != "-m"]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", with_body(overrides))
    assert cfg.name in ("weak_labels", "rules", "hand_labels", "seq2seq")


@pytest.mark.parametrize("arguments", PRETRAIN)
def test_pretraining_commands_compose(arguments: str) -> None:
    with initialize_config_dir(str(ROOT / "conf" / "pretraining"), version_base="1.3"):
        assert compose("config", shlex.split(arguments)).name == "mlm_de"


def test_the_readme_has_commands() -> None:
    assert len(TRAIN) >= 8
    assert len(PRETRAIN) >= 2


@pytest.mark.parametrize("target", sorted(set(MAKE)))
def test_make_targets_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_linked_files_exist() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / link).exists(), link


def test_it_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
