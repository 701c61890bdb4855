"""What stands in the way of a deployment, each with what to do next.

Looks and changes nothing. What these credentials may not look at is said and does not
stop anybody: AWS refuses by itself what cannot be.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from deploy.policies import role_commands
from deploy.prices import Price, UnknownPrice
from deploy.quotas import Quota, find_quota, quota_name
from deploy.roles import DEFAULT_ROLE, Role
from deploy.wanted import Choice
from deploy.ways.parts import Parts, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    what: str
    """What is wrong and why, as sentences."""
    command: str
    """What to type next."""
    stops: bool = True
    """Whether `up` refuses because of it; else it goes on and says it."""


def price_problems(
    price: Price | UnknownPrice, choice: Choice, aws: Aws
) -> tuple[Problem, ...]:
    if isinstance(price, Price):
        return ()
    return (
        Problem(
            what=f"Nobody knows what {choice.instance_type} costs: {price.reason} "
            "Look it up at https://aws.amazon.com/sagemaker/ai/pricing/ (real-time "
            "inference), then say it.",
            command=f"python -m deploy up {choice.offer.model} --way {choice.way.name} "
            f"--instance-type {choice.instance_type} --region {aws.region} "
            "--price DOLLARS",
        ),
    )


def quota_problems(
    choice: Choice, aws: Aws
) -> tuple[Quota | None, tuple[Problem, ...]]:
    name = quota_name(choice.instance_type)
    look = shlex.join(
        [
            *("aws", "service-quotas", "list-service-quotas"),
            *("--service-code", "sagemaker", "--region", aws.region),
            *("--query", f"Quotas[?QuotaName=='{name}']"),
        ]
    )
    try:
        quota = find_quota(aws, instance_type=choice.instance_type)
    except RefusedError as refusal:
        what = f"Whether the quota '{name}' suffices is not known: {refusal}"
        return None, (Problem(what=what, command=look, stops=False),)
    if quota is None:
        what = f"AWS lists no quota '{name}' in {aws.region}: it may have no such type."
        return None, (Problem(what=what, command=look, stops=False),)
    if quota.value >= choice.instance_count:
        return quota, ()
    problem = Problem(
        what=f"This account may have {quota.value} of '{name}' in {aws.region}, and "
        f"{choice.instance_count} would run. It is a quota of its own, apart from "
        "those of EC2, notebooks and training.",
        command=quota.increase_command(wanted=choice.instance_count, region=aws.region),
    )
    return quota, (problem,)


def role_problems(role: Role, aws: Aws) -> tuple[Problem, ...]:
    name = role.arn.rpartition("/")[2]
    if role.problem:
        return (
            Problem(
                what=f"SageMaker cannot use the role {name} (from {role.source}): "
                f"{role.problem} Name another one with --role, or let an "
                "administrator make one.",
                command=role_commands(DEFAULT_ROLE, region=aws.region),
            ),
        )
    if not role.is_checked:
        return (
            Problem(
                what=f"Whether SageMaker may use the role {name} (from {role.source}) "
                "is not known: these credentials may not call iam:GetRole.",
                command=f"aws iam get-role --role-name {name}",
                stops=False,
            ),
        )
    return ()


def bucket_problems(parts: Parts, site: Site) -> tuple[Problem, ...]:
    if not parts.uploads:
        return ()
    make = f"aws s3 mb s3://{site.bucket} --region {site.aws.region}"
    try:
        if site.aws.find("s3", "HeadBucket", Bucket=site.bucket) is not None:
            return ()
    except RefusedError as refusal:
        why = str(refusal)
        if refusal.kind == "denied":
            why = "s3:ListBucket is not allowed on it, or it is another account's."
        what = f"Whether there is a bucket {site.bucket} is not known: {why}"
        look = f"aws s3 ls s3://{site.bucket}"
        return (Problem(what=what, command=look, stops=False),)
    what = f"There is no bucket {site.bucket} to upload to (--bucket names another)."
    return (Problem(what=what, command=make),)
