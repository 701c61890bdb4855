"""Which containers an endpoint runs: the way there through SageMaker's descriptions.

Knows which description names the next one and what each may leave out. It is handed
what asks SageMaker and knows neither boto3 nor credentials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from falcon.container_detection import detect_container, image_name
from falcon.containers import CONTAINER_NAMES, ContainerName
from falcon.errors import ConfigurationError, EndpointNotFoundError
from falcon.text import Text, text


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
        raise _untold(
            endpoint, text("its configuration or its model was deleted")
        ) from error
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
        raise _untold(endpoint, _what_runs(images))
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
            seen = text(
                "its model {model} is the {package}",
                model=model,
                package=package.rpartition(":")[2],
            )
        case _:
            seen = text(
                "its model {model} has {count} containers",
                model=model,
                count=len(definitions),
            )
    raise _untold(endpoint, seen)


def _what_runs(images: Sequence[str]) -> Text:
    if not images:
        return text("it names no model")
    named: str = images[0]
    for image in images[1:]:
        named = text("{some} and {another}", some=named, another=image)
    return text("it runs {images}", images=named)


def _untold(endpoint: str, seen: Text) -> ConfigurationError:
    return ConfigurationError(
        text(
            "The container of the endpoint {endpoint} cannot be told: {seen}. Name the "
            "container, in FALCON_CONTAINER or in the endpoint's form: one of "
            "{containers}.",
            endpoint=endpoint,
            seen=seen,
            containers=", ".join(CONTAINER_NAMES),
        )
    )
