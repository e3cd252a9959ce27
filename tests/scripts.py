"""The repository's scripts as processes of their own, as a user starts them, but without the seconds of imports.

A server imports the libraries once, and forks. Hash seed and imported constants are therefore those of the server; what
must not depend on them is tested with ``subprocess`` (``integration/test_repeat.py``).
"""

import atexit
import os
import resource
import runpy
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Timer

ROOT = Path(__file__).parents[1]
SECONDS = 300.0  # that a script may take

_context = get_context("forkserver")
_context.set_forkserver_preload(["eigennamen.run", "eigennamen.labeling.run", "eigennamen.pretraining.run"])


@dataclass(frozen=True)
class Printed:
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def run(script: str, *arguments: str, code: int = 0, file_size: int = resource.RLIM_INFINITY) -> Printed:
    """Run a script to its end, which must have this exit code; no file may grow beyond ``file_size`` bytes."""
    readers, writers = zip(*(_context.Pipe(duplex=False) for _ in range(2)), strict=True)
    process = _start([script, *arguments], writers, file_size)
    for writer in writers:
        writer.close()
    killer = Timer(SECONDS, process.kill)
    killer.start()
    with ThreadPoolExecutor(2) as pool:
        printed = Printed(*pool.map(_read, readers))
    process.join()
    killer.cancel()
    assert process.exitcode == code, printed.all
    return printed


def kill_when(folder: Path, wanted: str, script: str, *arguments: str) -> None:
    """Run a script with its output in ``folder``, and kill it as soon as there is such a file."""
    process = _start([script, *arguments, f"output_dir={folder}"])
    deadline = time.monotonic() + SECONDS
    while not list(folder.glob(wanted)):
        assert process.is_alive(), f"ended before there was {wanted}"
        assert time.monotonic() < deadline, f"no {wanted} after {SECONDS:.0f} seconds"
        time.sleep(0.005)
    process.kill()
    process.join()


def _start(
    command: Sequence[str], writers: Sequence[Connection] = (), file_size: int = resource.RLIM_INFINITY
) -> BaseProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("WANDB", "HYDRA"))}
    process = _context.Process(target=_main, args=(command, environment, writers, file_size))
    process.start()
    return process


def _read(reader: Connection) -> str:
    with os.fdopen(os.dup(reader.fileno()), encoding="utf-8") as file:
        return file.read()


def _main(command: Sequence[str], environment: dict[str, str], writers: Sequence[Connection], file_size: int) -> None:
    """What the forked process does; it prints into ``writers``, or nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number, descriptor in enumerate([writer.fileno() for writer in writers] or [nowhere, nowhere], start=1):
        os.dup2(descriptor, number)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, resource.RLIM_INFINITY))
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, str(ROOT))
    sys.argv = list(command)
    try:
        runpy.run_path(str(ROOT / command[0]), run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # which a process of multiprocessing leaves out
