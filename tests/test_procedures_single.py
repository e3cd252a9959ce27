from pathlib import Path
from typing import Any

from eigennamen.procedures import Trained
from eigennamen.procedures.single import single


def test_one_fit_of_a_new_module_in_the_run_folder() -> None:
    calls: list[dict[str, Any]] = []

    def fit(**arguments: Any) -> dict[str, float]:
        calls.append(arguments)
        return {"epochs": 8}

    where: Any = {"datamodule": "data", "run_dir": Path("run"), "logger": None}
    trained = single(make_module=lambda: "module", fit=fit, **where)  # type: ignore[arg-type, return-value]
    assert calls == [{"module": "module", **where}]
    assert trained == Trained("module", {"epochs": 8})  # type: ignore[arg-type]
