"""What carries our tag in a region, whoever made it and whatever any journal says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.aws import Aws
from deploy.journal import Kind
from deploy.resources import kind_of
from deploy.tags import Tags, read_tags
from falcon.endpoint_list import OUR_TAG

_TYPES = ("sagemaker:endpoint", "sagemaker:endpoint-config", "sagemaker:model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """One resource that was there when the tagging service last looked."""

    kind: Kind
    name: str
    tags: Tags


def find_tagged(aws: Aws, deployment_id: str | None = None) -> tuple[Tagged, ...]:
    """Return what carries our tag; `deployment_id`: only one deployment's.

    The tagging service is some moments behind: it may name what is gone and not yet
    name what is new. Needs tag:GetResources.
    """
    condition: dict[str, object] = {"Key": OUR_TAG}
    if deployment_id is not None:
        condition["Values"] = [deployment_id]
    found: list[Tagged] = []
    token: dict[str, str] = {}
    while True:
        page = aws.ask(
            "resourcegroupstaggingapi",
            "GetResources",
            TagFilters=[condition],
            ResourceTypeFilters=list(_TYPES),
            ResourcesPerPage=100,
            **token,
        )
        found += filter(None, map(_tagged, page["ResourceTagMappingList"]))
        if not page.get("PaginationToken"):
            return tuple(found)
        token = {"PaginationToken": page["PaginationToken"]}


def _tagged(resource: Mapping[str, object]) -> Tagged | None:
    named = kind_of(str(resource["ResourceARN"]))
    listed = resource["Tags"]
    tags = read_tags(listed) if isinstance(listed, list) else None
    if named is None or tags is None:
        return None
    return Tagged(kind=named[0], name=named[1], tags=tags)
