"""Look at labeling functions: ``python label.py +experiment=weak_labels``; ``--help`` lists what can be overridden."""

import os
import sys

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from eigennamen.overrides import quoted


@hydra.main(version_base="1.3", config_path="conf", config_name="label")
def main(cfg: DictConfig) -> None:
    """Apply them, fit the label model, write table, labels and report."""
    from eigennamen.labeling.run import label  # here, so that --help and --cfg answer without loading torch

    try:
        label(cfg)
    except (ValueError, OSError) as error:
        if HydraConfig.get().mode == RunMode.MULTIRUN or "HYDRA_FULL_ERROR" in os.environ:
            raise
        sys.exit(f"error: {error}\n(HYDRA_FULL_ERROR=1 shows where)")


if __name__ == "__main__":
    sys.argv[1:] = quoted(sys.argv[1:])
    main()
