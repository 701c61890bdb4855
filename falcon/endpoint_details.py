"""What stands behind one endpoint: container, instances, age, cost, use.

Several questions to AWS for one endpoint. What these credentials may not read, or AWS
does not tell, is said and never guessed.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from falcon.containers import ContainerName
from falcon.control_plane import ControlPlane
from falcon.deployed_containers import Ask, find_container_behind
from falcon.endpoint import Endpoint
from falcon.endpoint_prices import dollars_per_hour
from falcon.endpoint_use import UNUSED_AFTER, count_questions
from falcon.endpoints import EndpointState, state_of
from falcon.errors import ConfigurationError, EndpointNotFoundError, FalconError
from falcon.text import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Instances:
    """Some instances of one kind."""

    type: str
    """Such as ml.g5.2xlarge; "serverless" where there is none."""
    count: int
    dollars_per_hour: float | None
    """Of one of them, by the price list; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDetails:
    endpoint: Endpoint
    state: EndpointState
    created: datetime
    """Has a time zone."""
    container: ContainerName | None = None
    """None: not known."""
    instances: tuple[Instances, ...] = ()
    """Empty: not known."""
    questions: int | None = None
    """How many it was asked in the last hour; None: not known."""
    problems: tuple[str, ...] = ()
    """Why something is not known."""
    read: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def age(self) -> timedelta:
        return self.read - self.created

    @property
    def dollars_per_hour(self) -> float | None:
        """What it costs at its present size; None: not known."""
        total = 0.0
        for instances in self.instances:
            if instances.dollars_per_hour is None:
                return None
            total += instances.count * instances.dollars_per_hour
        return total if self.instances else None

    @property
    def dollars_so_far(self) -> float | None:
        """What it cost since it was created, had it always been of this size."""
        if self.dollars_per_hour is None or self.state.status != "in service":
            return None
        return self.dollars_per_hour * (self.age / timedelta(hours=1))

    @property
    def is_unused(self) -> bool:
        """Whether instances run and for an hour nobody asked anything."""
        return (
            self.questions == 0
            and self.state.status == "in service"
            and self.age >= UNUSED_AFTER
        )


def read_details(endpoint: Endpoint) -> EndpointDetails:
    """Ask what stands behind `endpoint`: about five questions, a second or less.

    Needs sagemaker:DescribeEndpoint, or raises; with DescribeEndpointConfig and
    DescribeModel it knows instances and container, with cloudwatch:GetMetricData use.
    """
    plane = ControlPlane(
        region=endpoint.region, profile=endpoint.profile, endpoint=endpoint.name
    )
    # Two readers want the same descriptions.
    ask: Ask = functools.cache(plane.ask)
    described = ask("DescribeEndpoint", EndpointName=endpoint.name)
    problems: list[str] = []
    container: ContainerName | None = None
    instances: tuple[Instances, ...] = ()
    questions: int | None = None
    with _noting(problems):
        config = _config(endpoint, described, ask)
        instances = _instances(endpoint.region, described, config)
        with _noting(problems):
            container = find_container_behind(endpoint.name, ask)
        with _noting(problems):
            questions = count_questions(endpoint, config, ask)
    return EndpointDetails(
        endpoint=endpoint,
        state=state_of(described),
        created=described["CreationTime"],
        container=container,
        instances=instances,
        questions=questions,
        problems=tuple(problems),
    )


def removal_command(endpoint: Endpoint) -> str:
    """Return what a person types to delete the endpoint, which ends its cost."""
    command = ["aws", "sagemaker", "delete-endpoint", "--endpoint-name", endpoint.name]
    command += ["--region", endpoint.region]
    command += ["--profile", endpoint.profile] if endpoint.profile else []
    return shlex.join(command)


@contextmanager
def _noting(problems: list[str]) -> Iterator[None]:
    try:
        yield
    except FalconError as error:
        problems.append(str(error))


def _config(endpoint: Endpoint, described: Mapping[str, Any], ask: Ask) -> Any:
    try:
        return ask(
            "DescribeEndpointConfig", EndpointConfigName=described["EndpointConfigName"]
        )
    except EndpointNotFoundError as error:
        # The endpoint goes on without it.
        raise ConfigurationError(
            text(
                "What runs behind the endpoint {endpoint} cannot be told: its "
                "configuration was deleted.",
                endpoint=endpoint.name,
            )
        ) from error


def _instances(
    region: str, described: Mapping[str, Any], config: Mapping[str, Any]
) -> tuple[Instances, ...]:
    running = {
        variant["VariantName"]: variant
        for variant in described.get("ProductionVariants", [])
    }
    return tuple(
        _of_variant(region, variant, running.get(variant["VariantName"], {}))
        for variant in config["ProductionVariants"]
    )


def _of_variant(
    region: str, variant: Mapping[str, Any], running: Mapping[str, Any]
) -> Instances:
    """Return a variant's instances; until it has some, those that it is to have."""
    serverless = "ServerlessConfig" in variant
    other = text("serverless") if serverless else text("several types")
    kind = variant.get("InstanceType", other)
    count = running.get("CurrentInstanceCount", variant.get("InitialInstanceCount", 0))
    price = dollars_per_hour(region=region, instance_type=kind)
    return Instances(type=kind, count=count, dollars_per_hour=price)
