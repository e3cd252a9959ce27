"""What several test modules share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a busy one is slow, and that is no error
settings.load_profile("any machine")
if "PYTEST_XDIST_WORKER" in os.environ:  # a core each
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test asks the hub; read once, at import
os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # an error inside a constructor shows its trace


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the real corpora; tests that use it are marked ``data``."""
    folder = os.environ.get("EIGENNAMEN_DATA")
    if not folder:
        pytest.skip("needs the real corpora: set EIGENNAMEN_DATA to their folder")
    return Path(folder)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write a file into an empty folder; returns its path."""

    def write_file(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file
