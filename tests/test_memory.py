from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from falcon.ui.memory import MOST_ARENAS

THREADS = 8
SCRIPT = f"""
import ctypes, threading
from falcon.ui.memory import share_arenas

share_arenas()
all_have_some = threading.Barrier({THREADS} + 1)

def allocate():
    some = ctypes.CDLL(None).malloc(1000)
    all_have_some.wait()

for _ in range({THREADS}):
    threading.Thread(target=allocate, daemon=True).start()
all_have_some.wait()
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_threads_share_the_arenas_of_malloc() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )

    assert 1 <= ended.stderr.count("Arena ") <= MOST_ARENAS
