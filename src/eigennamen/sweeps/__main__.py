"""What is made of sweeps: the table of one, an experiment of its best trial, the same search space for W&B.

``python -m eigennamen.sweeps table token_classifier``, ``best token_classifier``, or
``wandb +experiment=weak_labels +sweep=token_classifier > sweep.yaml``.
"""

import argparse
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from eigennamen.files import write_atomically
from eigennamen.sweeps.search_space import as_wandb, split
from eigennamen.sweeps.storage import SweepFolder
from eigennamen.sweeps.tables import CHOICE, table

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial


def write_best(folder: SweepFolder, *, conf: Path, name: str) -> Path:
    """Write ``conf/experiment/<name>.yaml``, which does the best trial's run; returns its path.

    Raises:
        FileExistsError: there is an experiment of this name.
        ValueError: no trial has ended well.
    """
    path = conf / "experiment" / f"{name}.yaml"
    if path.exists():
        raise FileExistsError(f"{path}: is there already; choose another name with --name, or remove it")
    study = folder.study()
    try:
        best = study.best_trial
    except ValueError as error:
        raise ValueError(f"{folder.path}: no trial has ended well, so none is the best") from error
    write_atomically(path, _experiment(study, best, conf=conf, name=name, sweep=folder.path.name))
    return path


def _experiment(study: "Study", best: "FrozenTrial", *, conf: Path, name: str, sweep: str) -> str:
    """An experiment with a sweep's fixed overrides and its best trial's parameters, and where it is from."""
    searched = [f"{key}={value}" for key, value in best.params.items()]
    defaults, values = _divided([*study.user_attrs["sweep"]["fixed"], *searched], conf=conf)
    header = [
        "# @package _global_",
        f"# The best of {len(study.trials)} trials of the sweep {sweep}: {100 * (best.value or 0):.1f} dev micro F1.",
        f"#   python train.py +experiment={name}",
        f"# {CHOICE}",
        f"# Trial {best.number}, run {best.user_attrs.get('run_id')}; from `python -m eigennamen.sweeps best {sweep}`",
    ]
    body = [OmegaConf.to_yaml(one) for one in ({"defaults": [*defaults, "_self_"]}, {"name": name, **values})]
    return "\n".join([*header, *body])


def _divided(overrides: Iterable[str], *, conf: Path) -> tuple[list[Any], Any]:
    """Overrides as the defaults list and the settings of a configuration file."""
    defaults: list[Any] = []
    values = OmegaConf.create()
    with initialize_config_dir(str(conf.absolute()), version_base="1.3"):
        for one in OverridesParser.create().parse_overrides(list(overrides)):
            if one.is_delete():
                raise ValueError(f"{one.input_line}: a file cannot delete; write the experiment by hand")
            if not _is_group(one):
                OmegaConf.update(values, one.key_or_group, one.value(), force_add=True)
            elif one.key_or_group == "experiment":
                defaults.insert(0, one.value())
            elif one.key_or_group != "sweep":
                word = "" if one.is_add() else "override "
                defaults.append({f"{word}/{one.key_or_group}": one.value()})
    return defaults, values


def _is_group(override: Override) -> bool:
    loader = GlobalHydra.instance().config_loader()
    return bool(loader.get_group_options(override.key_or_group, ObjectType.CONFIG))


def wandb_sweep(arguments: Sequence[str], *, conf: Path) -> str:
    """The YAML of a W&B sweep over the search space of ``+sweep=NAME``, everything else as in ``arguments``."""
    parsed = OverridesParser.create().parse_overrides(list(arguments))
    composable = [str(one.input_line) for one in parsed if not one.is_sweep_override()]
    with initialize_config_dir(str(conf.absolute()), version_base="1.3"):
        cfg = compose("config", composable, return_hydra_config=True)
    params = OmegaConf.select(cfg, "hydra.sweeper.params")
    space, fixed = split(params or {}, arguments)
    fixed = [one for one in fixed if not one.startswith(("+sweep=", "hydra"))]
    settings = {
        "program": "train.py",
        "method": "bayes",
        "metric": {"name": "dev/micro_f1", "goal": "maximize"},
        "early_terminate": {"type": "hyperband", "min_iter": 6},
        "parameters": as_wandb(space),
        "command": ["${env}", "${interpreter}", "${program}", *fixed, "${args_no_hyphens}"],
    }
    return f"# python -m eigennamen.sweeps wandb {shlex.join(arguments)}\n" + OmegaConf.to_yaml(settings)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eigennamen.sweeps", description="What is made of sweeps.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command, text in (("table", "the trials of a sweep"), ("best", "an experiment of the best trial")):
        one = commands.add_parser(command, help=text)
        one.add_argument("sweep", help="name of the sweep")
        one.add_argument("--folder", type=Path, default=Path("outputs/sweeps"), help="where the sweeps are")
        if command == "best":
            one.add_argument("--name", help="of the experiment; NAME_best if not given")
    one = commands.add_parser("wandb", help="the search space as a W&B sweep")
    one.add_argument("overrides", nargs="+", help="such as +experiment=weak_labels +sweep=token_classifier")
    for command in ("best", "wandb"):
        commands.choices[command].add_argument("--conf", type=Path, default=Path("conf"), help="configuration folder")
    asked = parser.parse_args(arguments)
    try:
        print(_answer(asked))
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")


def _answer(asked: argparse.Namespace) -> str:
    if asked.command == "wandb":
        return wandb_sweep(asked.overrides, conf=asked.conf)
    folder = SweepFolder(asked.folder / asked.sweep)
    if asked.command == "table":
        return table(folder.study())
    path = write_best(folder, conf=asked.conf, name=asked.name or f"{asked.sweep}_best")
    return f"{path}\npython train.py +experiment={path.stem}"


if __name__ == "__main__":
    main()
