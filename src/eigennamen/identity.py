"""What makes a run this run: a hash of its configuration, data, labeling functions, code and parents."""

import ast
import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from omegaconf import DictConfig, OmegaConf

from eigennamen.datamodule import LabelSource
from eigennamen.files import file_fingerprint
from eigennamen.pretraining.text import Text
from eigennamen.records import RECORD
from eigennamen.types import Corpus
from eigennamen.word_vectors import WORDS

# Settings that cannot change a result: what is shown and where things are. The corpus and the labeling functions are
# left out because their content is hashed instead, wherever their files are.
_VOLATILE = {
    "enable_progress_bar",
    "accelerator",
    "cache",
    "labeling_functions",
    "num_workers",
    "workers",
    "validate_every",
    "checkpoint_seconds",
}
PARTS = ("seed", "datamodule", "module", "procedure", "trainer")


@dataclass(frozen=True)
class Identity:
    """``run_id`` names the run and its folder; ``fingerprints`` say which part is to blame when it changes."""

    run_id: str
    fingerprints: Mapping[str, str]
    parents: tuple[str, ...]

    @classmethod
    def of(cls, cfg: DictConfig, *, corpus: Corpus, label_source: LabelSource) -> Self:
        """The identity of the run that ``cfg`` describes, with its corpus and label source already built."""
        config = resolved_parts(cfg, PARTS)
        module = config["module"] or {}
        parents = _parents(module.get("pretrained"), module.get("word_vectors"))
        data = {"corpus": corpus.fingerprint, "label_source": label_source.fingerprint}
        return cls._of(cfg, config, data, parents=parents, name=corpus.name)

    @classmethod
    def of_pretraining(cls, cfg: DictConfig, *, text: Text) -> Self:
        """The identity of the pretraining that ``cfg`` describes, with its text already found."""
        config = resolved_parts(cfg, ("seed", "objective", "trainer"))
        parents = _parents(config["objective"].get("pretrained"))
        return cls._of(cfg, config, {"text": text.fingerprint}, parents=parents, name=text.name)

    @classmethod
    def _of(
        cls, cfg: DictConfig, config: dict[str, Any], data: dict[str, str], *, parents: tuple[str, ...], name: str
    ) -> Self:
        fingerprints = {
            "config": digest(config),
            **data,
            "source": source_fingerprint(targets_of(config)),
            "parents": digest(parents),
        }
        run_id = f"{cfg.name}-{name}-{cfg.seed}-{digest(fingerprints)[:10]}"
        return cls(run_id, fingerprints, parents)


def labels_id(cfg: DictConfig, *, corpus: Corpus, label_source: LabelSource, text: str | None = None) -> str:
    """Names what label.py makes of ``cfg``: the corpus, and a hash of its sentences, of the labeling functions and of
    what is made of them; ``text`` is the fingerprint of a text that is streamed.
    """
    parts = resolved_parts(cfg, ("seed", "split", "max_sentences", "datamodule"))
    parts["datamodule"] = parts["datamodule"]["label_source"]  # the rest is about training
    hashed = [parts, corpus.fingerprint, label_source.fingerprint, source_fingerprint(targets_of(parts))]
    if text is not None:
        hashed += [text, cfg.shard_size, source_fingerprint(["eigennamen.weak.streaming"])]
    return f"{corpus.name}-{digest(hashed)[:10]}"


def votes_id(corpus: Corpus, *, text: str, functions: Sequence[tuple[str, str]], shard_size: int) -> str:
    """Names the votes of labeling functions (names and fingerprints) on a text that is streamed."""
    mapped = [corpus.labels, sorted(corpus.lf_label_map.items())]
    code = source_fingerprint(["eigennamen.weak.streaming"])
    return f"{corpus.name}-{digest([text, functions, mapped, shard_size, code])[:10]}"


def resolved_parts(cfg: DictConfig, parts: Iterable[str]) -> dict[str, Any]:
    """Some parts of the configuration, without the settings that cannot change a result."""
    resolved = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(resolved, dict)
    return {part: without_volatile(resolved[part]) for part in parts}


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
    _remember_sources()
    waiting = [*targets]
    sources: dict[str, str] = {}
    while waiting:
        name = _module_of(waiting.pop())
        if name is not None and name not in sources:
            sources[name], imported = _parsed(name)
            waiting += imported
    return digest(sources)


def _remember_sources() -> None:
    """Read what is loaded by now: whoever edits a file while runs follow each other does not change these runs."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == "eigennamen":
            _source(name)


@cache
def _source(name: str) -> str:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


@cache
def _parsed(name: str) -> tuple[str, tuple[str, ...]]:
    """A module without its comments, and the dotted paths that it imports."""
    tree = ast.parse(_source(name))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return ast.dump(tree), tuple(f"{node.module}.{alias.name}" for node in froms for alias in node.names)


@cache
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


def _parents(*pretrained: str | None) -> tuple[str, ...]:
    return tuple(parent for parent in map(parent_of, pretrained) if parent is not None)


def parent_of(pretrained: str | None) -> str | None:
    """What identifies a pretrained model or word vectors.

    The run that made it, its name with a hash of its weights (and of what words they are for), or its name.
    """
    if pretrained is None:
        return None
    folder = Path(pretrained)
    for record in (folder / RECORD, folder.parent / RECORD):  # of a shipped model, of a run's model
        if record.exists():
            return str(json.loads(record.read_text(encoding="utf-8"))["run_id"])
    patterns = ("*.safetensors", "*.bin", WORDS)
    weights = sorted(path for pattern in patterns for path in folder.glob(pattern)) if folder.is_dir() else []
    if not weights:
        return pretrained
    of_weights = digest([file_fingerprint(path) for path in weights])
    return f"{folder.name}@{of_weights[:10]}"


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
