"""Keeps other processes of this machine out for the length of a block.

The system lifts the lock when its process ends, however that happens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def locked(path: Path) -> Iterator[None]:
        """Hold the lock at `path`; waits for whoever has it."""
        with path.open("a+b") as file:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            try:
                yield
            finally:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    @contextmanager
    def locked(path: Path) -> Iterator[None]:
        """Hold the lock at `path`; waits for whoever has it."""
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
