"""Search spaces: Hydra's sweep syntax in, Optuna's distributions and W&B's parameters out.

``tag(log, interval(1e-3, 1e-2))``, ``int(interval(1, 4))``, ``range(0.1, 0.6, 0.1)``, ``choice(a, b)`` or ``a,b``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep

try:
    from optuna.distributions import (
        BaseDistribution,
        CategoricalChoiceType,
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )
    from optuna.trial import Trial
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(f"{error}; sweeps need more: pip install -e '.[sweeps]'") from error

Space = Mapping[str, BaseDistribution]
Value = CategoricalChoiceType


def split(params: Mapping[str, Any], arguments: Iterable[str]) -> tuple[dict[str, BaseDistribution], list[str]]:
    """The search space, and the overrides that are the same in every trial.

    ``arguments`` are those of the command line: ranges are added to ``params`` or replace one there, a value fixes one.

    Raises:
        ValueError: nothing is searched, or something that may not be.
    """
    parser = OverridesParser.create()
    searched = {one.get_key_element(): one for one in parser.parse_overrides([f"{k}={v}" for k, v in params.items()])}
    fixed = []
    for override in parser.parse_overrides(list(arguments)):
        key = override.get_key_element()
        searched.pop(key, None)
        if override.is_sweep_override():
            searched[key] = override
        else:
            fixed.append(str(override.input_line))
    space = {key: _distribution(override) for key, override in searched.items()}
    if "seed" in space:
        raise ValueError("seed: a sweep would choose the luckiest; fix it (seed=1), and run the best with more seeds")
    if not space:
        raise ValueError("hydra.sweeper.params: empty; give parameters a range, such as module.warmup=interval(0,0.3)")
    return space, fixed


def _distribution(override: Override) -> BaseDistribution:
    value = override.value()
    if isinstance(value, IntervalSweep):
        log = "log" in value.tags
        if isinstance(value.start, int) and isinstance(value.end, int):
            return IntDistribution(value.start, value.end, log=log)
        return FloatDistribution(float(value.start or 0), float(value.end or 0), log=log)
    if isinstance(value, RangeSweep):
        values = list(value.range())
        if not values or value.step < 0:
            raise ValueError(f"{override.input_line}: expected a range that goes up and has a value")
        if isinstance(values[0], int):
            return IntDistribution(values[0], values[-1], step=int(value.step))
        return FloatDistribution(values[0], round(values[-1], 12), step=float(value.step))
    if override.is_choice_sweep():
        return CategoricalDistribution(list(override.sweep_string_iterator()))
    raise ValueError(f"{override.input_line}: expected choice, range, interval or tag(log, interval)")


def suggest(trial: Trial, space: Space) -> list[str]:
    """A trial's parameters as overrides; those that it has already stay."""
    return [f"{key}={_suggest(trial, key, distribution)}" for key, distribution in space.items()]


def some(space: Space) -> list[str]:
    """One point of the space as overrides: do they fit the configuration?"""
    first = {
        key: one.choices[0] if isinstance(one, CategoricalDistribution) else one.low  # type: ignore[attr-defined]
        for key, one in space.items()
    }
    return [f"{key}={value}" for key, value in first.items()]


def _suggest(trial: Trial, key: str, distribution: BaseDistribution) -> Value:
    if isinstance(distribution, FloatDistribution):
        return trial.suggest_float(
            key, distribution.low, distribution.high, step=distribution.step, log=distribution.log
        )
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(key, distribution.low, distribution.high, step=distribution.step, log=distribution.log)
    assert isinstance(distribution, CategoricalDistribution)
    return trial.suggest_categorical(key, distribution.choices)


def typed(value: Value) -> Any:
    """A parameter's value; choices are kept as the text of an override."""
    if not isinstance(value, str):
        return value
    return OverridesParser.create().parse_override(f"key={value}").value()


def as_wandb(space: Space) -> dict[str, dict[str, Any]]:
    """The ``parameters`` of a W&B sweep."""
    return {key: _wandb(distribution) for key, distribution in space.items()}


def _wandb(distribution: BaseDistribution) -> dict[str, Any]:
    if isinstance(distribution, CategoricalDistribution):
        return {"values": [_plain(typed(choice)) for choice in distribution.choices]}
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    limits = {"min": distribution.low, "max": distribution.high}
    if distribution.log:
        whole = {"distribution": "q_log_uniform_values", "q": 1}
        return {
            **(whole if isinstance(distribution, IntDistribution) else {"distribution": "log_uniform_values"}),
            **limits,
        }
    if distribution.step is None:
        return {"distribution": "uniform", **limits}
    if distribution.step == 1:
        return {"distribution": "int_uniform", **limits}
    steps = round((distribution.high - distribution.low) / distribution.step)
    return {"values": [round(distribution.low + step * distribution.step, 12) for step in range(steps + 1)]}


def _plain(value: Any) -> Any:
    return "null" if value is None else value  # W&B would write None, which Hydra takes for a word
