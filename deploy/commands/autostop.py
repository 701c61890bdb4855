"""`autostop`: lets AWS remove an endpoint that nobody asks any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from deploy.autostopping import (
    autostop_stack,
    check_idle,
    install_autostop,
    remove_autostop_if_unused,
    set_idle,
    unset,
)
from deploy.commands.choosing import read_span
from deploy.commands.context import (
    Context,
    JsonOption,
    NameArgument,
    ProfileOption,
    RegionOption,
    YesOption,
    known_price,
    only_name,
    open_context,
)
from deploy.commands.existing import need_name, read_existing
from deploy.commands.output import format_span
from deploy.state import read_one
from falcon.errors import ConfigurationError, DeploymentError

INSTALLED = (
    "a CloudFormation stack with a small function that looks every 5 minutes, its "
    "schedule, its log and two roles"
)


def autostop(
    typed: typer.Context,
    name: NameArgument = None,
    idle: Annotated[
        str | None,
        typer.Option(
            help="Remove it when nobody asked it anything for so long, such as 60m.",
            metavar="SPAN",
        ),
    ] = None,
    remove: Annotated[
        bool,
        typer.Option(
            "--remove",
            help="Let it stay until `down`; the last one takes the stack with it.",
        ),
    ] = False,
    region: RegionOption = None,
    profile: ProfileOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Let AWS itself remove an idle endpoint, whether a laptop is on or not."""
    if remove == (idle is not None):
        raise ConfigurationError("Say one of --idle SPAN and --remove.")
    name = only_name(name, typed)
    context = open_context(
        typed, region=region, profile=profile, as_json=json, name=name
    )
    if idle is None:
        _remove(context, name, yes=yes)
    else:
        _install(context, need_name(name, typed), idle, yes=yes)


def install(context: Context) -> None:
    """Have autostop in the region, showing how that goes."""
    with context.output.watch() as progress:
        progress.phase(f"Looking for autostop in {context.aws.region}")
        stack = autostop_stack(context.aws, progress=progress, pace=context.pace)
        install_autostop(stack)


def remove_unused(context: Context, *, but: str) -> str:
    """Remove autostop where nothing is left for it; return what a person is to know.

    `but` is the id of a deployment that is gone.
    """
    aws = context.aws
    try:
        with context.output.watch() as progress:
            stack = autostop_stack(aws, progress=progress, pace=context.pace)
            if stack.describe() is None:
                return ""
            users = remove_autostop_if_unused(stack, but=but)
    except DeploymentError as error:
        return (
            f"Autostop stays in {aws.region} and costs nothing worth mentioning. "
            f"{error} To remove it: python -m deploy autostop --remove --region "
            f"{aws.region}"
        )
    return "" if users else f"Autostop is gone from {aws.region}, too."


def _install(context: Context, name: str, said: str, *, yes: bool) -> None:
    idle = read_span(said)
    check_idle(idle)
    aws = context.aws
    _, endpoint = read_existing(context, name)
    span = format_span(idle)
    context.output.show(
        f"In {aws.region}, unless it is there: {INSTALLED}. It removes endpoint, "
        f"configuration and model of {name} when nobody asked anything for {span}."
    )
    context.output.confirm(f"Let AWS remove {name} when it is idle?", yes=yes)
    install(context)
    set_idle(aws, endpoint, idle=idle, since=datetime.now(UTC))
    context.output.answer(
        {
            "endpoint": name,
            "region": aws.region,
            "idle_minutes": int(idle.total_seconds()) // 60,
            "looks_every_minutes": 5,
        },
        f"{name} is removed by AWS when nobody asked it anything for {span}, from now "
        "on; the function looks every 5 minutes.",
        f"To let it stay: python -m deploy autostop {name} --remove --region "
        f"{aws.region}",
    )


def _remove(context: Context, name: str | None, *, yes: bool) -> None:
    aws, deployment_id = context.aws, ""
    if name is not None:
        context.output.confirm(f"Let {name} stay, and cost, until `down`?", yes=yes)
        deployment_id = context.id_of(name)
        state = read_one(
            aws, context.journal, known_price(aws), deployment_id=deployment_id
        )
        unset(aws, state.parts)
    with context.output.watch() as progress:
        stack = autostop_stack(aws, progress=progress, pace=context.pace)
        users = remove_autostop_if_unused(stack, but=deployment_id)
    told = (
        f"The stack stays for {', '.join(users)}."
        if users
        else f"There is no autostop in {aws.region} any more."
    )
    context.output.answer(
        {"endpoint": name, "region": aws.region, "stack_stays_for": list(users)},
        *([f"{name} stays until `down`."] if name else []),
        told,
    )
