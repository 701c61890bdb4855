"""Ups and downs as processes of their own, which signals can end.

    python -m tests.deploy_child

Reads lines such as `up /folder/of/the/journal`. For each it forks a child, tells its
process id, lets it go at the next line and tells its exit code: botocore's descriptions
are read once and not by every child.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.aws import Aws
from deploy.interrupts import Interrupts, Terminated
from falcon.errors import DeploymentError
from tests.deploy_example import PACE, Machine
from tests.deploy_plane import REGION

SERVICES = (
    "sagemaker",
    "sts",
    "logs",
    "application-autoscaling",
    "resourcegroupstaggingapi",
    "cloudwatch",
)
SLOWER = replace(PACE, poll=0.02)
"""So that a signal after an answer finds the child asleep."""
FAILED, INTERRUPTED, TERMINATED = 1, 130, 143


def run(journey: str, folder: Path, aws: Aws) -> int:
    machine = Machine(folder, aws=aws, pace=SLOWER)
    try:
        with Interrupts() as interrupts:
            machine.interrupts = interrupts
            if journey == "up":
                machine.up()
            else:
                machine.down()
    except DeploymentError:
        return FAILED
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def serve() -> None:
    aws = Aws(region=REGION)
    for service in SERVICES:
        aws.client(service)
    for line in sys.stdin:
        journey, folder = line.split()
        waiting, going = os.pipe()
        child = os.fork()
        if child == 0:
            os.read(waiting, 1)
            os._exit(run(journey, Path(folder), aws))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdin.readline()
        os.write(going, b"!")
        os.close(waiting)
        os.close(going)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


@dataclass
class Children:
    """The program above, as the tests see it."""

    process: subprocess.Popen[str]

    def run(self, journey: str, folder: Path, started: Callable[[int], None]) -> int:
        """Let a child make its journey; return its exit code, or minus its signal.

        `started` is told its process id before it begins.
        """
        started(int(self._ask(f"{journey} {folder}")))
        return int(self._ask("go"))

    def _ask(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@contextlib.contextmanager
def children() -> Iterator[Children]:
    """The program, running with this process's environment."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.deploy_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    ) as process:
        yield Children(process)
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    serve()
