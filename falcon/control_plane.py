"""AWS's control plane through botocore: one question, one answer or one typed error.

Knows credentials, regions and time limits; what the answers mean is known to those who
ask.
"""

from __future__ import annotations

from typing import Any, Literal

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from falcon.aws_descriptions import descriptions
from falcon.aws_errors import translate_client_error, translate_transport_error
from falcon.errors import (
    ConfigurationError,
    DecodingError,
    EndpointConnectionError,
    EndpointError,
    EndpointUnavailableError,
    FalconError,
    PermissionDeniedError,
)
from falcon.text import text

Service = Literal["sagemaker", "cloudwatch", "resourcegroupstaggingapi"]
_ACTIONS = {"resourcegroupstaggingapi": "tag"}
"""How a service's IAM actions begin, where that is not its name."""
_VARIABLES = {"resourcegroupstaggingapi": "RESOURCE_GROUPS_TAGGING_API"}
"""How a service's environment variable ends, where that is not its name."""


class ControlPlane:
    """One service in one region. Safe from any thread; a question takes ten seconds
    at most and is asked once."""

    def __init__(
        self,
        *,
        region: str,
        profile: str | None = None,
        service: Service = "sagemaker",
        endpoint: str | None = None,
    ) -> None:
        """`endpoint`: the one that the questions are about, for the errors' text."""
        self._service = service
        self._region = region
        self._endpoint = endpoint
        config = Config(
            connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1}
        )
        try:
            session = Session(profile=profile)
            session.register_component("data_loader", descriptions())
            # botocore makes the class at run time: there is no type to name.
            self._client: Any = session.create_client(
                service, region_name=region, config=config
            )
        except BotoCoreError as error:
            raise self._translated(error) from error
        except ValueError as error:
            variable = _VARIABLES.get(service, service.upper())
            raise ConfigurationError(
                text(
                    "{variable} or AWS_ENDPOINT_URL is wrong: {problem}.",
                    variable=f"AWS_ENDPOINT_URL_{variable}",
                    problem=str(error),
                )
            ) from error

    def ask(self, operation: str, **arguments: object) -> Any:
        """Return the answer of an operation, such as DescribeModel, or raise."""
        try:
            answer = getattr(self._client, xform_name(operation))(**arguments)
        except (ClientError, BotoCoreError) as error:
            raise self._translated(error) from error
        headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
        # To botocore, a proxy's page is an answer that says nothing.
        if "html" in headers.get("content-type", ""):
            raise DecodingError(
                text(
                    "What answered for {region} is not AWS. Check the network and its "
                    "proxy, and try again.",
                    region=self._region,
                )
            )
        return answer

    def _translated(self, error: Exception) -> FalconError:
        name = self._endpoint or ""
        translated = (
            translate_client_error(error, endpoint=name, action=self._action(error))
            if isinstance(error, ClientError)
            else translate_transport_error(error, endpoint=name)
        )
        return translated if self._endpoint else self._of_account(error, translated)

    def _of_account(self, error: Exception, translated: FalconError) -> FalconError:
        """Return the error of a question that is about no single endpoint."""
        if _is_refusal(error) and isinstance(error, ClientError):
            return PermissionDeniedError(
                text(
                    "These AWS credentials may not call {action} in {region}. Ask for "
                    "this permission.",
                    action=self._action(error),
                    region=self._region,
                )
            )
        if isinstance(translated, (EndpointConnectionError, EndpointUnavailableError)):
            return EndpointError(
                text(
                    "AWS could not be asked in {region}. Check the region and the "
                    "network, and try again.",
                    region=self._region,
                )
            )
        return translated

    def _action(self, error: ClientError) -> str:
        """Return the IAM action of the operation that failed."""
        return f"{_ACTIONS.get(self._service, self._service)}:{error.operation_name}"


def is_refusal(error: FalconError) -> bool:
    """Whether IAM refused an operation; without credentials AWS refuses everything."""
    return _is_refusal(error.__cause__)


def _is_refusal(error: BaseException | None) -> bool:
    if not isinstance(error, ClientError):
        return False
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code.startswith("AccessDenied")
