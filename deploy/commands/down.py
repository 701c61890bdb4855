"""`down`: removes a deployment and waits until it is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from deploy.commands.autostop import remove_unused
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
from deploy.commands.describe import in_words
from deploy.commands.output import Json
from deploy.journal import Record
from deploy.removal import Removal, tell_left
from deploy.resources import console_links
from deploy.state import DeploymentState, read_one
from deploy.untagged import read_untagged
from falcon.errors import DeploymentError


def down(
    typed: typer.Context,
    name: NameArgument = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    yes: YesOption = False,
    untagged: Annotated[
        bool,
        typer.Option(
            "--untagged",
            help="Remove an endpoint that was made by hand, with its configuration "
            "and models, after its name is typed.",
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Remove endpoint, configuration, model and all that belongs to them."""
    name = only_name(name, typed)
    context = open_context(
        typed, region=region, profile=profile, as_json=json, name=name
    )
    if name is None:
        _answer(context, "", "Nothing is known here that could be removed.")
        return
    deployment_id = context.id_of(name)
    context.finish_pending(but=deployment_id)
    price = known_price(context.aws)
    if untagged:
        record = read_untagged(context.aws, name, price)
    else:
        state = read_one(
            context.aws, context.journal, price, deployment_id=deployment_id
        )
        _check(state, name)
        record = state.record
    where = f"in {context.aws.region} of account {context.aws.account()}"
    if not record.entries:
        _check_elsewhere(context, name, where)
        told = remove_unused(context, but=deployment_id)
        _answer(context, name, f"There is no {name} {where}: nothing to remove.", told)
        return
    if untagged:
        context.output.show(*_parts(record))
        context.output.have_typed(name)
    else:
        context.output.show(in_words(state))
        context.output.confirm(f"Remove {name} for good?", yes=yes)
    remove(context, record)
    told = remove_unused(context, but=deployment_id)
    _answer(context, name, f"{name} is gone.", told)


def remove(context: Context, record: Record) -> None:
    """Remove a deployment; raises DeploymentError, too, if something must stay."""
    try:
        with context.output.watch() as progress:
            left = Removal(
                aws=context.aws,
                record=record,
                journal=context.journal,
                progress=progress,
                pace=context.pace,
            ).run()
    except DeploymentError as error:
        held = context.journal.read(record.id) or record
        raise DeploymentError(f"{error} {tell_left(held)}") from error
    except KeyboardInterrupt:
        left_over = context.journal.read(record.id)
        if left_over is not None:
            context.output.show(tell_left(left_over))
        raise
    if left:
        raise DeploymentError(tell_left(replace(record, entries=left)))


def _check(state: DeploymentState, name: str) -> None:
    """Raise DeploymentError if the endpoint of this name is not ours."""
    if any((part.kind, part.name) == ("endpoint", name) for part in state.foreign):
        raise DeploymentError(
            f"The endpoint {name} in {state.record.region} is not tagged as made by "
            "`python -m deploy up` under this name, and stays as it is. If it may go: "
            f"python -m deploy down {name} --region {state.record.region} --untagged"
        )


def _check_elsewhere(context: Context, name: str, here: str) -> None:
    """Raise DeploymentError if the journal knows the endpoint somewhere else."""
    for record in context.journal.records():
        if record.endpoint_name == name:
            raise DeploymentError(
                f"There is no {name} {here}. It was made in {record.region} of account "
                f"{record.account}, where it may still cost money: name that region "
                "(--region) and a profile of that account (--profile)."
            )


def _parts(record: Record) -> list[str]:
    return [f"  {entry.kind} {entry.name}" for entry in record.entries]


def _answer(context: Context, name: str, told: str, autostop: str = "") -> None:
    links = console_links(context.aws.region)
    value: dict[str, Json] = {
        "endpoint": name,
        "region": context.aws.region,
        "is_gone": True,
        "console": list(links),
    }
    lines = [told, *([autostop] if autostop else [])]
    context.output.answer(value, *lines, "A look afterwards:", *links)
