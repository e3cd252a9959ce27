"""The commands in the README and in the guides are real."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from train import with_body

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {page: page.read_text(encoding="utf-8").replace("\\\n", " ") for page in PAGES}
TEXT = TEXTS[ROOT / "README.md"]


def commands(script: str) -> list[str]:
    """What stands behind ``python SCRIPT``, but for what repeats a recorded run; for ``mine`` the shipped functions."""
    found = re.findall(rf"^python {script} ([^#>\n]+)", "\n".join(TEXTS.values()), re.MULTILINE)
    return sorted({one.replace("=mine", "=german") for one in found if "+from=" not in one})


TRAIN, PRETRAIN, LABEL = map(commands, (r"train\.py", r"pretrain\.py", r"label\.py"))
MAKE = re.findall(r"`?\bmake ([a-z-]+)", TEXT)


@pytest.mark.parametrize("arguments", TRAIN)
def test_training_commands_compose(arguments: str) -> None:
    overrides = shlex.split(arguments)
    if "-m" in overrides:
        overrides = [override.split(",")[0] for override in overrides if override != "-m"]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("config", with_body(overrides))
    assert f"+experiment={cfg.name}" in overrides


@pytest.mark.parametrize("arguments", LABEL)
def test_labeling_commands_compose(arguments: str) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        assert compose("label", shlex.split(arguments)).split == "unlabeled"


@pytest.mark.parametrize("arguments", PRETRAIN)
def test_pretraining_commands_compose(arguments: str) -> None:
    with initialize_config_dir(str(ROOT / "conf" / "pretraining"), version_base="1.3"):
        cfg = compose("config", shlex.split(arguments))
    assert f"+experiment={cfg.name}" in shlex.split(arguments)


def test_there_are_commands() -> None:
    assert len(TRAIN) >= 15
    assert len(PRETRAIN) >= 4
    assert len(LABEL) >= 2


@pytest.mark.parametrize("target", sorted(set(MAKE)))
def test_make_targets_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_linked_files_exist(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", TEXTS[page]):
        assert (page.parent / link).exists(), link


def test_it_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
