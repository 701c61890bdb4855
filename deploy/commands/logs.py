"""`logs`: what an endpoint's container said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from deploy.commands.context import (
    JsonOption,
    NameArgument,
    ProfileOption,
    RegionOption,
    only_name,
    open_context,
)
from deploy.log_tail import LogTail
from falcon.errors import ConfigurationError, DeploymentError


def logs(
    typed: typer.Context,
    name: NameArgument = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
    hours: Annotated[float, typer.Option(help="How far back.")] = 24.0,
) -> None:
    """Show what the container said, also of an endpoint that is gone."""
    name = only_name(name, typed)
    if name is None:
        raise ConfigurationError("No deployment is known here. Name an endpoint.")
    context = open_context(
        typed, region=region, profile=profile, as_json=json, name=name
    )
    since = datetime.now(UTC) - timedelta(hours=hours)
    tail = LogTail(context.aws, name, since=since)
    lines = tail.read()
    if tail.problem:
        raise DeploymentError(tail.problem)
    if not lines:
        context.output.show(
            f"There are no lines of {name} in {context.aws.region}: it is starting, it "
            "could not be started at all, or nobody made it here."
        )
    context.output.answer({"endpoint": name, "lines": list(lines)}, *lines)
