"""The Chat API of one endpoint as a stack: what it is to be, made, changed, removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from deploy.api.bucket import Bucket, code_key
from deploy.api.package import make_package
from deploy.api.template import read_template
from deploy.aws import Aws
from deploy.stack import ChangeSet, Stack
from falcon.api.settings import read_origins
from falcon.containers import ContainerName
from falcon.endpoint import Endpoint
from falcon.endpoints import read_container
from falcon.errors import DeploymentError
from falcon.settings import Settings

NO_ORIGIN = "none"
"""What no page's origin is."""


def stack_name(endpoint_name: str) -> str:
    """Return the name of an endpoint's own stack."""
    return f"{endpoint_name}-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the function asks, and for whom."""

    endpoint_name: str
    endpoint_arn: str
    container: ContainerName
    model: str
    system_prompt: str = ""
    origins: tuple[str, ...] = ()
    """The other origins whose pages may ask."""

    @property
    def first_origin(self) -> str:
        return self.origins[0] if self.origins else NO_ORIGIN

    def parameters(self, key: str) -> dict[str, str]:
        """Return the stack's parameters; `key` is the zip's, or empty."""
        return {
            "EndpointName": self.endpoint_name,
            "EndpointArn": self.endpoint_arn,
            "Container": self.container,
            "Model": self.model,
            "SystemPrompt": self.system_prompt,
            "Origins": ",".join(self.origins),
            "FirstOrigin": self.first_origin,
            "CodeKey": key,
        }


def what_to_ask(
    aws: Aws, *, endpoint_name: str, model: str, environ: Mapping[str, str]
) -> Asked:
    """Return what follows from the endpoint and from the settings of the page.

    `model` is the one behind it where these do not say. Raises DeploymentError where
    there is no such endpoint.
    """
    said = {"FALCON_MODEL": model, **environ}
    settings = Settings.from_mapping({**said, "FALCON_ENDPOINT": ""})
    found = aws.find("sagemaker", "DescribeEndpoint", EndpointName=endpoint_name)
    if found is None:
        raise DeploymentError(
            f"There is no endpoint {endpoint_name} in {aws.region}. What there is: "
            f"python -m deploy list --region {aws.region}"
        )
    endpoint = Endpoint(name=endpoint_name, region=aws.region, profile=aws.profile)
    return Asked(
        endpoint_name=endpoint_name,
        endpoint_arn=found["EndpointArn"],
        container=settings.container or read_container(endpoint),
        model=settings.model.id,
        system_prompt=settings.system_prompt,
        origins=read_origins(environ),
    )


def install(
    stack: Stack, asked: Asked, *, agree: Callable[[Sequence[str]], None]
) -> None:
    """Make the stack, or bring it up to this version.

    `agree` is shown what would change, and raises to prevent it.
    """
    package = make_package()
    key = code_key(package)
    template = read_template(first_origin=asked.first_origin)
    is_there = stack.is_complete()
    if not is_there:
        empty_bucket(stack)
    # The first time there is no bucket yet that could hold the zip.
    first = key if is_there else ""
    change_set = stack.prepare(template, parameters=asked.parameters(first))
    agree(change_set.changes if change_set else ())
    if not is_there and change_set:
        stack.execute(change_set)
        change_set = None
    bucket = bucket_of(stack)
    stack.progress.phase(f"Uploading to {bucket.name}")
    bucket.put_code(package)
    bucket.put_page()
    if not is_there:
        change_set = stack.prepare(template, parameters=asked.parameters(key))
    _execute(stack, change_set)
    bucket.remove_code(but=key)


def remove(stack: Stack) -> None:
    """Remove the stack with all that is in it; nothing to remove is well."""
    empty_bucket(stack)
    stack.delete()


def empty_bucket(stack: Stack) -> None:
    if name := stack.outputs().get("BucketName"):
        stack.progress.phase(f"Emptying {name}")
        Bucket(stack.aws, name).empty()


def bucket_of(stack: Stack) -> Bucket:
    return Bucket(stack.aws, stack.outputs()["BucketName"])


def _execute(stack: Stack, change_set: ChangeSet | None) -> None:
    if change_set is not None:
        stack.execute(change_set)
