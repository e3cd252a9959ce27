"""From the configuration of labeling functions to the functions themselves."""

import importlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from eigennamen.weak.labeling_function import LabelingFunction


def load_labeling_functions(config: Mapping[str, str | LabelingFunction | None]) -> tuple[LabelingFunction, ...]:
    """The labeling functions of a configuration, in its order and named by its keys.

    A value is a dotted path (``my_module.my_lf``; the working directory is searched too) or a LabelingFunction that
    Hydra has already made from a ``_target_`` node. None leaves a function out that a configuration inherits.

    Raises:
        ValueError: the configuration is empty, or entries lead nowhere or to something else; all are named at once.
    """
    if all(value is None for value in config.values()):
        raise ValueError("no labeling functions are configured; add some with +labeling_functions.NAME=MODULE.FUNCTION")
    found: list[LabelingFunction] = []
    problems: list[str] = []
    for key, value in config.items():
        if value is None:
            continue
        try:
            found.append(replace(_resolve(value), name=key))
        except _BadEntryError as error:
            problems.append(f"labeling_functions.{key}: {error}")
    if problems:
        raise ValueError("\n".join([*problems, "drop an entry with ~labeling_functions.NAME"]))
    return tuple(found)


class _BadEntryError(Exception):
    pass


def _resolve(value: object) -> LabelingFunction:
    target = _imported(value) if isinstance(value, str) else value
    if isinstance(target, LabelingFunction):
        return target
    if callable(target):
        raise _BadEntryError(f"{value} is a plain function; decorate it with @labeling_function(labels=[...])")
    raise _BadEntryError(f"{value!r} is a {type(target).__name__}; expected MODULE.FUNCTION or a _target_ node")


def _imported(path: str) -> object:
    module_name, dot, attribute = path.rpartition(".")
    if not dot:
        raise _BadEntryError(f"{path!r} is no dotted path; expected MODULE.FUNCTION")
    if (here := str(Path.cwd())) not in sys.path:  # under an entry point only the environment's folders are
        sys.path.append(here)
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except ModuleNotFoundError as error:
        raise _BadEntryError(f"{path}: {error}; modules are looked for in {here} and in the environment") from error
    except AttributeError as error:
        raise _BadEntryError(f"{path}: module {module_name} has no {attribute!r}; check the spelling") from error
