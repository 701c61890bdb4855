"""`autoscale`: more instances while more is asked, up to a number that is said."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.autoscaling import Scaling, scale
from deploy.aws_refusals import RefusedError
from deploy.commands.context import (
    Context,
    JsonOption,
    NameArgument,
    ProfileOption,
    RegionOption,
    YesOption,
    open_context,
)
from deploy.commands.existing import need_name, read_existing
from deploy.money import format_dollars
from deploy.quotas import find_quota
from deploy.scaling import remove_scaling
from deploy.state import DeploymentState
from falcon.errors import ConfigurationError, DeploymentError


def autoscale(
    typed: typer.Context,
    name: NameArgument = None,
    least: Annotated[int, typer.Option("--min", help="Instances at least.")] = 1,
    most: Annotated[
        int | None, typer.Option("--max", help="Instances at most: each costs.")
    ] = None,
    target: Annotated[
        float, typer.Option(help="Questions that an instance is to have at a time.")
    ] = 5.0,
    off: Annotated[
        bool, typer.Option("--off", help="Keep the instances that there are.")
    ] = False,
    region: RegionOption = None,
    profile: ProfileOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Have more instances while more is asked, and fewer afterwards."""
    if off == (most is not None):
        raise ConfigurationError("Say one of --max COUNT and --off.")
    name = need_name(name, typed)
    context = open_context(
        typed, region=region, profile=profile, as_json=json, name=name
    )
    if most is None:
        _off(context, name)
    else:
        scaling = Scaling(least=least, most=most, target=target)
        _on(context, name, scaling, yes=yes)


def _on(context: Context, name: str, scaling: Scaling, *, yes: bool) -> None:
    aws = context.aws
    state, endpoint = read_existing(context, name)
    if state.status != "InService":
        raise DeploymentError(
            f"The endpoint {name} is {state.status}; only one in service is scaled. "
            f"How it is: python -m deploy status {name} --region {aws.region}"
        )
    variants = endpoint.described["ProductionVariants"]
    each = _price_of_one(state)
    least, most = (
        None if each is None else each * count * len(variants)
        for count in (scaling.least, scaling.most)
    )
    told = (
        f"{name} has {scaling.least} to {scaling.most} instances from now on: "
        f"{format_dollars(least)} to {format_dollars(most)} per hour. More start, in "
        f"minutes, while one has more than {scaling.target:g} questions at a time."
    )
    context.output.show(told, *_warn(context, state, scaling))
    context.output.confirm(f"Let AWS scale {name}?", yes=yes)
    for variant in variants:
        scale(aws, name, variant["VariantName"], scaling)
    context.output.answer(
        {
            "endpoint": name,
            "region": aws.region,
            "least": scaling.least,
            "most": scaling.most,
            "target": scaling.target,
            "least_dollars_per_hour": least,
            "most_dollars_per_hour": most,
        },
        f"{name} is scaled. To end that: python -m deploy autoscale {name} --off "
        f"--region {aws.region}",
    )


def _off(context: Context, name: str) -> None:
    # Also of an endpoint that is gone.
    remove_scaling(context.aws, name)
    context.output.answer(
        {"endpoint": name, "region": context.aws.region, "least": None, "most": None},
        f"{name} is not scaled any more. It keeps the instances that it has; what they "
        f"cost: python -m deploy status {name} --region {context.aws.region}",
    )


def _price_of_one(state: DeploymentState) -> float | None:
    """Return what one instance costs per hour; None: not known."""
    record = state.record
    if record.dollars_per_hour is None or not record.instance_count:
        return None
    return record.dollars_per_hour / record.instance_count


def _warn(context: Context, state: DeploymentState, scaling: Scaling) -> list[str]:
    kind = state.record.instance_type
    try:
        quota = find_quota(context.aws, instance_type=kind)
    except RefusedError:
        return []
    if quota is None or quota.value >= scaling.most:
        return []
    more = quota.increase_command(wanted=scaling.most, region=context.aws.region)
    told = f"This account may have only {quota.value} of '{quota.name}': no more start."
    return [f"{told}\n  next: {more}"]
