"""SageMaker's execution role: which one, and whether SageMaker may use it.

The role that is named, else the one of the Studio space that this runs in, else the
one that deploy/policies describes. It is never made here: that is an administrator's
act.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from falcon.studio import Space

DEFAULT_ROLE = "falcon-chat-execution"
VARIABLE = "FALCON_EXECUTION_ROLE"
_SAGEMAKER = "sagemaker.amazonaws.com"
_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+")
_NAME = re.compile(r"[\w+=,.@-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    arn: str
    source: str
    """Where it was named, as in "the role of --role"."""
    problem: str = ""
    """Why SageMaker cannot use it; empty: it can, or nobody could look."""
    is_checked: bool = False
    """Whether IAM was asked and answered."""


def find_role(
    aws: Aws, *, named: str | None, environ: Mapping[str, str], space: Space | None
) -> Role:
    """Return the role that an endpoint would be created with.

    `named`: an ARN or a name. Needs iam:GetRole to check it; where that is refused the
    role is taken as it is. Raises RefusedError if AWS could not be asked at all.
    """
    if named:
        return _check(aws, named, source="--role")
    if chosen := environ.get(VARIABLE):
        return _check(aws, chosen, source=VARIABLE)
    if space is not None and (name := _own_role(aws)):
        return _check(aws, name, source="this Studio space")
    return _check(aws, DEFAULT_ROLE, source="the default")


def _own_role(aws: Aws) -> str | None:
    """Return the name of the role whose credentials these are, if it is a role's."""
    kind, _, rest = aws.owner().partition("/")
    return rest.partition("/")[0] if kind == "assumed-role" else None


def _check(aws: Aws, named: str, *, source: str) -> Role:
    is_arn = named.startswith("arn:")
    if not (_ARN if is_arn else _NAME).fullmatch(named):
        problem = f"{named!r} is not a role's name or ARN."
        return Role(arn=named, source=source, problem=problem)
    name = named.rpartition("/")[2]
    arn = named if is_arn else _arn(aws, name)
    account = arn.split(":")[4]
    if account != aws.account():
        problem = f"It belongs to the account {account}, not to {aws.account()}."
        return Role(arn=arn, source=source, problem=problem)
    try:
        answer = aws.find("iam", "GetRole", RoleName=name)
    except RefusedError as refusal:
        if refusal.kind == "denied":
            return Role(arn=arn, source=source)
        raise
    if answer is None:
        return Role(
            arn=arn, source=source, problem="It does not exist.", is_checked=True
        )
    role = answer["Role"]
    problem = ""
    if not _trusts_sagemaker(role.get("AssumeRolePolicyDocument", {})):
        problem = f"Its trust policy does not name {_SAGEMAKER}."
    return Role(arn=role["Arn"], source=source, problem=problem, is_checked=True)


def _arn(aws: Aws, name: str) -> str:
    # SageMaker's console makes its roles below this path.
    path = "service-role/" if name.startswith("AmazonSageMaker-") else ""
    return f"arn:{aws.partition()}:iam::{aws.account()}:role/{path}{name}"


# Any: a policy is JSON; botocore gives it decoded or, at times, as quoted text.
def _trusts_sagemaker(policy: Any) -> bool:
    document = json.loads(unquote(policy)) if isinstance(policy, str) else policy
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if principal != "*" else []
        allows = statement.get("Effect") == "Allow"
        if allows and _SAGEMAKER in (
            [services] if isinstance(services, str) else services
        ):
            return True
    return False
