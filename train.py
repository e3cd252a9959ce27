"""Train and score one run: ``python train.py +experiment=weak_labels``; ``--help`` lists what can be overridden.

``python train.py +from=outputs/RUN_ID`` does a recorded run again; further overrides apply on top.
"""

import os
import sys
from pathlib import Path

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from eigennamen.overrides import quoted, with_body


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(cfg: DictConfig) -> float | None:
    """Do the run; return its dev micro F1, which sweepers optimize."""
    from eigennamen.run import run  # here, so that --help and --cfg answer without loading torch

    try:
        scores = run(cfg).scores
    except (ValueError, OSError) as error:
        # bad input is explained in one message; in a multirun the exception lets Hydra go on with the next job
        if HydraConfig.get().mode == RunMode.MULTIRUN or "HYDRA_FULL_ERROR" in os.environ:
            raise
        sys.exit(f"error: {error}\n(HYDRA_FULL_ERROR=1 shows where)")
    return scores["dev"]["micro"]["f1"] if "dev" in scores else None


def with_record(arguments: list[str]) -> list[str]:
    """``+from=RUN_DIR`` starts from the configuration in a run's record instead of ``conf``'s."""
    if not any(argument.startswith(("+from=", "from=")) for argument in arguments):
        return with_body(arguments)
    from eigennamen.rerun import from_record

    try:
        return from_record(arguments, Path(__file__).parent / "conf")
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    # Hydra copies its whole registry several times for each group that --help lists (0.2 s), only to read it
    ConfigStore.__deepcopy__ = lambda registry, memo: registry  # type: ignore[attr-defined]
    sys.argv[1:] = quoted(with_record(sys.argv[1:]))
    main()
