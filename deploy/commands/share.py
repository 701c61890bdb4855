"""`share`: where others can open the page of this machine, and who they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from deploy.commands.context import JsonOption, Start
from deploy.commands.output import Json, Output
from deploy.sharing import find_share
from falcon.launch import FIRST_PORT


def share(
    typed: typer.Context,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where the page listens here.")
    ] = FIRST_PORT,
    json: JsonOption = False,
) -> None:
    """Print where others can open this machine's page, and who can."""
    output = Output(as_json=json)
    found = find_share(typed.ensure_object(Start).environ, port=port)
    if found is None:
        nowhere: Json = {"port": port, "place": None, "address": None}
        output.answer(
            nowhere,
            "There is nothing to share: this is neither SageMaker Studio nor EC2, and "
            f"only this machine reaches the page, at http://127.0.0.1:{port}/.",
        )
        return
    started = "" if found.is_served else f"Nothing listens at {port} yet: make run"
    told = (found.address, found.how, found.audience, started)
    output.answer(
        {"port": port, **asdict(found)},
        f"This is {found.place}.",
        *(line for line in told if line),
    )
