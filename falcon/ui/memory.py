"""Keeps the server's memory small where glibc gives it out; does nothing elsewhere."""

from __future__ import annotations

import ctypes
from functools import cache

_M_ARENA_MAX = -8
"""mallopt(3)."""
MOST_ARENAS = 1


def share_arenas() -> None:
    """Have all threads share one of malloc's arenas.

    Else there are up to eight for each processor, and the threads of a server that has
    just begun leave 12 MB of holes in them.
    """
    _ask_glibc("mallopt", _M_ARENA_MAX, MOST_ARENAS)


@cache
def give_back_holes() -> None:
    """Done once, when a first answer has ended: all is imported by then, and what that
    took on the way, some 3 MB, is free."""
    _ask_glibc("malloc_trim", 0)


def _ask_glibc(name: str, *numbers: int) -> None:
    try:
        getattr(ctypes.CDLL(None), name)(*numbers)
    except (AttributeError, OSError, TypeError):
        pass
