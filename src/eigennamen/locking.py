"""A folder that one process at a time works in; the kernel frees it with the process."""

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)  # of some network drives


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process that asks for it works in a folder; on a drive that knows no locks, go on at once."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("%s: another process works in it; waiting for that", folder)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            log.warning("%s: on a drive without locks; let no two processes do the same run at once", folder)
        yield
    finally:
        os.close(descriptor)
