"""Keeps one chat's page run from holding up the tokens of all others.

Python runs one thread at a time. Streamlit collects all garbage at the end of every
page run, and everybody waits while it walks over the objects of all modules that were
ever imported: 0.12 s each time. And a thread that draws gives way every 5 ms only,
while a token passes through four threads: with twenty that draw it came seconds late.
"""

from __future__ import annotations

import gc
import sys
from functools import cache

SECONDS_BETWEEN_THREADS = 0.001


@cache
def prepare_for_many() -> None:
    """Done once, when a first answer has ended: all is imported by then."""
    sys.setswitchinterval(SECONDS_BETWEEN_THREADS)
    gc.collect()
    # What is there stays for good, and no later collection walks over it.
    gc.freeze()
