"""Keeps the server's memory small where glibc gives it out."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8
"""mallopt(3)."""
MOST_ARENAS = 2


def share_arenas() -> None:
    """Have all threads share two of malloc's arenas.

    Else there are up to eight for each processor, and the threads of a server that has
    just begun leave 12 MB of holes in them. Does nothing without glibc.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, MOST_ARENAS)
    except (AttributeError, OSError, TypeError):
        pass
