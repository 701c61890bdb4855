"""Autostop: what removes an endpoint in AWS itself while every laptop is closed.

One stack for a region (deploy/templates/autostop.yaml), whose function
(deploy/autostop/lambda_function.py) goes by tags. One for each endpoint would stay
behind when its endpoint is gone, and each would need new IAM roles; so an administrator
installs it once, and whoever deploys only tags.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from deploy.discovery import Part
from deploy.find import find_tagged
from deploy.pace import Pace
from deploy.progress import Progress
from deploy.stack import Stack
from deploy.tags import EXPIRES_AT, IDLE, format_time
from falcon.errors import ConfigurationError

STACK_NAME = "falcon-chat-autostop"
SHORTEST_IDLE = timedelta(minutes=10)
"""It looks every five minutes, and CloudWatch counts up to two minutes late."""
_FOLDER = Path(__file__).parent
_ARNS = {
    "model": "ModelArn",
    "endpoint-config": "EndpointConfigArn",
    "endpoint": "EndpointArn",
}


def read_template() -> str:
    """Return the stack's template with the function's code in it."""
    template = (_FOLDER / "templates" / "autostop.yaml").read_text("utf-8")
    code = (_FOLDER / "autostop" / "lambda_function.py").read_text("utf-8")
    # What JSON quotes, YAML reads.
    return template.replace('"lambda_function.py"', json.dumps(code))


def autostop_stack(aws: Aws, *, progress: Progress, pace: Pace) -> Stack:
    return Stack(aws=aws, name=STACK_NAME, progress=progress, pace=pace)


def install_autostop(stack: Stack) -> None:
    """Install it, or bring it up to this version.

    Where these credentials may not, one that somebody else installed is taken as it
    is. Raises RefusedError where there is none.
    """
    try:
        change_set = stack.prepare(read_template())
    except RefusedError as refusal:
        if refusal.kind != "denied" or not stack.is_complete():
            raise
        return
    if change_set is None:
        return
    for change in change_set.changes:
        stack.progress.say(f"  {change}")
    stack.execute(change_set)


def remove_autostop_if_unused(stack: Stack, *, but: str = "") -> tuple[str, ...]:
    """Remove the stack unless a deployment counts on it; return the ids of those.

    `but` is the id of one that is gone: the tagging service is some moments behind.
    """
    users = {
        found.tags.deployment_id
        for found in find_tagged(stack.aws)
        if found.tags.idle or found.tags.expires_at
    }
    if not users - {but}:
        stack.delete()
    return tuple(sorted(users - {but}))


def check_idle(idle: timedelta) -> None:
    if idle < SHORTEST_IDLE:
        raise ConfigurationError(
            f"--idle takes {SHORTEST_IDLE.seconds // 60} minutes or more: AWS counts "
            "questions some minutes late."
        )


def set_idle(aws: Aws, endpoint: Part, *, idle: timedelta, since: datetime) -> None:
    """Let an endpoint end when nobody asks it anything for `idle`, from `since` on."""
    minutes = int(idle.total_seconds()) // 60
    value = f"{minutes} minutes from {format_time(since)}"
    _tag(aws, endpoint, IDLE, value)


def set_expiry(aws: Aws, parts: Iterable[Part], *, expires_at: datetime) -> None:
    """Let a deployment end at a moment, whatever was said before."""
    for part in parts:
        _tag(aws, part, EXPIRES_AT, format_time(expires_at))


def unset(aws: Aws, parts: Iterable[Part]) -> None:
    """Let a deployment stay until somebody removes it."""
    for part in parts:
        if part.kind in _ARNS:
            aws.ask(
                "sagemaker",
                "DeleteTags",
                ResourceArn=part.described[_ARNS[part.kind]],
                TagKeys=[EXPIRES_AT, IDLE],
            )


def _tag(aws: Aws, part: Part, key: str, value: str) -> None:
    if part.kind in _ARNS:
        aws.ask(
            "sagemaker",
            "AddTags",
            ResourceArn=part.described[_ARNS[part.kind]],
            Tags=[{"Key": key, "Value": value}],
        )
