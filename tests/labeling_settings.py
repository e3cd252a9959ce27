"""What tests of looking at labeling functions share: the configuration of label.py, and two training sentences."""

from pathlib import Path

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

CONF = Path(__file__).parents[1] / "conf"
TRAIN = [("Herr Kahl wohnt in Köln .", [[5, 9, "PER"], [19, 23, "LOC"]]), ("Herr Groß schläft .", [[5, 9, "PER"]])]


def label_config(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("label", list(overrides))
