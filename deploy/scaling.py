"""What Application Auto Scaling holds for an endpoint: its targets and their policies.

With a policy AWS deletes the alarms that it made for it. Removing only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deploy.aws import Aws

_SERVICE = "application-autoscaling"


def remove_scaling(aws: Aws, endpoint_name: str) -> None:
    """Remove the scaling of an endpoint's variants: policies first, then targets.

    It may be left although the endpoint is gone.
    """
    for target in _targets(aws, endpoint_name):
        for policy in aws.ask(_SERVICE, "DescribeScalingPolicies", **target)[
            "ScalingPolicies"
        ]:
            name = policy["PolicyName"]
            aws.find(_SERVICE, "DeleteScalingPolicy", PolicyName=name, **target)
        aws.find(_SERVICE, "DeregisterScalableTarget", **target)


def _targets(aws: Aws, endpoint_name: str) -> Iterator[Mapping[str, str]]:
    """Yield what names a target, of each that the endpoint has."""
    token: dict[str, str] = {}
    while True:
        page = aws.ask(
            _SERVICE, "DescribeScalableTargets", ServiceNamespace="sagemaker", **token
        )
        for target in page["ScalableTargets"]:
            if target["ResourceId"].startswith(f"endpoint/{endpoint_name}/"):
                yield {
                    "ServiceNamespace": "sagemaker",
                    "ResourceId": target["ResourceId"],
                    "ScalableDimension": target["ScalableDimension"],
                }
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
