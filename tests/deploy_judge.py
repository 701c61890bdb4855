"""Judges what a fault or a signal left behind: is it known, and does it go?"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy_example import DEPLOYMENT, PACE, Machine, Told
from tests.deploy_plane import Account

_KINDS = {
    "Model": "model",
    "EndpointConfig": "endpoint-config",
    "Endpoint": "endpoint",
}
_NUMBERS = itertools.count()


@dataclass
class Figures:
    cases: int = 0
    left: int = 0
    """Cases after which something still existed."""
    unknown: list[str] = field(default_factory=list)
    """What existed and `status` did not know."""
    unjournalled: list[str] = field(default_factory=list)
    """What existed and the journal of the machine that made it did not know."""
    orphans: list[str] = field(default_factory=list)
    """What existed after the removal."""
    untold: list[str] = field(default_factory=list)
    """Cases in which `up` ended well without an endpoint in service, or failed with
    one that is not on the pending list."""
    billed_after: list[float] = field(default_factory=list)
    """Seconds that were billed from the end of each case to the end of its removal."""

    def lines(self, title: str) -> str:
        longest = max(self.billed_after, default=0.0)
        return (
            f"\n{title}: {self.cases} cases, {self.left} left something; unknown to "
            f"status {len(self.unknown)}, unknown to the journal "
            f"{len(self.unjournalled)}, billed orphans {len(self.orphans)}, ended "
            f"otherwise than told {len(self.untold)}; billed seconds until removed: "
            f"{sum(self.billed_after):.0f} in all, {longest:.0f} at most\n"
        )

    @property
    def problems(self) -> list[str]:
        return [*self.unknown, *self.unjournalled, *self.orphans, *self.untold]


@contextmanager
def journal_folder() -> Iterator[Path]:
    """A folder for a journal: in memory where there is such a place, since here
    thousands of entries are forced to disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def judge(account: Account, machine: Machine, case: str, figures: Figures) -> None:
    """Look what there is, remove it, and look again."""
    account.faults, account.fault_at = [], {}
    account.on_call = lambda *_: None
    figures.cases += 1
    there = {(_KINDS[kind], name) for kind, name in account.resources}
    figures.left += bool(there)
    figures.unjournalled += [f"{case}: {r}" for r in there - machine.journalled()]
    known = {
        (part.kind, part.name) for state in machine.states() for part in state.parts
    }
    # What is being deleted can be gone when status looks.
    still = {(_KINDS[kind], name) for kind, name in account.resources}
    figures.unknown += [f"{case}: {r}" for r in still - known]
    begin = account.billed_seconds
    # Each other time a machine does it whose journal knows nothing, by tag.
    with journal_folder() as empty:
        by_tag = next(_NUMBERS) % 2 == 1
        _remove(Machine(empty) if by_tag else machine)
    figures.orphans += [f"{case}: {r}" for r in account.resources]
    figures.billed_after.append(account.billed_seconds - begin)
    if by_tag:
        shutil.rmtree(machine.folder, ignore_errors=True)
    elif machine.journal.records():
        figures.orphans.append(f"{case}: the journal still has a record")


def _remove(machine: Machine) -> None:
    machine.told, machine.pace = Told(), PACE
    machine.finish()
    for state in machine.states():
        machine.remove(state)


def check_ending(
    account: Account, machine: Machine, case: str, *, ended_well: bool, figures: Figures
) -> None:
    """Whether how `up` ended tells what there is."""
    name = DEPLOYMENT.endpoint_name
    exists = ("Endpoint", name) in account.resources
    pending = any(record.is_removing for record in machine.journal.records())
    if ended_well != (exists and not pending):
        figures.untold.append(f"{case}: ended well: {ended_well}, exists: {exists}")
