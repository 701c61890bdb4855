"""A deployment as SageMaker's create calls, and how what is there differs from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.deployment import Deployment
from deploy.journal import Kind

Arguments = Mapping[str, Any]
"""Of a call; the values are of the service's own shapes."""


def create_calls(deployment: Deployment) -> dict[Kind, tuple[str, Arguments]]:
    """Return operation and arguments for each part, in order; without the tags."""
    variant = {
        "VariantName": deployment.variant_name,
        "ModelName": deployment.model_name,
        "InstanceType": deployment.instance_type,
        "InitialInstanceCount": deployment.instance_count,
        **deployment.variant_options,
    }
    return {
        "model": (
            "CreateModel",
            {
                "ModelName": deployment.model_name,
                "PrimaryContainer": deployment.primary_container,
                "ExecutionRoleArn": deployment.role_arn,
                **deployment.model_options,
            },
        ),
        "endpoint-config": (
            "CreateEndpointConfig",
            {
                "EndpointConfigName": deployment.config_name,
                "ProductionVariants": [variant],
            },
        ),
        "endpoint": (
            "CreateEndpoint",
            {
                "EndpointName": deployment.endpoint_name,
                "EndpointConfigName": deployment.config_name,
            },
        ),
    }


def differences(planned: Any, there: Any, path: str = "") -> Iterator[str]:
    """Yield what is not as planned; what AWS adds by itself is no difference."""
    match planned:
        case Mapping():
            held = there if isinstance(there, Mapping) else {}
            for key, value in planned.items():
                yield from differences(value, held.get(key), f"{path}.{key}".strip("."))
        case list() | tuple():
            parts = there if isinstance(there, list) else []
            if len(parts) != len(planned):
                yield f"{path} has {len(parts)} parts there, {len(planned)} planned"
            for number, (value, other) in enumerate(zip(planned, parts, strict=False)):
                yield from differences(value, other, f"{path}[{number}]")
        case _ if planned != there and (planned or there):
            # The environment may hold a token.
            is_secret = ".Environment." in path
            values = "" if is_secret else f" ({there} there, {planned} planned)"
            yield f"{path}{values}"
