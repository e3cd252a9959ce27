"""Which way of getting training labels for named-entity recognition is worth it?"""

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eigennamen.modules.base import NERModule

__version__ = "0.1.0"


def load(run_dir: str | PathLike[str]) -> "NERModule":
    """The trained model of a run folder, ready to ``predict``.

    Raises:
        FileNotFoundError: the folder has no finished run with a model in it.
    """
    from eigennamen.run import load_model  # here, so that importing the package does not load torch

    return load_model(run_dir)
