"""`plan`: what would be created, where, at what price, and what stands in its way."""

from __future__ import annotations

import typer

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
    JsonOption,
    ProfileOption,
    RegionOption,
    Start,
    open_context,
)
from deploy.commands.showing import plan_as_json, plan_in_words
from deploy.plan import make_plan
from deploy.wanted import Wanted


def plan(
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
    json: JsonOption = False,
) -> None:
    """Show what `up` would create, its price, quota and role; change nothing."""
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
    made = make_plan(wanted, aws=context.aws, environ=environ)
    context.output.answer(plan_as_json(made), plan_in_words(made))
    if not made.is_possible:
        raise typer.Exit(1)
