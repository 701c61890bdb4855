"""What exists of each deployment now, and what it has cost: reading only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from deploy.discovery import Part, find_parts
from deploy.find import Tagged, find_tagged
from deploy.invocations import last_invocation
from deploy.journal import Entry, Journal, Record

HourlyPrice = Callable[[str], float | None]
"""Returns an instance type's price in dollars; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentState:
    record: Record
    """What this machine knew; for what others made, what AWS tells of it. Its entries
    are what exists, and what may come to."""
    is_in_journal: bool
    parts: tuple[Part, ...]
    """What exists and is ours, in the order in which it is made."""
    foreign: tuple[Part, ...] = ()
    """What has a name of this deployment's and is not tagged as its part."""
    last_invocation: datetime | None = None
    problems: tuple[str, ...] = ()
    """Why something is not known."""
    read: datetime

    @property
    def uncertain(self) -> tuple[Entry, ...]:
        """What is in the journal and not found: it may come to exist, or is gone."""
        there = {(part.kind, part.name) for part in self.parts}
        entries = self.record.entries
        return tuple(e for e in entries if (e.kind, e.name) not in there)

    @property
    def owner(self) -> str:
        return next((part.tags.owner for part in self.parts if part.tags), "")

    @property
    def endpoint(self) -> Part | None:
        return next((part for part in self.parts if part.kind == "endpoint"), None)

    @property
    def status(self) -> str:
        """SageMaker's own word for the endpoint; empty: there is none."""
        return str(self.endpoint.described["EndpointStatus"]) if self.endpoint else ""

    @property
    def expires_at(self) -> datetime | None:
        """When it is to be removed, by the endpoint's own tag."""
        endpoint = self.endpoint
        return endpoint.tags.expires_at if endpoint and endpoint.tags else None

    @property
    def idle(self) -> str:
        """After how long without a question it is removed; empty: never."""
        endpoint = self.endpoint
        return endpoint.tags.idle if endpoint and endpoint.tags else ""

    @property
    def age(self) -> timedelta | None:
        """How long the endpoint has been there; None: there is none."""
        if self.endpoint is None:
            return None
        created: datetime = self.endpoint.described["CreationTime"]
        # This machine's clock may be behind AWS's.
        return max(self.read - created, timedelta())

    @property
    def dollars_per_hour(self) -> float | None:
        """What it costs now; None: not known. Without an endpoint nothing."""
        if self.status in ("", "Failed"):
            return 0.0
        return self.record.dollars_per_hour

    @property
    def dollars_so_far(self) -> float | None:
        """What the endpoint cost since it was created, had it always been of this
        size; None: not known."""
        if self.age is None or self.dollars_per_hour is None:
            return self.dollars_per_hour
        return round(self.dollars_per_hour * (self.age / timedelta(hours=1)), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    states: tuple[DeploymentState, ...]
    problems: tuple[str, ...] = ()
    """Why there may be more."""


def read_all(aws: Aws, journal: Journal, price: HourlyPrice) -> Overview:
    """Return every deployment of the account in the region that journal or tags know.

    Where these credentials may not ask for tags, it is what the journal knows.
    """
    tagged, problems = _tagged(aws, None)
    held = {
        record.id: record
        for record in journal.records()
        if (record.account, record.region) == (aws.account(), aws.region)
    }
    ids = sorted({*held, *(found.tags.deployment_id for found in tagged)})
    states = (_read(aws, id_, held.get(id_), tagged=tagged, price=price) for id_ in ids)
    return Overview(
        states=tuple(state for state in states if state.record.entries),
        problems=problems,
    )


def read_one(
    aws: Aws, journal: Journal, price: HourlyPrice, *, deployment_id: str
) -> DeploymentState:
    """Return what there is of one deployment, which may be nothing."""
    tagged, problems = _tagged(aws, deployment_id)
    held = journal.read(deployment_id)
    state = _read(aws, deployment_id, held, tagged=tagged, price=price)
    return replace(state, problems=(*problems, *state.problems))


def _tagged(
    aws: Aws, deployment_id: str | None
) -> tuple[tuple[Tagged, ...], tuple[str, ...]]:
    try:
        return find_tagged(aws, deployment_id), ()
    except RefusedError as refusal:
        if refusal.kind != "denied":
            raise
        return (), (f"What others made is not known. {refusal}",)


def _read(
    aws: Aws,
    deployment_id: str,
    held: Record | None,
    *,
    tagged: Sequence[Tagged],
    price: HourlyPrice,
) -> DeploymentState:
    # Where no journal here knows it: its id begins with its name.
    record = held or Record(
        id=deployment_id,
        account=aws.account(),
        region=aws.region,
        endpoint_name=deployment_id.rpartition("-")[0],
    )
    mine = [found for found in tagged if found.tags.deployment_id == deployment_id]
    found = find_parts(aws, record, mine)
    parts = tuple(part for part in found if _is_ours(part, deployment_id))
    state = DeploymentState(
        record=_with_entries(record, parts),
        is_in_journal=held is not None,
        parts=parts,
        foreign=tuple(part for part in found if part not in parts),
        read=datetime.now(UTC),
    )
    if state.endpoint is None:
        return state
    state = replace(state, record=_with_instances(state, price))
    return _with_last_invocation(aws, state)


def _is_ours(part: Part, deployment_id: str) -> bool:
    if part.kind == "upload":
        return True
    return part.tags is not None and part.tags.deployment_id == deployment_id


def _with_entries(record: Record, parts: Sequence[Part]) -> Record:
    """Return `record` with what exists among its entries."""
    now = datetime.now(UTC)
    entries = {(entry.kind, entry.name): entry for entry in record.entries}
    for part in parts:
        entries[part.kind, part.name] = Entry(
            kind=part.kind, name=part.name, at=now, is_made=True
        )
    return replace(record, entries=tuple(entries.values()))


def _with_last_invocation(aws: Aws, state: DeploymentState) -> DeploymentState:
    variants = [variant["VariantName"] for variant in _running(state)]
    name = state.record.endpoint_name
    try:
        asked = last_invocation(aws, name, variants=variants)
    except RefusedError as refusal:
        if refusal.kind != "denied":
            raise
        problem = f"When it was last asked is not known. {refusal}"
        return replace(state, problems=(*state.problems, problem))
    return replace(state, last_invocation=asked)


# Any: variants as SageMaker describes them.
def _running(state: DeploymentState) -> Sequence[Mapping[str, Any]]:
    endpoint = state.endpoint
    return endpoint.described.get("ProductionVariants", []) if endpoint else []


def _with_instances(state: DeploymentState, price: HourlyPrice) -> Record:
    """Return the record with the instances that there are at present."""
    record = state.record
    planned = {
        variant["VariantName"]: variant
        for part in state.parts
        if part.kind == "endpoint-config"
        for variant in part.described["ProductionVariants"]
    }
    if not planned:
        return record
    counts: dict[str, int] = {}
    for variant in _running(state) or planned.values():
        name = variant["VariantName"]
        wanted = planned.get(name, {})
        kind = wanted.get("InstanceType", "serverless")
        # Before an endpoint is in service, those that it is to have.
        count = (
            variant.get("CurrentInstanceCount")
            or variant.get("DesiredInstanceCount")
            or wanted.get("InitialInstanceCount", 0)
        )
        counts[kind] = counts.get(kind, 0) + count
    total: float | None = 0.0
    for kind, count in counts.items():
        each = _price_of(record, kind, price)
        total = None if total is None or each is None else total + each * count
    return replace(
        record,
        instance_type=", ".join(counts),
        instance_count=sum(counts.values()),
        dollars_per_hour=total,
    )


def _price_of(record: Record, instance_type: str, price: HourlyPrice) -> float | None:
    """Return one instance's price; what was said when it was made comes first."""
    if record.instance_type == instance_type and record.dollars_per_hour is not None:
        return record.dollars_per_hour / record.instance_count
    return price(instance_type)
