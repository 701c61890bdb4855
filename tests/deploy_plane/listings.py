"""What SageMaker answers besides to whoever goes by tags: lists, and tags that go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.deploy_plane.account import Account
    from tests.deploy_plane.sagemaker import Answer


def list_all(kind: str) -> Answer:
    def answer(account: Account, _: dict[str, Any]) -> dict[str, Any]:
        return {
            f"{kind}s": [
                {
                    f"{kind}Name": resource.name,
                    f"{kind}Arn": resource.arn,
                    "CreationTime": resource.created,
                }
                for (held, _), resource in account.resources.items()
                if held == kind
            ]
        }

    return answer


def delete_tags(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    for resource in account.resources.values():
        if resource.arn == arguments["ResourceArn"]:
            resource.tags = [
                tag for tag in resource.tags if tag["Key"] not in arguments["TagKeys"]
            ]
    return {}


ANSWERS: dict[str, Answer] = {
    "ListEndpointConfigs": list_all("EndpointConfig"),
    "ListModels": list_all("Model"),
    "DeleteTags": delete_tags,
}
