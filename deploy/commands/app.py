"""The program: its commands, what they begin with, and what it exits with."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

import typer
from rich.console import Console
from typer.main import get_command

from deploy.commands.api import make_api_app
from deploy.commands.autoscale import autoscale
from deploy.commands.autostop import autostop
from deploy.commands.context import Start
from deploy.commands.down import down
from deploy.commands.gc import gc
from deploy.commands.list import list_deployments
from deploy.commands.logs import logs
from deploy.commands.models import models
from deploy.commands.plan import plan
from deploy.commands.policies import policies
from deploy.commands.share import share
from deploy.commands.status import status
from deploy.commands.up import up
from deploy.interrupts import Interrupts, Terminated
from deploy.pace import Pace
from falcon.errors import ConfigurationError, FalconError

WRONG_USAGE = 2
FAILED = 1

HELP = """Creates, watches, prices, scales and removes a Falcon endpoint on SageMaker.

An endpoint costs money from `up` to `down`, whether anybody asks it anything or not.
"""
COMMANDS: Mapping[str, Callable[..., None]] = {
    "models": models,
    "plan": plan,
    "up": up,
    "status": status,
    "list": list_deployments,
    "logs": logs,
    "autoscale": autoscale,
    "autostop": autostop,
    "share": share,
    "down": down,
    "gc": gc,
    "policies": policies,
}


def make_app() -> typer.Typer:
    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for name, command in COMMANDS.items():
        app.command(name)(command)
    app.add_typer(make_api_app(), name="api")
    return app


def main(arguments: Sequence[str] | None = None, *, pace: Pace | None = None) -> int:
    """Run one command and return what the program exits with."""
    said = list(sys.argv[1:] if arguments is None else arguments)
    with Interrupts() as interrupts:
        start = Start(environ=os.environ, pace=pace or Pace(), interrupts=interrupts)
        try:
            get_command(make_app()).main(said, prog_name="python -m deploy", obj=start)
        except FalconError as error:
            _tell(error, as_json="--json" in said)
            wrong = isinstance(error, ConfigurationError)
            return WRONG_USAGE if wrong else FAILED
        except SystemExit as ending:
            if isinstance(interrupts.raised, Terminated):
                return 128 + signal.SIGTERM
            return ending.code if isinstance(ending.code, int) else FAILED
    return 0


def _tell(error: FalconError, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
    console = Console(stderr=True, highlight=False, markup=False)
    console.print(str(error), style="red", soft_wrap=True)
