"""The plan: what would be created, what it would cost, and what stands in its way.

Only reads. Every problem comes with what to do next; whether it stops the deployment
is said with it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_cache_path

from deploy.aws import Aws
from deploy.checks import (
    Problem,
    bucket_problems,
    price_problems,
    quota_problems,
    role_problems,
)
from deploy.deployment import Deployment
from deploy.names import deployment_id
from deploy.prices import HOURS_PER_MONTH, Price, UnknownPrice, find_price
from deploy.quotas import Quota
from deploy.roles import Role, find_role
from deploy.wanted import Choice, Wanted, choose
from deploy.ways.parts import Parts, Site
from falcon.studio import METADATA, read_space


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    deployment: Deployment
    choice: Choice
    price: Price | UnknownPrice
    quota: Quota | None
    """None: not known."""
    role: Role
    problems: tuple[Problem, ...] = ()

    @property
    def dollars_per_hour(self) -> float | None:
        """Of all its instances; None: not known."""
        if isinstance(self.price, UnknownPrice):
            return None
        return self.price.dollars_per_hour * self.deployment.instance_count

    @property
    def dollars_per_month(self) -> float | None:
        """Of 730 hours."""
        hourly = self.dollars_per_hour
        return None if hourly is None else hourly * HOURS_PER_MONTH

    @property
    def price_source(self) -> str:
        """Who says the price and when, or why nobody does."""
        if isinstance(self.price, UnknownPrice):
            return self.price.reason
        return self.price.source

    @property
    def is_possible(self) -> bool:
        return not any(problem.stops for problem in self.problems)


def make_plan(
    wanted: Wanted,
    *,
    aws: Aws,
    environ: Mapping[str, str] = os.environ,
    metadata: Path = METADATA,
) -> Plan:
    """Return the plan for what is wanted.

    Raises ConfigurationError if it cannot be at all, and DeploymentError if AWS could
    not be asked what it consists of.
    """
    choice = choose(wanted)
    account = aws.account()
    site = Site(
        offer=choice.offer,
        aws=aws,
        instance_type=choice.instance_type,
        # The SageMaker SDK's own bucket, which SageMaker's managed policies let an
        # execution role read.
        bucket=wanted.bucket or f"sagemaker-{aws.region}-{account}",
        prefix=f"falcon-chat/{choice.endpoint_name}",
        folder=user_cache_path("falcon-chat", appauthor=False) / "deploy",
        gguf=wanted.gguf,
    )
    parts = choice.way.parts(site)
    space = read_space(environ, metadata=metadata)
    role = find_role(aws, named=wanted.role, environ=environ, space=space)
    price = _price(wanted, choice, aws)
    quota, of_quota = quota_problems(choice, aws)
    problems = (
        *price_problems(price, choice, aws),
        *of_quota,
        *role_problems(role, aws),
        *bucket_problems(parts, site),
    )
    return Plan(
        deployment=_deployment(wanted, choice, parts, role, aws),
        choice=choice,
        price=price,
        quota=quota,
        role=role,
        problems=problems,
    )


def _deployment(
    wanted: Wanted, choice: Choice, parts: Parts, role: Role, aws: Aws
) -> Deployment:
    account, name = aws.account(), choice.endpoint_name
    return Deployment(
        id=deployment_id(account=account, region=aws.region, endpoint_name=name),
        account=account,
        region=aws.region,
        endpoint_name=name,
        config_name=choice.config_name,
        model_name=choice.model_name,
        variant_name=choice.variant_name,
        instance_type=choice.instance_type,
        instance_count=choice.instance_count,
        role_arn=role.arn,
        way=choice.way.name,
        falcon_model=choice.offer.falcon_model,
        container=choice.way.container,
        primary_container=parts.primary_container,
        model_options=parts.model_options,
        variant_options=parts.variant_options,
        uploads=parts.uploads,
        expires_at=datetime.now(UTC) + wanted.expires if wanted.expires else None,
    )


def _price(wanted: Wanted, choice: Choice, aws: Aws) -> Price | UnknownPrice:
    if wanted.price is not None:
        return Price(dollars_per_hour=wanted.price, source="your own word (--price)")
    return find_price(aws, instance_type=choice.instance_type)
