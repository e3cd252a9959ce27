"""``study.yaml``, read and checked before a study is made of it."""

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from yaml import YAMLError  # type: ignore[import-untyped]


def read_settings(path: Path, *, required: set[str], optional: set[str]) -> dict[str, Any]:
    """What a ``study.yaml`` says, if it has what it must and nothing else.

    Raises:
        ValueError: it is no YAML, lacks something, has something else, or has it in another shape.
    """
    try:
        loaded = OmegaConf.to_container(OmegaConf.load(path))
    except YAMLError as error:
        raise ValueError(f"{path}: {error}; expected YAML, such as that of experiments/transfer") from error
    state = {str(key): value for key, value in loaded.items()} if isinstance(loaded, dict) else {}
    if not required <= set(state) <= required | optional or any(
        value in (None, "", [], {}) for value in state.values()
    ):
        raise ValueError(
            f"{path}: has {sorted(state)}; expected {sorted(required)} and perhaps {sorted(optional)}, none of them "
            "empty"
        )
    shapes = {"rows": dict, "columns": dict, "seeds": list, "published": dict}
    if unfit := [
        f"{name} as {state[name]!r}"
        for name, shape in shapes.items()
        if not isinstance(state.get(name, shape()), shape)
    ]:
        raise ValueError(f"{path}: has {', '.join(unfit)}; expected rows and columns by name, and a list of seeds")
    for kind in ("rows", "columns"):
        for name, overrides in state[kind].items():
            if not isinstance(name, str) or not _are_texts(overrides):
                raise ValueError(
                    f"{path}: {kind} has {name!r}: {overrides!r}; expected a name, in quotes if it is a number, and a "
                    "list of overrides, such as [module/body=bert], or [] for none"
                )
    return state


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
