"""A deployment in words and as JSON: what `status`, `list`, `down` and `gc` show."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from deploy.commands.output import Json, format_moment, format_span
from deploy.invocations import LOOKED_BACK
from deploy.money import format_dollars
from deploy.state import DeploymentState
from deploy.tags import format_time


def as_json(state: DeploymentState) -> dict[str, Json]:
    record = state.record
    asked, expires = state.last_invocation, state.expires_at
    return {
        "id": record.id,
        "endpoint": record.endpoint_name,
        "region": record.region,
        "account": record.account,
        "owner": state.owner,
        "status": state.status,
        "model": record.falcon_model,
        "way": record.way,
        "instance_type": record.instance_type,
        "instance_count": record.instance_count,
        "dollars_per_hour": state.dollars_per_hour,
        "dollars_so_far": state.dollars_so_far,
        "age_seconds": None if state.age is None else state.age.total_seconds(),
        "last_invocation": None if asked is None else format_time(asked),
        "expires_at": None if expires is None else format_time(expires),
        "idle": state.idle,
        "exists": [{"kind": part.kind, "name": part.name} for part in state.parts],
        "may_exist": [
            {"kind": entry.kind, "name": entry.name} for entry in state.uncertain
        ],
        "is_in_journal": state.is_in_journal,
        "is_pending_removal": record.is_removing,
        "problems": list(state.problems),
    }


def in_words(state: DeploymentState) -> str:
    """Return a deployment in some lines."""
    record = state.record
    lines = [f"{record.endpoint_name} in {record.region}: {phrase(state)}"]
    if state.endpoint is not None:
        lines.append(f"  {_instances(state)}, {_cost(state)}")
        asked = format_moment(state.last_invocation) or _not_asked(state)
        lines.append(f"  there for {format_span(state.age)}, last asked: {asked}")
        expires = format_moment(state.expires_at)
        lines.append(f"  expires: {expires or 'never'}, made by {state.owner}")
        if state.idle:
            lines.append(f"  removed when nobody asks anything for {state.idle}")
    lines += [f"  {part.kind} {part.name}" for part in state.parts]
    lines += [f"  {e.kind} {e.name}: may exist" for e in state.uncertain]
    lines += [f"  {problem}" for problem in state.problems]
    return "\n".join(lines)


def _not_asked(state: DeploymentState) -> str:
    is_new = state.age is not None and state.age < LOOKED_BACK
    return "not yet" if is_new else f"not in {LOOKED_BACK.days} days"


def phrase(state: DeploymentState) -> str:
    """Return in some words how it is."""
    status = state.status or ("no endpoint" if state.record.entries else "gone")
    return f"{status}, to be removed" if state.record.is_removing else status


def as_table(states: Sequence[DeploymentState]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("endpoint", "status", "instances"):
        table.add_column(heading)
    for heading in ("per hour", "so far", "age"):
        table.add_column(heading, justify="right")
    for heading in ("last asked", "expires", "made by"):
        table.add_column(heading)
    for state in states:
        table.add_row(
            state.record.endpoint_name,
            phrase(state),
            _instances(state) if state.endpoint else "",
            format_dollars(state.dollars_per_hour),
            format_dollars(state.dollars_so_far),
            format_span(state.age),
            format_moment(state.last_invocation),
            format_moment(state.expires_at),
            state.owner,
        )
    return table


def total(states: Sequence[DeploymentState]) -> dict[str, float]:
    """Return what all of them cost; what is not known is counted, not guessed."""
    hourly = [state.dollars_per_hour for state in states]
    so_far = [state.dollars_so_far for state in states]
    return {
        "dollars_per_hour": sum(dollars for dollars in hourly if dollars is not None),
        "dollars_so_far": sum(dollars for dollars in so_far if dollars is not None),
        "unknown": hourly.count(None),
    }


def total_in_words(states: Sequence[DeploymentState]) -> str:
    sums = total(states)
    hourly, so_far = sums["dollars_per_hour"], sums["dollars_so_far"]
    unknown = sums["unknown"]
    more = f", and {unknown:.0f} whose price is unknown" if unknown else ""
    return (
        f"Together {format_dollars(hourly)} per hour, {format_dollars(so_far)} so "
        f"far{more}."
    )


def _instances(state: DeploymentState) -> str:
    return f"{state.record.instance_count} x {state.record.instance_type or 'unknown'}"


def _cost(state: DeploymentState) -> str:
    hourly = format_dollars(state.dollars_per_hour)
    return f"{hourly} per hour, {format_dollars(state.dollars_so_far)} so far"
