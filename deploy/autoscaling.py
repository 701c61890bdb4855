"""Autoscaling: as many instances as the questions of the moment need.

By the number of questions that an instance has at a time, which SageMaker counts every
10 seconds. deploy/scaling.py removes it. An instance is always there: none at all, for
which SageMaker needs an inference component, would have its place here.
"""

from __future__ import annotations

from dataclasses import dataclass

from deploy.aws import Aws
from falcon.errors import ConfigurationError

_SERVICE = "application-autoscaling"
POLICY_NAME = "falcon-chat-concurrency"
METRIC = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
_DIMENSION = "sagemaker:variant:DesiredInstanceCount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Raises ConfigurationError if it cannot be."""

    least: int
    most: int
    target: float
    """Questions that an instance is to have at a time, on average."""

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise ConfigurationError(
                f"{self.least} to {self.most} instances cannot be: at least one runs, "
                "and --max is --min or more."
            )
        if self.target <= 0:
            raise ConfigurationError("--target is more than 0 questions at a time.")


def scale(aws: Aws, endpoint_name: str, variant_name: str, scaling: Scaling) -> None:
    """Let a variant be scaled so, whatever was said of it before.

    AWS makes the policy's two alarms itself.
    """
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint_name}/variant/{variant_name}",
        "ScalableDimension": _DIMENSION,
    }
    aws.ask(
        _SERVICE,
        "RegisterScalableTarget",
        MinCapacity=scaling.least,
        MaxCapacity=scaling.most,
        **target,
    )
    aws.ask(
        _SERVICE,
        "PutScalingPolicy",
        PolicyName=POLICY_NAME,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": scaling.target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC},
        },
        **target,
    )
