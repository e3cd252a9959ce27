import errno
import fcntl
import logging
import time
from pathlib import Path
from threading import Thread

import pytest

from eigennamen.locking import alone_in


def test_one_works_in_a_folder_and_others_wait(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    order: list[str] = []

    def work() -> None:
        with alone_in(tmp_path):
            order.append("second")

    other = Thread(target=work)
    with alone_in(tmp_path):
        other.start()
        deadline = time.monotonic() + 30
        while not caplog.messages and time.monotonic() < deadline:
            time.sleep(0.01)
        order.append("first")
    other.join(timeout=30)
    assert order == ["first", "second"]
    assert caplog.messages == [f"{tmp_path}: another process works in it; waiting for that"]
    with alone_in(tmp_path), alone_in(tmp_path.parent):
        pass  # it is free again, and others are


@pytest.mark.parametrize(("code", "goes_on"), [(errno.EOPNOTSUPP, True), (errno.EBADF, False)])
def test_a_drive_without_locks_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int, goes_on: bool
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(code, "refused")

    monkeypatch.setattr(fcntl, "flock", refuse)
    if not goes_on:
        with pytest.raises(OSError, match="refused"), alone_in(tmp_path):
            pass
        return
    with alone_in(tmp_path):
        assert caplog.messages == [
            f"{tmp_path}: on a drive without locks; let no two processes do the same run at once"
        ]
