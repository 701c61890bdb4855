"""`status`: what exists of a deployment now, and what it has cost."""

from __future__ import annotations

import typer

from deploy.commands.context import (
    JsonOption,
    NameArgument,
    ProfileOption,
    RegionOption,
    known_price,
    open_context,
)
from deploy.commands.describe import as_json, in_words, total, total_in_words
from deploy.commands.opening import openai_lines, opening_line
from deploy.state import read_all, read_one


def status(
    typed: typer.Context,
    name: NameArgument = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """Show what exists now and what it has cost: one endpoint, or all of a region."""
    context = open_context(
        typed, region=region, profile=profile, as_json=json, name=name
    )
    context.finish_pending()
    problems: tuple[str, ...] = ()
    aws, journal, price = context.aws, context.journal, known_price(context.aws)
    if name is None:
        overview = read_all(aws, journal, price)
        states, problems = overview.states, overview.problems
    else:
        states = (read_one(aws, journal, price, deployment_id=context.id_of(name)),)
    told, listed = [], []
    for state in states:
        value, words = as_json(state), in_words(state)
        if state.status == "InService":
            route, route_words = openai_lines(aws, state.record)
            line = opening_line(aws, state.record)
            value |= {"open": line, "openai": route}
            words += f"\n  chat: {line}" + (f"\n{route_words}" if route_words else "")
        listed.append(value)
        told.append(words)
    here = (aws.account(), aws.region)
    elsewhere = [r for r in journal.records() if (r.account, r.region) != here]
    if not states:
        told.append(f"Nothing of Falcon Chat in {aws.region}.")
    told += [
        f"{r.endpoint_name} was made in {r.region} of account {r.account}: ask there "
        "(--region, --profile)."
        for r in elsewhere
    ]
    context.output.answer(
        {
            "deployments": listed,
            **total(states),
            "problems": problems,
            "elsewhere": [
                {"endpoint": r.endpoint_name, "region": r.region, "account": r.account}
                for r in elsewhere
            ],
        },
        *told,
        *problems,
        total_in_words(states),
    )
