"""The Chat API of one endpoint as a stack: what it is to be, made, changed, removed."""

from __future__ import annotations

from collections.abc import Mapping
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


class Installation:
    """The way to a stack of this version: what would change, then the change."""

    def __init__(self, stack: Stack, asked: Asked) -> None:
        self._stack = stack
        self._asked = asked
        self._package = make_package()
        self._key = code_key(self._package)
        self._is_there = stack.is_complete()
        self._change_set: ChangeSet | None = None

    def plan(self) -> tuple[str, ...]:
        """Return what would change; nothing is changed yet."""
        if not self._is_there:
            empty_bucket(self._stack)
        # The first time there is no bucket yet that could hold the zip.
        self._change_set = self._prepare(self._key if self._is_there else "")
        return self._change_set.changes if self._change_set else ()

    def give_up(self) -> None:
        """Forget what was planned."""
        if self._change_set is None:
            return
        if not self._is_there:
            # It has nothing in it.
            self._stack.delete()
            return
        change_set = self._change_set.id
        self._stack.aws.find(
            "cloudformation", "DeleteChangeSet", ChangeSetName=change_set
        )

    def run(self) -> None:
        """Make the stack, or change it; the page and the function go up with it."""
        if not self._is_there:
            self._execute()
        bucket = bucket_of(self._stack)
        self._stack.progress.phase(f"Uploading to {bucket.name}")
        bucket.put_code(self._package)
        bucket.put_page()
        if not self._is_there:
            self._change_set = self._prepare(self._key)
        self._execute()
        bucket.remove_code(but=self._key)

    def _prepare(self, key: str) -> ChangeSet | None:
        template = read_template(first_origin=self._asked.first_origin)
        return self._stack.prepare(template, parameters=self._asked.parameters(key))

    def _execute(self) -> None:
        if self._change_set is not None:
            self._stack.execute(self._change_set)


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
