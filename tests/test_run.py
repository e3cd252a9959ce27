from pathlib import Path

import numpy as np
import pytest

from eigennamen.records import peak_memory_mb
from eigennamen.run import _forget_peak_memory


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux can forget the peak of a process")
def test_the_peak_of_an_earlier_run_is_forgotten() -> None:
    before = peak_memory_mb()
    large = np.ones(2**25)  # 256 MiB
    high = peak_memory_mb()
    assert high > before + 200
    del large
    assert _forget_peak_memory()
    assert peak_memory_mb() < high - 200
