"""Pretrain a model on text: ``python pretrain.py +experiment=mlm_de``; ``--help`` lists what can be overridden."""

import os
import sys

import hydra
from omegaconf import DictConfig

from eigennamen.overrides import quoted


@hydra.main(version_base="1.3", config_path="conf/pretraining", config_name="config")
def main(cfg: DictConfig) -> None:
    """Do the run."""
    from eigennamen.pretraining.run import pretrain  # here, so that --help and --cfg answer without loading torch

    try:
        pretrain(cfg)
    except (ValueError, OSError) as error:
        if "HYDRA_FULL_ERROR" in os.environ:
            raise
        sys.exit(f"error: {error}\n(HYDRA_FULL_ERROR=1 shows where)")


if __name__ == "__main__":
    sys.argv[1:] = quoted(sys.argv[1:])
    main()
