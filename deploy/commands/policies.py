"""`policies`: the least that whoever deploys, chats or serves needs to be allowed."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from deploy.commands.context import ProfileOption, RegionOption, open_context
from deploy.policies import PolicyName, read_policy


def policies(
    typed: typer.Context,
    name: Annotated[
        PolicyName,
        typer.Argument(
            help="Who is allowed: deployer runs these commands, api and autostop "
            "install those (they make roles: an administrator's), page runs the chat, "
            "SageMaker takes the execution role by the trust policy."
        ),
    ],
    region: RegionOption = None,
    profile: ProfileOption = None,
) -> None:
    """Print an IAM policy in JSON, for this account and region."""
    context = open_context(typed, region=region, profile=profile, as_json=True)
    policy = read_policy(name, aws=context.aws)
    typer.echo(json.dumps(policy, indent=2))
