"""A sweep's folder: Optuna's journal of the trials, and a lock for each trial that the kernel frees with its process.

The journal is a file to which lines are added: it works on the network drives of clusters, where SQLite does not.
"""

import fcntl
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import optuna
from optuna.distributions import distribution_to_json
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.storages.journal._file import BaseJournalFileLock
from optuna.study import Study
from optuna.trial import TrialState

from eigennamen.sweeps.search_space import Space

JOURNAL = "journal.jsonl"
PATIENCE = 60.0  # seconds to wait for the journal, which is held for milliseconds
# what may differ when a sweep goes on: where things are and what is shown
_VOLATILE = ("output_dir", "data_dir", "force", "logger", "prices", "hydra", "trainer.enable_progress_bar")
optuna.logging.set_verbosity(optuna.logging.WARNING)


class Lock(BaseJournalFileLock):
    """A lock file that counts only while its process lives; also what Optuna locks its journal with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, patience: float = PATIENCE) -> bool:
        """Wait for the lock.

        Raises:
            TimeoutError: another process has held it for ``patience`` seconds.
        """
        deadline = time.monotonic() + patience
        while not self.taken():
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self.path}: locked by another process for {patience:.0f} s; see what else runs this sweep, end "
                    "it, and give the same command again"
                )
            time.sleep(0.01)
        return True

    def taken(self) -> bool:
        """Take the lock if it is free."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@dataclass(frozen=True)
class SweepFolder:
    """Where the trials of a sweep are kept."""

    path: Path

    def lock(self, name: str) -> Lock:
        return Lock(self.path / f"{name}.lock")

    def study(self, pruner: Any = None) -> Study:
        """The sweep as it is known now.

        Raises:
            FileNotFoundError: there is no sweep in this folder.
            ValueError: its journal is broken.
        """
        if not (self.path / JOURNAL).exists():
            raise FileNotFoundError(
                f"{self.path}: no sweep there; start one with `python train.py -m +experiment=... +sweep=...`"
            )
        try:
            return optuna.load_study(study_name=None, storage=self._storage(), pruner=pruner)
        except OSError:
            raise
        except Exception as error:  # whatever a broken line leads to
            raise self._broken(error) from error

    def begin(self, *, space: Space, fixed: Sequence[str]) -> Study:
        """Create the sweep, or go on with it.

        Raises:
            ValueError: another one is in this folder, or the journal is broken.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with self.lock("begin"):
            self._drop_torn_line()
            try:
                study = optuna.create_study(
                    study_name=self.path.name, storage=self._storage(), direction="maximize", load_if_exists=True
                )
            except OSError:
                raise
            except Exception as error:  # whatever a broken line leads to
                raise self._broken(error) from error
            asked = {
                "fixed": sorted(one for one in fixed if not volatile(one)),
                "space": {key: json.loads(distribution_to_json(one)) for key, one in sorted(space.items())},
            }
            begun = study.user_attrs.get("sweep")
            if begun is None:
                study.set_user_attr("sweep", asked)
            elif begun != asked:
                raise ValueError(
                    f"{self.path}: was begun otherwise ({_difference(begun, asked)}), and trials that differ in more "
                    "than their parameters are not compared; choose another name with hydra.sweeper.name=NAME"
                )
        return study

    def _storage(self) -> JournalStorage:
        journal = self.path / JOURNAL
        return JournalStorage(JournalFileBackend(str(journal), lock_obj=self.lock("journal")))

    def _drop_torn_line(self) -> None:
        """What a full disk cut off would make the lines after it unreadable."""
        journal = self.path / JOURNAL
        with self.lock("journal"):
            content = journal.read_bytes() if journal.exists() else b""
            if content and not content.endswith(b"\n"):
                os.truncate(journal, content.rfind(b"\n") + 1)

    def _broken(self, error: Exception) -> ValueError:
        return ValueError(
            f"{self.path / JOURNAL}: cannot be read ({type(error).__name__}: {error}), the file is broken; mend its "
            "line or move the folder away: finished runs are not repeated when the sweep begins anew"
        )


def volatile(override: str) -> bool:
    """Whether an override cannot change a result."""
    key = override.lstrip("+~").partition("=")[0].replace("/", ".")
    return any(key == one or key.startswith(f"{one}.") for one in _VOLATILE)


def _difference(begun: dict[str, Any], asked: dict[str, Any]) -> str:
    parts = []
    for word, one, other in (("then", begun, asked), ("now", asked, begun)):
        only = [text for text in one["fixed"] if text not in other["fixed"]]
        only += [f"range of {key}" for key, value in one["space"].items() if other["space"].get(key) != value]
        parts.append(f"{word}: {', '.join(only) or 'nothing more'}")
    return "; ".join(parts)


def finished(study: Study, *, apart_from: frozenset[int] = frozenset()) -> int:
    """How many trials have ended, failed ones ``apart_from`` some numbers included."""
    return sum(
        one.state in (TrialState.COMPLETE, TrialState.PRUNED)
        or (one.state is TrialState.FAIL and one.number not in apart_from)
        for one in study.get_trials(deepcopy=False)
    )
