"""One account in one region through boto3: a question, its answer or one error.

Knows credentials, time limits and retries. What is asked repeats safely: a create that
was done already answers "exists", a delete "missing", and both are understood as such.
"""

from __future__ import annotations

import functools
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from deploy.aws_refusals import (
    RefusedError,
    explain_client_error,
    explain_transport_error,
)
from falcon.endpoint import check_region
from falcon.errors import ConfigurationError, FalconError

_PREFIXES = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
"""How a service's IAM actions begin, where that is not its name."""
_ACTIONS = {"HeadBucket": "ListBucket", "HeadObject": "GetObject"}
"""How IAM calls an operation, where that is not its name."""


class Aws:
    """An account in a region, with one profile's credentials. Safe from any thread."""

    def __init__(self, *, region: str, profile: str | None = None) -> None:
        """`profile` None: boto3's own choice of credentials."""
        check_region(region)
        self.region = region
        self.profile = profile
        self._clients: dict[tuple[str, str], Any] = {}
        self._caller: tuple[str, str] | None = None

    def in_region(self, region: str) -> Aws:
        return (
            self if region == self.region else Aws(region=region, profile=self.profile)
        )

    def account(self) -> str:
        """Return the account's twelve digits."""
        return self._identity()[0]

    def owner(self) -> str:
        """Return who these credentials belong to, such as user/Anna."""
        return self._identity()[1]

    def partition(self) -> str:
        """Return what its ARNs begin with after `arn:`, such as aws-cn in China."""
        partition: str = self._session.get_partition_for_region(self.region)
        return partition

    def _identity(self) -> tuple[str, str]:
        if self._caller is None:
            answer = self.ask("sts", "GetCallerIdentity")
            owner = answer["Arn"].partition(f":{answer['Account']}:")[2]
            self._caller = (answer["Account"], owner)
        return self._caller

    # boto3 makes clients, and their answers, at run time: there is no type to name.
    def ask(self, service: str, operation: str, **arguments: object) -> Any:
        """Return the answer of an operation, such as DescribeModel.

        Raises RefusedError for what AWS refuses, and ConfigurationError for settings
        that cannot be used.
        """
        try:
            call = getattr(self.client(service), xform_name(operation))
            answer = call(**arguments)
        except (ClientError, BotoCoreError) as error:
            raise self._explained(error, service, operation) from error
        except ResponseParserError as error:
            raise self._not_aws() from error
        headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
        is_empty = answer.keys() <= {"ResponseMetadata"}
        # To botocore, a proxy's page is an answer that says nothing.
        if is_empty and "html" in headers.get("content-type", ""):
            raise self._not_aws()
        return answer

    def _not_aws(self) -> RefusedError:
        return RefusedError(
            f"What answered for {self.region} is not AWS. Check the network and its "
            "proxy, and repeat the command.",
            kind="unanswered",
        )

    def _explained(
        self, error: ClientError | BotoCoreError, service: str, operation: str
    ) -> FalconError:
        prefix = _PREFIXES.get(service, service)
        action = f"{prefix}:{_ACTIONS.get(operation, operation)}"
        if isinstance(error, ClientError):
            return explain_client_error(
                error, action=action, region=self.region, profile=self.profile
            )
        return explain_transport_error(
            error, action=action, region=self.region, profile=self.profile
        )

    def find(self, service: str, operation: str, **arguments: object) -> Any | None:
        """Return the answer, or None where there is no such resource."""
        try:
            return self.ask(service, operation, **arguments)
        except RefusedError as refusal:
            if refusal.kind == "missing":
                return None
            raise

    def client(self, service: str, *, region: str | None = None) -> Any:
        """Return boto3's client; `region`: where it is not the account's, as of
        prices."""
        key = (service, region or self.region)
        if key not in self._clients:
            try:
                self._clients[key] = self._session.client(
                    service, region_name=key[1], config=_config()
                )
            except (BotoCoreError, ValueError) as error:
                raise ConfigurationError(
                    f"AWS cannot be asked with its settings: {error}. Check the "
                    "profile (--profile) and the AWS_ variables of the environment."
                ) from error
        return self._clients[key]

    @functools.cached_property
    def _session(self) -> Any:
        # The stubs know each service's name as a literal only.
        return boto3.Session(profile_name=self.profile)


def _config() -> Config:
    # How often a call is repeated is the user's own AWS_MAX_ATTEMPTS, else 3 times.
    return Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard"})
