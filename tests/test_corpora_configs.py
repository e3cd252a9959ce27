"""The configs of the readers say what the readers' own defaults say, and overrides reach them."""

from collections.abc import Callable
from inspect import signature
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_method, instantiate
from omegaconf import OmegaConf

from eigennamen.types import Corpus, Span

CONF = Path(__file__).parents[1] / "conf" / "corpus"
READERS = ["conll", "germeval2014", "wikineural_de", "jsonl", "hub", "wrench"]


@pytest.mark.parametrize("reader", READERS)
def test_keys_are_the_parameters_and_values_their_defaults(reader: str) -> None:
    config = OmegaConf.load(CONF / f"{reader}.yaml")
    written = OmegaConf.to_container(config)
    assert isinstance(written, dict)
    parameters = signature(get_method(written["_target_"])).parameters
    assert list(parameters) == [key for key in written if key != "_target_"]
    for name, parameter in parameters.items():
        if parameter.default is not parameter.empty and not OmegaConf.is_interpolation(config, name):
            assert written[name] == parameter.default, name


def _load(reader: str, *overrides: str) -> Corpus:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return instantiate(compose(reader, overrides=list(overrides)))


def test_maps_and_lists_can_be_written_on_the_command_line(write: Callable[..., str]) -> None:
    path = write("t.conll", "a\tB-GPE\nb\tB-DATE\n")
    overrides = [f"train={path}", "separator=tab", "label_map={GPE: LOC, DATE: null}", "labels=[LOC, PER]"]
    corpus = _load("conll", *overrides, "lf_label_map={LOC: LOC, MISC: null}")
    assert corpus.train[0].spans == (Span(0, 1, "LOC"),)
    assert corpus.labels == ("LOC", "PER")
    assert corpus.lf_label_map == {"LOC": "LOC", "MISC": None}
