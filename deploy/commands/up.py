"""`up`: makes a deployment, watches it start, and asks it one question."""

from __future__ import annotations

import typer

from deploy.autostopping import set_expiry
from deploy.commands.autostop import install
from deploy.commands.choosing import (
    DEFAULT_MODEL,
    BucketOption,
    ConfigNameOption,
    ExpiresOption,
    GgufOption,
    InstanceCountOption,
    InstanceTypeOption,
    ModelArgument,
    ModelNameOption,
    NameOption,
    PriceOption,
    RoleOption,
    VariantNameOption,
    WayOption,
    read_span,
)
from deploy.commands.context import (
    Context,
    JsonOption,
    ProfileOption,
    RegionOption,
    Start,
    YesOption,
    open_context,
)
from deploy.commands.existing import read_existing
from deploy.commands.opening import openai_lines, opening_line
from deploy.commands.showing import plan_in_words
from deploy.journal import Record
from deploy.money import format_dollars
from deploy.plan import Plan, make_plan
from deploy.smoke import QUESTION, ask_smoke_question
from deploy.up import Creation
from deploy.wanted import Wanted
from falcon.errors import DeploymentError, FalconError


def up(
    typed: typer.Context,
    model: ModelArgument = DEFAULT_MODEL,
    way: WayOption = None,
    instance_type: InstanceTypeOption = None,
    instances: InstanceCountOption = 1,
    name: NameOption = None,
    config_name: ConfigNameOption = None,
    model_name: ModelNameOption = None,
    variant_name: VariantNameOption = None,
    role: RoleOption = None,
    bucket: BucketOption = None,
    gguf: GgufOption = None,
    price: PriceOption = None,
    expires: ExpiresOption = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Make an endpoint: the plan, a confirmation, the wait, one question."""
    wanted = Wanted(
        model=model,
        way=way,
        instance_type=instance_type,
        instance_count=instances,
        endpoint_name=name,
        config_name=config_name,
        model_name=model_name,
        variant_name=variant_name,
        role=role,
        bucket=bucket,
        gguf=gguf,
        price=price,
        expires=read_span(expires) if expires else None,
    )
    context = open_context(typed, region=region, profile=profile, as_json=json)
    environ = typed.ensure_object(Start).environ
    plan = make_plan(wanted, aws=context.aws, environ=environ)
    context.finish_pending(but=plan.deployment.id)
    context.output.show(plan_in_words(plan))
    if not plan.is_possible:
        raise DeploymentError("The plan cannot be carried out: nothing was made.")
    progress = context.output.watch()
    creation = Creation(
        aws=context.aws,
        deployment=plan.deployment,
        record=Record.of(plan.deployment, plan.dollars_per_hour),
        journal=context.journal,
        progress=progress,
        pace=context.pace,
        interrupts=context.interrupts,
    )
    there = creation.survey()
    context.output.confirm("Create it?", yes=yes)
    expires_at = plan.deployment.expires_at
    if expires_at is not None:
        # Before anything that costs: an end that nobody brings about is none.
        install(context)
    with progress:
        creation.run()
    if expires_at is not None and there:
        state, _ = read_existing(context, plan.deployment.endpoint_name)
        set_expiry(context.aws, state.parts, expires_at=expires_at)
    _tell(context, plan)


def _tell(context: Context, plan: Plan) -> None:
    """Ask the endpoint one question, and say how it is used and how it ends."""
    aws, deployment = context.aws, plan.deployment
    name = deployment.endpoint_name
    end = f"python -m deploy down {name} --region {aws.region}"
    try:
        with context.output.watch() as progress:
            progress.phase(f"Asking {name}: {QUESTION}")
            answer = ask_smoke_question(aws, deployment)
    except KeyboardInterrupt:
        context.output.show(
            f"The endpoint {name} is in service and costs money. To remove it: {end}"
        )
        raise
    except FalconError as error:
        raise DeploymentError(
            f"The endpoint {name} is in service, costs money, and did not answer: "
            f"{error} What its container said: python -m deploy logs {name} --region "
            f"{aws.region} To remove it: {end}"
        ) from error
    record = Record.of(deployment, plan.dollars_per_hour)
    line = opening_line(aws, record)
    route, route_words = openai_lines(aws, record)
    price = format_dollars(plan.dollars_per_hour)
    context.output.answer(
        {
            "endpoint": name,
            "region": aws.region,
            "status": "InService",
            "answer": answer,
            "dollars_per_hour": plan.dollars_per_hour,
            "open": line,
            "openai": route,
            "remove": end,
        },
        f"{QUESTION}\n  {answer}",
        f"\nOpen the chat on it:\n  {line}",
        *([route_words] if route_words else []),
        f"\nIt costs {price} per hour until:\n  {end}",
    )
