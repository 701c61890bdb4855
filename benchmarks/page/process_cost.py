"""What a server's processes take: CPU time and resident memory, as Linux counts them.

A server is started as the leader of a process group, and what it starts counts as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
IS_KNOWN = (_PROC / "self" / "stat").exists()
"""Whether this system tells."""


def cpu_seconds(group: int) -> float:
    """Seconds of CPU time that a process group has used, by all of its threads."""
    ticks = sum(int(stat[11]) + int(stat[12]) for _, stat in _members(group))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_megabytes(group: int) -> float:
    """RSS; what two processes share counts twice."""
    pages = sum(int(stat[21]) for _, stat in _members(group))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _members(group: int) -> Iterator[tuple[int, list[str]]]:
    """The processes of a group, each with its fields of proc(5)'s `stat` from the
    third on."""
    if not IS_KNOWN:
        return
    for folder in _PROC.glob("[0-9]*"):
        try:
            said = (folder / "stat").read_text()
        except OSError:
            continue  # It has just ended.
        # The second field is a name, which may hold anything.
        fields = said.rpartition(")")[2].split()
        if int(fields[2]) == group:
            yield int(folder.name), fields
