"""What every command begins with: the account, the journal, and how to speak.

Also finishes, before anything else, what earlier commands had to leave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer
from botocore.exceptions import ProfileNotFound
from botocore.session import Session

from deploy.aws import Aws
from deploy.commands.output import Output
from deploy.interrupts import Interrupts
from deploy.journal import Journal, Record
from deploy.names import deployment_id
from deploy.pace import Pace
from deploy.prices import Price, find_price
from deploy.removal import finish_pending, tell_left
from deploy.state import HourlyPrice
from falcon.errors import ConfigurationError

RegionOption = Annotated[
    str | None, typer.Option("--region", help="The AWS region, such as us-east-1.")
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="The AWS profile whose credentials act.")
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask for a confirmation.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
NameArgument = Annotated[
    str | None,
    typer.Argument(
        help="The endpoint's name; unless there is only one.", metavar="NAME"
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What the program gives to its commands."""

    environ: Mapping[str, str]
    pace: Pace
    interrupts: Interrupts

    @property
    def journal(self) -> Journal:
        return Journal.of_environment(self.environ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a command works with."""

    aws: Aws
    journal: Journal
    output: Output
    pace: Pace
    interrupts: Interrupts

    def id_of(self, endpoint_name: str) -> str:
        return deployment_id(
            account=self.aws.account(),
            region=self.aws.region,
            endpoint_name=endpoint_name,
        )

    def finish_pending(self, *, but: str | None = None) -> None:
        """Go on with the pending list, and say what stays on it."""
        if not any(record.is_removing for record in self.journal.records()):
            return
        with self.output.watch() as progress:
            left = finish_pending(
                self.aws,
                journal=self.journal,
                progress=progress,
                pace=self.pace,
                but=but,
            )
        self.output.show(*(tell_left(record) for record in left))


def open_context(
    typed: typer.Context,
    *,
    region: str | None,
    profile: str | None,
    as_json: bool,
    name: str | None = None,
) -> Context:
    """Return what a command works with.

    The region is the one that was typed, else the one in which the journal knows the
    endpoint `name`, else the one of environment and profile.
    """
    start = typed.ensure_object(Start)
    known = {r.region for r in start.journal.records() if r.endpoint_name == name}
    if region is None and len(known) == 1:
        region = known.pop()
    region = region or start.environ.get("AWS_REGION") or _default_region(profile)
    return Context(
        aws=Aws(region=region, profile=profile),
        journal=start.journal,
        output=Output(as_json=as_json),
        pace=start.pace,
        interrupts=start.interrupts,
    )


def only_name(name: str | None, typed: typer.Context) -> str | None:
    """Return the name, else that of the only deployment that the journal knows."""
    if name is not None:
        return name
    records = typed.ensure_object(Start).journal.records()
    if len(records) <= 1:
        return records[0].endpoint_name if records else None
    raise ConfigurationError(
        f"There are several deployments: {_named(records)}. Name one."
    )


def known_price(aws: Aws) -> HourlyPrice:
    """Return what tells an instance type's price, asking once for each."""
    prices: dict[str, float | None] = {}

    def price(instance_type: str) -> float | None:
        if instance_type not in prices:
            found = find_price(aws, instance_type=instance_type)
            known = found.dollars_per_hour if isinstance(found, Price) else None
            prices[instance_type] = known
        return prices[instance_type]

    return price


def _named(records: tuple[Record, ...]) -> str:
    return ", ".join(f"{record.endpoint_name} ({record.region})" for record in records)


def _default_region(profile: str | None) -> str:
    try:
        region = Session(profile=profile).get_config_variable("region")
    except ProfileNotFound as error:
        raise ConfigurationError(f"{error}. Check --profile.") from error
    if not region:
        raise ConfigurationError(
            "No AWS region is named. Add one, such as: --region us-east-1"
        )
    return str(region)
