"""What makes a run this run: a hash of its configuration, data, labeling functions, code and parents."""

import ast
import hashlib
import importlib.util
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from omegaconf import DictConfig, OmegaConf

from eigennamen.datamodule import LabelSource
from eigennamen.records import RECORD, RunRecord
from eigennamen.types import Corpus

# Settings that cannot change a result: what is shown and where things are. The corpus and the labeling functions are
# left out because their content is hashed instead, wherever their files are.
_VOLATILE = {"enable_progress_bar", "accelerator", "devices", "cache", "labeling_functions"}
_PARTS = ("seed", "datamodule", "module", "trainer")


@dataclass(frozen=True)
class Identity:
    """``run_id`` names the run and its folder; ``fingerprints`` say which part is to blame when it changes."""

    run_id: str
    fingerprints: Mapping[str, str]
    parents: tuple[str, ...]

    @classmethod
    def of(cls, cfg: DictConfig, *, corpus: Corpus, label_source: LabelSource) -> Self:
        """The identity of the run that ``cfg`` describes, with its corpus and label source already built."""
        resolved = OmegaConf.to_container(cfg, resolve=True)
        assert isinstance(resolved, dict)
        config = {part: without_volatile(resolved[part]) for part in _PARTS}
        parent = parent_of((resolved["module"] or {}).get("pretrained"))
        fingerprints = {
            "config": _digest(config),
            "corpus": corpus.fingerprint,
            "label_source": label_source.fingerprint,
            "source": source_fingerprint(targets_of(config)),
            "parents": _digest(parent),
        }
        name = f"{cfg.name}-{corpus.name}-{cfg.seed}-{_digest(fingerprints)[:10]}"
        return cls(name, fingerprints, () if parent is None else (parent,))


def without_volatile(config: Any) -> Any:
    """A nested configuration without the settings that cannot change a result."""
    if isinstance(config, dict):
        return {key: without_volatile(value) for key, value in config.items() if key not in _VOLATILE}
    return config


def targets_of(config: Any) -> Iterator[str]:
    """Every ``_target_`` in a nested configuration."""
    if isinstance(config, dict):
        if isinstance(config.get("_target_"), str):
            yield config["_target_"]
        for value in config.values():
            yield from targets_of(value)


def source_fingerprint(targets: Iterable[str]) -> str:
    """Hash of the modules of ours that define some dotted paths and of all that these import, comments aside."""
    waiting = [*targets]
    sources: dict[str, str] = {}
    while waiting:
        name = _module_of(waiting.pop())
        if name is not None and name not in sources:
            spec = importlib.util.find_spec(name)
            assert spec is not None
            assert spec.origin is not None
            tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
            sources[name] = ast.dump(tree)
            waiting += _imported(tree)
    return _digest(sources)


def _module_of(dotted: str) -> str | None:
    """The module of ours that a dotted path leads to or into."""
    name = dotted
    while name.startswith("eigennamen"):
        try:
            if importlib.util.find_spec(name):
                return name
        except ModuleNotFoundError:  # its parent is no package
            pass
        name = name.rpartition(".")[0]
    return None


def _imported(tree: ast.Module) -> list[str]:
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [f"{node.module}.{alias.name}" for node in froms for alias in node.names]


def parent_of(pretrained: str | None) -> str | None:
    """What identifies a pretrained model: the run that made it, its name with a hash of its weights, or its name."""
    if pretrained is None:
        return None
    folder = Path(pretrained)
    if (folder.parent / RECORD).exists():
        return RunRecord.read(folder.parent).run_id
    weights = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")]) if folder.is_dir() else []
    if not weights:
        return pretrained
    digest = hashlib.sha256()
    for path in weights:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{folder.name}@{digest.hexdigest()[:10]}"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
