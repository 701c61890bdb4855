"""Models, endpoint configurations and endpoints, with the states of the latter.

An endpoint is created for some seconds of the account's clock, cannot be changed in
these, is InService or Failed then, and is deleted for some seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.deploy_plane.wire import AwsError

if TYPE_CHECKING:
    from tests.deploy_plane.account import Account

Answer = Callable[["Account", dict[str, Any]], dict[str, Any]]
WORDS = {
    "Model": ("model", "model"),
    "EndpointConfig": ("endpoint-config", "endpoint configuration"),
    "Endpoint": ("endpoint", "endpoint"),
}
"""How a kind stands in an ARN and in a sentence."""


@dataclass
class Resource:
    kind: str
    name: str
    arn: str
    arguments: dict[str, Any]
    """Those of its create call."""
    tags: list[dict[str, str]]
    created: datetime
    deleting_since: datetime | None = None
    is_stuck: bool = False
    failure: str = ""
    """Why it will fail; empty: it will not."""


@dataclass
class Behaviour:
    """Of the endpoints that are created from now on."""

    starting_seconds: float = 60.0
    deleting_seconds: float = 30.0
    is_stuck: bool = False
    failure: str = ""
    quotas: dict[str, int] = field(default_factory=dict)
    """How many instances of a type endpoints may have; others: any number."""
    unassumable: set[str] = field(default_factory=set)
    """The roles that do not trust SageMaker."""


def status(account: Account, resource: Resource) -> str:
    age = (account.now - resource.created).total_seconds()
    if resource.deleting_since is not None:
        return "Deleting"
    if resource.is_stuck or age < account.behaviour.starting_seconds:
        return "Creating"
    return "Failed" if resource.failure else "InService"


def settle(account: Account) -> None:
    """Take away the endpoints whose deletion has come to its end."""
    seconds = account.behaviour.deleting_seconds
    for key, resource in list(account.resources.items()):
        since = resource.deleting_since
        if since and (account.now - since).total_seconds() >= seconds:
            del account.resources[key]


def find(account: Account, kind: str, arguments: dict[str, Any]) -> Resource:
    name = arguments[f"{kind}Name"]
    if (kind, name) not in account.resources:
        word, phrase = WORDS[kind]
        raise AwsError(
            "ValidationException",
            f'Could not find {phrase} "{account.arn(word, name)}".',
        )
    return account.resources[kind, name]


def create(kind: str) -> Answer:
    def answer(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments[f"{kind}Name"]
        word, phrase = WORDS[kind]
        arn = account.arn(word, name)
        if (kind, name) in account.resources:
            raise AwsError(
                "ValidationException",
                f'Cannot create already existing {phrase} "{arn}".',
            )
        _CHECKS[kind](account, arguments)
        account.resources[kind, name] = Resource(
            kind=kind,
            name=name,
            arn=arn,
            arguments={k: v for k, v in arguments.items() if k != "Tags"},
            tags=arguments.get("Tags", []),
            created=account.now,
            is_stuck=account.behaviour.is_stuck,
            failure=account.behaviour.failure,
        )
        account.creations.append((kind, name))
        return {f"{kind}Arn": arn}

    return answer


def _check_model(account: Account, arguments: dict[str, Any]) -> None:
    role = arguments["ExecutionRoleArn"]
    if role in account.behaviour.unassumable:
        raise AwsError(
            "ValidationException",
            f"Could not assume role {role}. Please ensure that the role exists and "
            "allows principal 'sagemaker.amazonaws.com' to assume the role.",
        )


def _check_config(account: Account, arguments: dict[str, Any]) -> None:
    for variant in arguments["ProductionVariants"]:
        find(account, "Model", variant)


def _check_endpoint(account: Account, arguments: dict[str, Any]) -> None:
    config = find(account, "EndpointConfig", arguments)
    for variant in config.arguments["ProductionVariants"]:
        kind, wanted = variant["InstanceType"], variant["InitialInstanceCount"]
        limit = account.behaviour.quotas.get(kind, wanted)
        if wanted > limit:
            raise AwsError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{kind} for endpoint usage' is "
                f"{limit} Instances, with current utilization of 0 Instances and a "
                f"request delta of {wanted} Instances. Please contact AWS support to "
                "request an increase for this limit.",
            )


_CHECKS = {
    "Model": _check_model,
    "EndpointConfig": _check_config,
    "Endpoint": _check_endpoint,
}


def describe(kind: str) -> Answer:
    def answer(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
        resource = find(account, kind, arguments)
        described = {
            **resource.arguments,
            f"{kind}Arn": resource.arn,
            "CreationTime": resource.created,
        }
        return described | (_state(account, resource) if kind == "Endpoint" else {})

    return answer


def _state(account: Account, resource: Resource) -> dict[str, Any]:
    now = status(account, resource)
    config = account.resources.get(
        ("EndpointConfig", resource.arguments["EndpointConfigName"])
    )
    variants = config.arguments["ProductionVariants"] if config else []
    return {
        "EndpointStatus": now,
        "LastModifiedTime": resource.created,
        "ProductionVariants": [
            {
                "VariantName": variant["VariantName"],
                "CurrentInstanceCount": variant["InitialInstanceCount"]
                if now == "InService"
                else 0,
                "DesiredInstanceCount": variant["InitialInstanceCount"],
            }
            for variant in variants
        ],
    } | ({"FailureReason": resource.failure} if now == "Failed" else {})


def delete(kind: str) -> Answer:
    def answer(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
        resource = find(account, kind, arguments)
        if kind != "Endpoint":
            del account.resources[kind, resource.name]
        elif status(account, resource) == "Creating":
            raise AwsError(
                "ValidationException",
                f'Cannot update in-progress endpoint "{resource.arn}".',
            )
        elif resource.deleting_since is None:
            resource.deleting_since = account.now
        return {}

    return answer


def _tagged(account: Account, arn: str) -> Resource:
    for resource in account.resources.values():
        if resource.arn == arn:
            return resource
    raise AwsError("ValidationException", f'Could not find resource "{arn}".')


def list_tags(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": _tagged(account, arguments["ResourceArn"]).tags}


def add_tags(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    resource = _tagged(account, arguments["ResourceArn"])
    values = {tag["Key"]: tag for tag in [*resource.tags, *arguments["Tags"]]}
    resource.tags = list(values.values())
    return {"Tags": resource.tags}


def list_endpoints(account: Account, _: dict[str, Any]) -> dict[str, Any]:
    return {
        "Endpoints": [
            {
                "EndpointName": resource.name,
                "EndpointArn": resource.arn,
                "CreationTime": resource.created,
                "LastModifiedTime": resource.created,
                "EndpointStatus": status(account, resource),
            }
            for (kind, _), resource in account.resources.items()
            if kind == "Endpoint"
        ]
    }


ANSWERS: dict[str, Answer] = {
    **{f"Create{kind}": create(kind) for kind in WORDS},
    **{f"Describe{kind}": describe(kind) for kind in WORDS},
    **{f"Delete{kind}": delete(kind) for kind in WORDS},
    "ListTags": list_tags,
    "AddTags": add_tags,
    "ListEndpoints": list_endpoints,
}
