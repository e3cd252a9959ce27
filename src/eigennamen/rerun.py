"""``train.py +from=RUN_DIR``: a recorded run again, as its record configures it, and what has changed since.

The record keeps the configuration as it was composed, with its ``${...}``: another ``data_dir`` moves the corpora, and
another seed all that follows it. It takes the place of ``conf/config.yaml``, so that what else is on the command line
applies on top.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import DictConfig, OmegaConf

from eigennamen.identity import Identity, without_volatile
from eigennamen.records import RunRecord, environment

CONFIGURATION = "configuration"  # where a record's environment keeps it
FINISHED = "finished"
_CONFIG_NAME = "recorded"
_KEYS = ("+from", "from")
# groups whose files fill their own node and nothing else: the recorded node is left out for them
_GROUPS = ("corpus", "labeling_functions", "label_model", "procedure", "tokenizer", "trainer", "logger")
_SPOKEN = {  # of fingerprints; that of the configuration is spelled out
    "corpus": "the sentences of the corpus",
    "label_source": "the labeling functions, or the files that they read",
    "source": "the code on the run's path",
    "parents": "the pretrained model or word vectors",
}
_ELSEWHERE = {"force", "from", "logger", "output_dir", "data_dir", "study", "cell"}  # settings that say where, not what


def from_record(arguments: Sequence[str], conf: Path) -> list[str]:
    """The arguments for Hydra: those with ``+from=RUN_DIR`` choose that run's configuration instead of ``conf``'s.

    Raises:
        FileNotFoundError: the folder holds no finished run.
        ValueError: its record cannot be read, or an argument chooses what cannot be chosen on top of a record.
    """
    folders = [value for key, _, value in map(_parts, arguments) if key in _KEYS]
    if not folders:
        return list(arguments)
    rest = [argument for argument in arguments if _parts(argument)[0] not in _KEYS]
    run_dir = Path(folders[-1])
    recorded = configuration_of(run_dir, RunRecord.read(run_dir))
    chosen = dict(_choices(rest, conf))
    _check(chosen)
    basis = OmegaConf.to_container(OmegaConf.load(conf / "config.yaml"))
    assert isinstance(basis, dict)
    node = {
        **basis,
        **{name: setting for name, setting in recorded.items() if name not in {*chosen, "cell"}},
        "defaults": [
            "_self_",
            *({group: name} for group, name in chosen.items()),
            *(one for one in basis["defaults"] if isinstance(one, dict) and next(iter(one)).startswith("override ")),
        ],
        "output_dir": str(run_dir.parent),
        "from": str(run_dir),
        "force": False,
        "study": None,
    }
    ConfigStore.instance().store(_CONFIG_NAME, node)
    return [f"--config-name={_CONFIG_NAME}", *rest]


def configuration_of(run_dir: Path, record: RunRecord) -> dict[str, Any]:
    """The configuration of a finished run, from its record or, where an early one lacks it, from its config.yaml."""
    if CONFIGURATION in record.environment:
        return dict(record.environment[CONFIGURATION])
    path = run_dir / "config.yaml"
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: not there, and the early record beside it has no configuration; expected the whole folder of a "
            "run: copy config.yaml as well, or start from the recipe (+experiment=NAME)"
        )
    loaded = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(loaded, dict)
    return {str(name): node for name, node in loaded.items()}


def environment_of(cfg: DictConfig) -> dict[str, Any]:
    """What a record says of its environment: versions, when the run ended, and the configuration to repeat it with."""
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    return {**environment(), FINISHED: ended, CONFIGURATION: OmegaConf.to_container(cfg)}


def announcement(cfg: DictConfig, identity: Identity) -> str:
    """One message of a run that repeats a recorded one: what differs."""
    run_dir = Path(cfg["from"])
    config: Any = OmegaConf.to_container(cfg)
    lines = changes(run_dir, config=config, fingerprints=identity.fingerprints)
    if not lines:
        return f"{run_dir} again: configuration, data, code and versions are those of its record"
    same = "; its id is the same" if identity.run_id == run_dir.name else f"; it is another run now, {identity.run_id}"
    return "\n  ".join([f"{run_dir} again, but not everything is as it was{same}:", *lines])


def changes(run_dir: Path, *, config: Mapping[str, Any], fingerprints: Mapping[str, str]) -> list[str]:
    """What is other now than in the record of ``run_dir``, a line each: settings, data, code, versions.

    ``config`` is the configuration of the run that is to be done, ``fingerprints`` are its own.
    """
    record = RunRecord.read(run_dir)
    old, new = (dict(_leaves(_of_the_run(one))) for one in (configuration_of(run_dir, record), config))
    lines = _differing(old, new, missing="not set")
    then, now = record.fingerprints, fingerprints
    if not lines and then["config"] != now["config"]:
        lines.append("the configuration: an environment variable that it refers to is another one")
    lines += [f"{what}: changed" for key, what in _SPOKEN.items() if then.get(key) != now[key]]
    versions = {key: value for key, value in environment().items() if not key.startswith("git_")}
    recorded = {key: value for key, value in record.environment.items() if key in versions}
    return lines + _differing(recorded, versions, missing="unknown")


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], *, missing: str) -> list[str]:
    return [
        f"{key}: {old.get(key, missing)}, now {new.get(key, missing)}"
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    ]


def _parts(argument: str) -> tuple[str, str, str]:
    return argument.partition("=")


def _choices(arguments: Sequence[str], conf: Path) -> Iterator[tuple[str, str]]:
    """The arguments that choose a file of a configuration group, with the first of several in a multirun."""
    for key, _, value in map(_parts, arguments):
        group = key.lstrip("+~").partition("@")[0]
        if (conf / group).is_dir():
            yield group, value.partition(",")[0]


def _check(chosen: Iterable[str]) -> None:
    if unfit := sorted(set(chosen) - set(_GROUPS)):
        raise ValueError(
            f"{', '.join(unfit)}: cannot be chosen on top of a record, whose settings would stay among the new ones; "
            f"expected single values (seed=1) or one of {', '.join(_GROUPS)}; for the rest start from the recipe, "
            "+experiment=NAME"
        )


def _of_the_run(config: Mapping[str, Any]) -> Any:
    return without_volatile({key: value for key, value in config.items() if key not in _ELSEWHERE})


def _leaves(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value below a node that is no mapping, with its dotted key."""
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _leaves(value, f"{place}.{key}" if place else str(key))
    else:
        yield place, node
