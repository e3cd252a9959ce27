"""Search spaces in Hydra's syntax."""

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FixedTrial

from eigennamen.sweeps.search_space import as_wandb, some, split, suggest, typed

PARAMS = {
    "module.learning_rate": "tag(log, interval(1e-3, 1e-2))",
    "module.warmup": "interval(0, 0.3)",
    "module.body.dropout": "range(0.1, 0.36, 0.05)",
    "module.body.n_layers": "int(interval(1, 3))",
    "datamodule.batch_size": "range(8, 25, 8)",
    "module/body": "choice(bilstm, bert)",
}


def test_every_kind_of_range() -> None:
    space, fixed = split(PARAMS, [])
    assert fixed == []
    assert space == {
        "module.learning_rate": FloatDistribution(0.001, 0.01, log=True),
        "module.warmup": FloatDistribution(0.0, 0.3),
        "module.body.dropout": FloatDistribution(0.1, 0.35, step=0.05),
        "module.body.n_layers": IntDistribution(1, 3),
        "datamodule.batch_size": IntDistribution(8, 24, step=8),
        "module/body": CategoricalDistribution(["bilstm", "bert"]),
    }
    assert some(space)[-3:] == ["module.body.n_layers=1", "datamodule.batch_size=8", "module/body=bilstm"]


def test_the_command_line_fixes_replaces_and_adds() -> None:
    space, fixed = split(
        {"a": "choice(1, 2)", "b": "choice(1, 2)"}, ["a=5", "b=interval(0, 1)", "c=x,null", "+experiment=rules"]
    )
    assert space == {"b": FloatDistribution(0, 1), "c": CategoricalDistribution(["x", "null"])}
    assert fixed == ["a=5", "+experiment=rules"]


@pytest.mark.parametrize(
    ("params", "arguments", "message"),
    [
        ({"a": "choice(1, 2)"}, ["seed=0,1"], "would choose the luckiest"),
        ({"a": "choice(1, 2)"}, ["a=1"], "give parameters a range"),
        ({"a": "5"}, [], "a=5: expected choice, range, interval"),
        ({"a": "range(3, 3)"}, [], r"a=range\(3, 3\): expected a range that goes up"),
        ({"a": "range(5, 1, -1)"}, [], "expected a range that goes up"),
    ],
)
def test_what_cannot_be_searched_is_refused(params: dict[str, str], arguments: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split(params, arguments)


def test_suggested_parameters_are_overrides() -> None:
    space, _ = split(
        {"a": "interval(0, 1)", "b": "range(2, 9, 2)", "c": "choice('x y', null)"} | {"c": "'x y',null"}, []
    )
    trial = FixedTrial({"a": 0.25, "b": 4, "c": "'x y'"})
    assert suggest(trial, space) == ["a=0.25", "b=4", "c='x y'"]  # type: ignore[arg-type]


def test_a_choice_gets_its_type_back() -> None:
    assert [typed(text) for text in ("'x y'", "null", "0.1", "true", "bert")] == ["x y", None, 0.1, True, "bert"]
    assert typed(0.3) == 0.3


def test_wandb_has_the_same_values() -> None:
    space, _ = split(PARAMS | {"p": "null,0.5,true", "n": "tag(log, int(interval(1, 64)))"}, [])
    assert as_wandb(space) == {
        "module.learning_rate": {"distribution": "log_uniform_values", "min": 0.001, "max": 0.01},
        "module.warmup": {"distribution": "uniform", "min": 0.0, "max": 0.3},
        "module.body.dropout": {"values": [0.1, 0.15, 0.2, 0.25, 0.3, 0.35]},
        "module.body.n_layers": {"distribution": "int_uniform", "min": 1, "max": 3},
        "datamodule.batch_size": {"values": [8, 16, 24]},
        "module/body": {"values": ["bilstm", "bert"]},
        "p": {"values": ["null", 0.5, True]},
        "n": {"distribution": "q_log_uniform_values", "q": 1, "min": 1, "max": 64},
    }
