"""Every call of `up` and `down` with every fault: nothing unknown, nothing billed."""

from __future__ import annotations

import itertools
import sys
from typing import get_args

import pytest

from falcon.errors import DeploymentError
from tests.deploy_example import Machine
from tests.deploy_judge import Figures, check_ending, journal_folder, judge
from tests.deploy_plane import Account, Fault
from tests.deploy_plane.faults import FaultKind

ONCE: dict[str, tuple[FaultKind, ...]] = {
    "up": get_args(FaultKind),
    "down": ("throttled", "denied", "failed", "unanswered, done"),
}
FROM_THEN_ON: tuple[FaultKind, ...] = ("expired", "unanswered, done")


def count_calls(account: Account, journey: str) -> int:
    """How many calls the journey makes when nothing is in its way."""
    with journal_folder() as folder:
        machine = Machine(folder)
        if journey == "up":
            machine.up()
            return len(account.calls)
        machine.up()
        begin = len(account.calls)
        machine.down()
        return len(account.calls) - begin


def try_fault(
    account: Account,
    journey: str,
    call: int,
    fault: Fault,
    *,
    lasts: bool,
    figures: Figures,
) -> None:
    case = f"{journey}, call {call}, {fault.kind}{' from then on' if lasts else ''}"
    account.reset()
    with journal_folder() as folder:
        machine = Machine(folder)
        if journey == "down":
            machine.up()
        at = len(account.calls) + call
        numbers = range(at, at + 2000) if lasts else (at,)
        account.fault_at = dict.fromkeys(numbers, fault)
        ended_well = True
        try:
            if journey == "up":
                machine.up()
            elif machine.down():
                ended_well = False
        except DeploymentError:
            ended_well = False
        if journey == "up":
            check_ending(account, machine, case, ended_well=ended_well, figures=figures)
        elif ended_well and account.resources:
            figures.untold.append(case)
        judge(account, machine, case, figures)


@pytest.mark.parametrize("journey", ["up", "down"])
def test_a_fault_at_any_call_leaves_nothing_unknown_and_nothing_billed(
    account: Account, journey: str, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = Figures()
    calls = range(1, count_calls(account, journey) + 1)

    for call, kind in itertools.product(calls, ONCE[journey]):
        try_fault(account, journey, call, Fault(kind), lasts=False, figures=figures)
    for call, kind in itertools.product(calls, FROM_THEN_ON):
        try_fault(account, journey, call, Fault(kind), lasts=True, figures=figures)

    with capsys.disabled():
        sys.stdout.write(figures.lines(f"{journey}, faults at {len(calls)} calls"))
    assert figures.cases == len(calls) * (len(ONCE[journey]) + len(FROM_THEN_ON))
    assert figures.problems == []
