"""Removes the endpoints that are past their time or that nobody asks any more.

Runs in AWS Lambda every few minutes (deploy/templates/autostop.yaml), alone in its
file, and knows only what AWS has: two tags say when a deployment ends. What is due is
marked by the first of them, so that a run that is cut short is finished by the next:
endpoint first, then, once that is gone, its configuration and model. CloudWatch counts
a question up to two minutes late. No prompt is read, and only names are logged.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

DEPLOYMENT_ID = "falcon-chat:deployment-id"
EXPIRES_AT = "falcon-chat:expires-at"
"""When it ends, as 2026-08-01T09:30:00Z; on all its parts."""
IDLE = "falcon-chat:idle"
"""After how long without a question it ends, and from when on that is counted, as
"60 minutes from 2026-08-01T09:30:00Z"; on the endpoint."""
TYPES = ["sagemaker:endpoint", "sagemaker:endpoint-config", "sagemaker:model"]
# The configuration says which model: it goes first.
PARTS = (
    ("list_endpoint_configs", "EndpointConfig", "delete_endpoint_config"),
    ("list_models", "Model", "delete_model"),
)
LOG = logging.getLogger("autostop")

Tags = Mapping[str, str]


def handler(_event: object, _context: object) -> None:
    """Do one run; Lambda calls it."""
    LOG.setLevel(logging.INFO)
    Run(now=datetime.now(UTC)).go()


class Run:
    """One look at everything with our tags in the region."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.sagemaker = _client("sagemaker")
        # By name: an ARN has it in small letters only.
        self.endpoints: dict[str, Any] = {
            found["EndpointName"]: found for found in self._list("list_endpoints")
        }

    def go(self) -> None:
        """Look at each deployment; raises RuntimeError at the end if one failed."""
        failed = []
        for deployment_id, parts in self._deployments().items():
            try:
                self._look_at(deployment_id, parts)
            except (BotoCoreError, ClientError, ValueError) as error:
                LOG.error("%s: %s", deployment_id, error)
                failed.append(deployment_id)
        if failed:
            raise RuntimeError(f"Some could not be looked at: {', '.join(failed)}")

    def _deployments(self) -> dict[str, dict[str, Tags]]:
        """Return the tags of each part, by its ARN, of each deployment, by its id."""
        tagging = _client("resourcegroupstaggingapi")
        pages = tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": DEPLOYMENT_ID}], ResourceTypeFilters=TYPES
        )
        found: dict[str, dict[str, Tags]] = {}
        for page in pages:
            for resource in page["ResourceTagMappingList"]:
                tags = {tag["Key"]: tag["Value"] for tag in resource["Tags"]}
                parts = found.setdefault(tags[DEPLOYMENT_ID], {})
                parts[resource["ResourceARN"]] = tags
        return found

    def _look_at(self, deployment_id: str, parts: Mapping[str, Tags]) -> None:
        # An id begins with the name of the only endpoint that it stands for.
        endpoint = self.endpoints.get(deployment_id.rpartition("-")[0])
        if endpoint is None:
            if any(self._is_over(tags) for tags in parts.values()):
                self._delete_parts(parts)
            return
        tags = parts.get(endpoint["EndpointArn"])
        if tags is None or endpoint["EndpointStatus"] == "Deleting":
            return
        if not self._is_over(tags):
            if not self._is_idle(endpoint, tags):
                return
            self._mark(parts, endpoint["EndpointArn"])
        self._delete_endpoint(endpoint["EndpointName"])

    def _is_over(self, tags: Tags) -> bool:
        return EXPIRES_AT in tags and _moment(tags[EXPIRES_AT]) <= self.now

    def _is_idle(self, endpoint: Mapping[str, Any], tags: Tags) -> bool:
        said = re.fullmatch(r"(\d+) minutes from (\S+)", tags.get(IDLE, ""))
        if said is None or endpoint["EndpointStatus"] == "Creating":
            return False
        begin = self.now - timedelta(minutes=int(said[1]))
        # It came into service, or was scaled, when it was last modified.
        if max(_moment(said[2]), endpoint["LastModifiedTime"]) > begin:
            return False
        name = endpoint["EndpointName"]
        described = self.sagemaker.describe_endpoint(EndpointName=name)
        variants = [each["VariantName"] for each in described["ProductionVariants"]]
        counted = _client("cloudwatch").get_metric_data(
            StartTime=begin,
            EndTime=self.now,
            MetricDataQueries=[
                _invocations(number, name, variant)
                for number, variant in enumerate(variants)
            ],
        )["MetricDataResults"]
        # What is not known for certain is no reason to remove anything.
        is_known = all(each.get("StatusCode") == "Complete" for each in counted)
        return is_known and not any(sum(each["Values"]) for each in counted)

    def _mark(self, parts: Mapping[str, Tags], endpoint_arn: str) -> None:
        """Let all of it end now; the endpoint, whose mark counts, last."""
        moment = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        for arn in sorted(parts, key=endpoint_arn.__eq__):
            self.sagemaker.add_tags(
                ResourceArn=arn, Tags=[{"Key": EXPIRES_AT, "Value": moment}]
            )

    def _delete_endpoint(self, name: str) -> None:
        _remove_scaling(name)
        try:
            self.sagemaker.delete_endpoint(EndpointName=name)
        except ClientError as error:
            if "in-progress" not in str(error).lower():
                raise
            LOG.info("%s cannot be deleted in its present state; later.", name)
            return
        LOG.info("%s is being deleted.", name)

    def _delete_parts(self, parts: Mapping[str, Tags]) -> None:
        for listing, stem, deletion in PARTS:
            for found in self._list(listing):
                if found[f"{stem}Arn"] in parts:
                    name = found[f"{stem}Name"]
                    getattr(self.sagemaker, deletion)(**{f"{stem}Name": name})
                    LOG.info("%s %s is deleted.", stem, name)

    # Any: what AWS lists of a resource.
    def _list(self, listing: str) -> Iterator[Mapping[str, Any]]:
        for page in self.sagemaker.get_paginator(listing).paginate():
            for key, found in page.items():
                if key not in ("NextToken", "ResponseMetadata"):
                    yield from found


def _remove_scaling(endpoint_name: str) -> None:
    """Remove an endpoint's scalable targets, and with them policies and alarms."""
    scaling = _client("application-autoscaling")
    pages = scaling.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace="sagemaker"
    )
    for page in pages:
        for target in page["ScalableTargets"]:
            if target["ResourceId"].startswith(f"endpoint/{endpoint_name}/"):
                scaling.deregister_scalable_target(
                    ServiceNamespace="sagemaker",
                    ResourceId=target["ResourceId"],
                    ScalableDimension=target["ScalableDimension"],
                )


def _invocations(number: int, endpoint_name: str, variant: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocations",
        "Dimensions": [
            {"Name": "EndpointName", "Value": endpoint_name},
            {"Name": "VariantName", "Value": variant},
        ],
    }
    return {
        "Id": f"q{number}",
        "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"},
    }


# Any: botocore makes clients at run time. One serves many runs, as Lambda has it.
@functools.cache
def _client(service: str) -> Any:
    return get_session().create_client(service)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
