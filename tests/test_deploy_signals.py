"""Real signals at every call of real processes: before the answer and after it."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.interrupts import Interrupts, Terminated
from tests.deploy_child import Children, children
from tests.deploy_example import Machine
from tests.deploy_judge import Figures, check_ending, journal_folder, judge
from tests.deploy_plane import Account

INT, TERM, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL
LATER = (1, 3)
"""How many calls after the first Ctrl-C the second one comes."""


@dataclass(frozen=True)
class Case:
    journey: str
    signals: Mapping[int, signal.Signals]
    """By the number of the call, counted from 1."""
    moment: str

    def __str__(self) -> str:
        sent = ", ".join(f"{s.name} at call {k}" for k, s in self.signals.items())
        return f"{self.journey}, {sent}, {self.moment}"


@pytest.fixture
def forks(account: Account) -> Iterator[Children]:
    assert account.url
    with children() as forks:
        yield forks


def go(account: Account, forks: Children, case: Case, figures: Figures) -> int:
    account.reset()
    with journal_folder() as folder:
        machine = Machine(folder)
        if case.journey == "down":
            machine.up()
        begin = len(account.calls)
        child = 0

        def started(pid: int) -> None:
            nonlocal child
            child = pid

        def send(moment: str, number: int, _: object) -> None:
            sent = case.signals.get(number - begin)
            if sent is not None and moment == case.moment and child:
                os.kill(child, sent)

        account.on_call = send
        code = forks.run(case.journey, folder, started)
        child = 0
        calls = len(account.calls) - begin
        if case.journey == "up" and KILL not in case.signals.values():
            check_ending(
                account, machine, str(case), ended_well=code == 0, figures=figures
            )
        judge(account, machine, str(case), figures)
    return calls


def cases(journey: str, calls: int) -> Iterator[Case]:
    for call, sent, moment in itertools.product(
        range(1, calls + 1), (INT, TERM, KILL), ("before", "answered")
    ):
        # Of a journey that only removes, each moment once.
        if journey == "up" or (sent is KILL) == (moment == "before"):
            yield Case(journey, {call: sent}, moment)
    for call, later in itertools.product(range(1, calls + 1), LATER):
        if journey == "up":
            yield Case(journey, {call: INT, call + later: INT}, "before")


@pytest.mark.parametrize("journey", ["up", "down"])
def test_a_signal_at_any_call_leaves_nothing_unknown_and_nothing_billed(
    account: Account,
    forks: Children,
    journey: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = Figures()
    calls = go(account, forks, Case(journey, {}, ""), Figures())

    for case in cases(journey, calls):
        go(account, forks, case, figures)

    with capsys.disabled():
        sys.stdout.write(figures.lines(f"{journey}, signals at {calls} calls"))
    assert figures.problems == []


def test_the_first_ctrl_c_waits_for_the_endpoint_to_be_removable(
    account: Account, forks: Children
) -> None:
    account.behaviour.starting_seconds = 300
    with journal_folder() as folder:
        code = start_and_interrupt(account, forks, folder=folder, times=1)

        assert code == 128 + INT
        assert account.resources == {}
        assert Machine(folder).journal.records() == ()


def test_the_second_ctrl_c_leaves_it_to_the_next_command(
    account: Account, forks: Children
) -> None:
    account.behaviour.starting_seconds = 3000
    with journal_folder() as folder:
        code = start_and_interrupt(account, forks, folder=folder, times=2)

        assert code == 128 + INT
        machine = Machine(folder)
        [record] = machine.journal.records()
        assert record.is_removing
        assert machine.state().status == "Creating"
        assert len(machine.finish()) == 1
        account.pass_time(3000)
        machine.finish()
        account.pass_time(60)
        assert machine.finish() == ()
        assert account.resources == {}


def test_two_at_once_make_one_endpoint(account: Account, forks: Children) -> None:
    with (
        journal_folder() as folder,
        children() as others,
        ThreadPoolExecutor() as pool,
    ):
        running = [
            pool.submit(program.run, "up", folder, lambda _: None)
            for program in (forks, others)
        ]
        codes = [each.result() for each in running]

        assert codes == [0, 0]
        assert len(account.creations) == 3
        assert len(Machine(folder).journalled()) == 3


def start_and_interrupt(
    account: Account, forks: Children, *, folder: Path, times: int
) -> int:
    """Press Ctrl-C while an endpoint is being created, and again some polls later."""
    looks = 0
    child = 0

    def started(pid: int) -> None:
        nonlocal child
        child = pid

    def press(moment: str, _: int, call: object) -> None:
        nonlocal looks
        if moment != "answered" or getattr(call, "operation", "") != "DescribeEndpoint":
            return
        looks += 1
        if looks in (4, 8)[:times]:
            os.kill(child, INT)

    account.on_call = press
    return forks.run("up", folder, started)


def press_in_a_create_call(done: list[str], *, times: int) -> None:
    with Interrupts() as interrupts:
        with interrupts.deferred():
            for _ in range(times):
                os.kill(os.getpid(), INT)
            done.append("the call")
        done.append("what follows")


@pytest.mark.parametrize(("times", "expected"), [(1, ["the call"]), (2, [])])
def test_only_a_second_signal_cuts_a_create_call(
    times: int, expected: list[str]
) -> None:
    done: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        press_in_a_create_call(done, times=times)

    assert done == expected


@pytest.mark.parametrize("number", [TERM, signal.SIGHUP])
def test_who_is_asked_to_end_knows_it_from_ctrl_c(number: signal.Signals) -> None:
    with pytest.raises(Terminated), Interrupts():
        os.kill(os.getpid(), number)


def test_afterwards_the_signals_are_as_before() -> None:
    before = signal.getsignal(INT)

    with Interrupts():
        assert signal.getsignal(INT) != before

    assert signal.getsignal(INT) == before
