"""`api up`, `api status`, `api down`: the Chat API in front of an endpoint."""

from __future__ import annotations

import typer

from deploy.api.installation import Installation, remove, stack_name, what_to_ask
from deploy.commands.context import (
    Context,
    JsonOption,
    NameArgument,
    ProfileOption,
    RegionOption,
    Start,
    YesOption,
    only_name,
    open_context,
)
from deploy.progress import Progress
from deploy.stack import Stack
from falcon.errors import ConfigurationError, FalconError

HELP = """The Chat API of an endpoint, with its web page, as a CloudFormation stack.

It costs next to nothing while nobody asks; the endpoint behind it costs what it costs.
"""


def make_api_app() -> typer.Typer:
    app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)
    app.command()(up)
    app.command()(status)
    app.command()(down)
    return app


def up(
    typed: typer.Context,
    name: NameArgument = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Make the API, or bring it up to this version and these settings."""
    name, context = _open(typed, name, region, profile, as_json=json)
    environ = typed.ensure_object(Start).environ
    record = context.journal.read(context.id_of(name))
    asked = what_to_ask(
        context.aws,
        endpoint_name=name,
        model=record.falcon_model if record else "",
        environ=environ,
    )
    progress = context.output.watch()
    stack = _stack(context, name, progress)
    installation = Installation(stack, asked)
    changes = installation.plan()
    try:
        if changes:
            context.output.show(*(f"  {change}" for change in changes))
            context.output.confirm(f"Make or change {stack.name} so?", yes=yes)
    except (FalconError, KeyboardInterrupt):
        installation.give_up()
        raise
    with progress:
        installation.run()
    found = stack.describe()
    _tell(context, name, found["StackStatus"] if found else "", stack.outputs())


def status(
    typed: typer.Context,
    name: NameArgument = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Show the API's addresses and what reads its key."""
    name, context = _open(typed, name, region, profile, as_json=json)
    with context.output.watch() as progress:
        stack = _stack(context, name, progress)
        found, outputs = stack.describe(), stack.outputs()
    if found is None:
        context.output.answer(
            {"endpoint": name, "region": context.aws.region, "status": None},
            f"There is no Chat API of {name} in {context.aws.region}. To make it: "
            f"{_command('up', context, name)}",
        )
        return
    _tell(context, name, found["StackStatus"], outputs)


def down(
    typed: typer.Context,
    name: NameArgument = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Remove the API and its page; the endpoint stays."""
    name, context = _open(typed, name, region, profile, as_json=json)
    with context.output.watch() as progress:
        stack = _stack(context, name, progress)
        is_there = stack.describe() is not None
    if is_there:
        context.output.confirm(f"Remove {stack.name} for good?", yes=yes)
    with context.output.watch() as progress:
        # Also what is left of one that was given up before it was made.
        remove(_stack(context, name, progress))
    told = f"The Chat API of {name} is gone; the endpoint is as it was."
    if not is_there:
        told = f"There is no Chat API of {name} in {context.aws.region}."
    context.output.answer(
        {"endpoint": name, "region": context.aws.region, "is_gone": True}, told
    )


def _open(
    typed: typer.Context,
    name: str | None,
    region: str | None,
    profile: str | None,
    *,
    as_json: bool,
) -> tuple[str, Context]:
    name = only_name(name, typed)
    if name is None:
        raise ConfigurationError("Name the endpoint whose Chat API is meant.")
    context = open_context(
        typed, region=region, profile=profile, as_json=as_json, name=name
    )
    return name, context


def _stack(context: Context, name: str, progress: Progress) -> Stack:
    return Stack(
        aws=context.aws, name=stack_name(name), progress=progress, pace=context.pace
    )


def _command(command: str, context: Context, name: str) -> str:
    return f"python -m deploy api {command} {name} --region {context.aws.region}"


def _tell(context: Context, name: str, status: str, outputs: dict[str, str]) -> None:
    page, api = outputs.get("PageUrl", ""), outputs.get("ApiUrl", "")
    key, end = outputs.get("KeyCommand", ""), _command("down", context, name)
    context.output.answer(
        {
            "endpoint": name,
            "region": context.aws.region,
            "status": status,
            "page": page,
            "api": api,
            "openai": f"{api}/v1",
            "key_command": key,
            "remove": end,
        },
        f"The Chat API of {name}: {status}",
        f"  page: {page}",
        f"  API: {api}/chat, {api}/api/chat; for OpenAI clients: {api}/v1",
        f"  its key, for x-api-key: {key}",
        f"  To remove it: {end}",
    )
