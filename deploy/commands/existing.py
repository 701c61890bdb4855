"""What a command that changes an endpoint begins with: one that is there and ours."""

from __future__ import annotations

import typer

from deploy.commands.context import Context, known_price, only_name
from deploy.discovery import Part
from deploy.state import DeploymentState, read_one
from falcon.errors import ConfigurationError, DeploymentError


def need_name(name: str | None, typed: typer.Context) -> str:
    """Return the name, else the only one; raises ConfigurationError if none is."""
    found = only_name(name, typed)
    if found is None:
        raise ConfigurationError("No deployment is known here. Name an endpoint.")
    return found


def read_existing(context: Context, name: str) -> tuple[DeploymentState, Part]:
    """Return a deployment and its endpoint; raises DeploymentError if there is none.

    One that was made by hand counts as none: it is nobody's to change from here.
    """
    state = read_one(
        context.aws,
        context.journal,
        known_price(context.aws),
        deployment_id=context.id_of(name),
    )
    if state.endpoint is None:
        region = context.aws.region
        raise DeploymentError(
            f"There is no endpoint {name} in {region} that `python -m deploy up` made. "
            f"What there is: python -m deploy list --region {region}"
        )
    return state, state.endpoint
