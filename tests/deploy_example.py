"""A deployment that the tests make and remove, and what tells of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from deploy.aws import Aws
from deploy.deployment import Deployment
from deploy.discovery import find_parts
from deploy.interrupts import Interrupts
from deploy.journal import Entry, Journal, Record
from deploy.names import deployment_id
from deploy.pace import Pace
from deploy.removal import Removal, finish_pending
from deploy.state import DeploymentState, read_all, read_one
from deploy.up import Creation
from falcon.errors import DeploymentError
from tests.deploy_plane import ACCOUNT, REGION

NAME = "falcon-chat-falcon-7b-instruct"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/falcon-chat"
DOLLARS = 1.515
DEPLOYMENT = Deployment(
    id=deployment_id(account=ACCOUNT, region=REGION, endpoint_name=NAME),
    account=ACCOUNT,
    region=REGION,
    endpoint_name=NAME,
    config_name=NAME,
    model_name=NAME,
    instance_type="ml.g5.2xlarge",
    role_arn=ROLE,
    way="tgi",
    falcon_model="falcon-7b-instruct",
    container="tgi",
    primary_container={"Image": "image:1", "Environment": {"HF_TOKEN": "secret"}},
    model_options={"EnableNetworkIsolation": False},
    variant_options={"ContainerStartupHealthCheckTimeoutInSeconds": 900},
)
PACE = Pace(poll=0.002, creation=60, removal=60, outage=0.02, settling=0.03)
"""The clock of the tests' account goes 30 seconds with each look."""


@functools.cache
def same_aws() -> Aws:
    """Return one that all tests share: there is one account, and clients take long."""
    return Aws(region=REGION)


@dataclass
class Told:
    """A Progress that remembers."""

    phases: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def phase(self, name: str, *, usual: str = "") -> None:
        self.phases.append(f"{name} {usual}".strip())

    def state(self, text: str) -> None:
        self.states.append(text)

    def log(self, line: str) -> None:
        self.lines.append(line)

    def say(self, text: str) -> None:
        self.said.append(text)


@dataclass
class Machine:
    """One machine with its journal and its credentials."""

    folder: Path
    aws: Aws = field(default_factory=same_aws)
    told: Told = field(default_factory=Told)
    pace: Pace = PACE
    interrupts: Interrupts = field(default_factory=Interrupts)

    @property
    def journal(self) -> Journal:
        return Journal(self.folder)

    # Any: the fields of a Deployment.
    def up(self, **changes: Any) -> None:
        deployment = replace(DEPLOYMENT, **changes)
        Creation(
            aws=self.aws,
            deployment=deployment,
            record=Record.of(deployment, DOLLARS),
            journal=self.journal,
            progress=self.told,
            pace=self.pace,
            interrupts=self.interrupts,
        ).run()

    def up_stuck(self) -> None:
        """Leave an endpoint that cannot be removed yet on the pending list."""
        self.pace = replace(PACE, creation=0.01, removal=0.01)
        with pytest.raises(DeploymentError, match="pending list"):
            self.up()
        self.pace = PACE

    def down(self) -> tuple[Entry, ...]:
        """Remove what the journal or a tag knows of it; return what is left."""
        return self.remove(self.state())

    def remove(self, state: DeploymentState) -> tuple[Entry, ...]:
        return Removal(
            aws=self.aws,
            record=state.record,
            journal=self.journal,
            progress=self.told,
            pace=self.pace,
        ).run()

    def finish(self) -> tuple[Record, ...]:
        return finish_pending(
            self.aws, journal=self.journal, progress=self.told, pace=self.pace
        )

    def state(self) -> DeploymentState:
        return read_one(
            self.aws, self.journal, lambda _: DOLLARS, deployment_id=DEPLOYMENT.id
        )

    def states(self) -> tuple[DeploymentState, ...]:
        return read_all(self.aws, self.journal, lambda _: DOLLARS).states

    def journalled(self) -> set[tuple[str, str]]:
        """What the journal alone knows of, by kind and name."""
        return {
            (entry.kind, entry.name)
            for record in self.journal.records()
            for entry in record.entries
        }

    def exists(self) -> list[str]:
        """The kinds of what AWS has under the deployment's names."""
        record = Record.of(DEPLOYMENT, DOLLARS)
        return [part.kind for part in find_parts(self.aws, record)]
