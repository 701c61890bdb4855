"""Which containers an endpoint runs: the way there through SageMaker's descriptions.

Knows which description names the next one and what each may leave out. It is handed
what asks SageMaker and knows neither boto3 nor credentials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from falcon.container_detection import detect_container, image_name
from falcon.containers import CONTAINER_NAMES, ContainerName
from falcon.errors import ConfigurationError, EndpointNotFoundError

NAME_IT = (
    "name the container, in FALCON_CONTAINER or in the endpoint's form: one of "
    f"{', '.join(CONTAINER_NAMES)}."
)


class Ask(Protocol):
    """Asks SageMaker's control plane; raises a FalconError where that fails."""

    # Any: an answer is what AWS makes of its own description of it.
    def __call__(self, operation: str, **arguments: str | int) -> Any: ...


def find_container_behind(endpoint: str, ask: Ask) -> ContainerName:
    """Return the one wire format that everything behind `endpoint` speaks.

    Raises ConfigurationError, which says what was seen, if that cannot be told.
    """
    described = ask("DescribeEndpoint", EndpointName=endpoint)
    try:
        definitions = list(_definitions(endpoint, described, ask))
    except EndpointNotFoundError as error:
        # An endpoint goes on without them.
        raise _untold(endpoint, "its configuration or its model was deleted") from error
    found = {
        detect_container(
            image=definition["Image"],
            environment=definition.get("Environment", {}),
            has_model_data=bool(
                definition.get("ModelDataUrl") or definition.get("ModelDataSource")
            ),
        )
        for definition in definitions
    }
    container = found.pop() if len(found) == 1 else None
    if container is None:
        images = sorted({image_name(definition["Image"]) for definition in definitions})
        raise _untold(
            endpoint,
            f"it runs {' and '.join(images)}" if images else "it names no model",
        )
    return container


def _definitions(
    endpoint: str, described: Mapping[str, Any], ask: Ask
) -> Iterator[Mapping[str, Any]]:
    """Yield the container definitions behind an endpoint, each with its Image."""
    config = ask(
        "DescribeEndpointConfig", EndpointConfigName=described["EndpointConfigName"]
    )
    models = {
        part[field]
        for variant in config["ProductionVariants"]
        for part in (variant, *variant.get("InstancePools", []))
        for field in ("ModelName", "ModelNameOverride")
        if field in part
    }
    for model in sorted(models):
        yield _model_definition(endpoint, model, ask)
    if not models:
        yield from _component_definitions(endpoint, ask)


def _component_definitions(endpoint: str, ask: Ask) -> Iterator[Mapping[str, Any]]:
    listed = ask("ListInferenceComponents", EndpointNameEquals=endpoint, MaxResults=100)
    for component in listed["InferenceComponents"]:
        name = component["InferenceComponentName"]
        described = ask("DescribeInferenceComponent", InferenceComponentName=name)
        alternatives = described.get("Specifications")
        for specification in alternatives or [described["Specification"]]:
            match specification:
                case {"ModelName": str(model)}:
                    yield _model_definition(endpoint, model, ask)
                case {"Container": {"DeployedImage": image, **container}}:
                    yield {
                        "Image": image["SpecifiedImage"],
                        "Environment": container.get("Environment", {}),
                        "ModelDataUrl": container.get("ArtifactUrl"),
                    }


def _model_definition(endpoint: str, model: str, ask: Ask) -> Mapping[str, Any]:
    described = ask("DescribeModel", ModelName=model)
    primary = described.get("PrimaryContainer")
    definitions: list[Mapping[str, Any]] = (
        [primary] if primary else described.get("Containers", [])
    )
    match definitions:
        case [{"Image": str()} as definition]:
            return definition
        case [{"ModelPackageName": str(package)}]:
            # The package's ARN names the account.
            seen = f"its model {model} is the {package.rpartition(':')[2]}"
        case _:
            seen = f"its model {model} has {len(definitions)} containers"
    raise _untold(endpoint, seen)


def _untold(endpoint: str, seen: str) -> ConfigurationError:
    return ConfigurationError(
        f"The container of the endpoint {endpoint} cannot be told: {seen}. "
        f"{NAME_IT[0].upper()}{NAME_IT[1:]}"
    )
