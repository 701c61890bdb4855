"""One question to an endpoint that is in service: does a model answer behind it?

InService says only that the container's health check passed.
"""

from __future__ import annotations

from deploy.aws import Aws
from deploy.deployment import Deployment
from falcon.client import FalconClient
from falcon.conversation import Message
from falcon.endpoint import Endpoint
from falcon.models import find_model
from falcon.parameters import GenerationParameters

QUESTION = "What is a falcon? Answer in one sentence."
_TOKENS = 40


def ask_smoke_question(aws: Aws, deployment: Deployment) -> str:
    """Return the answer's beginning; raises the FalconErrors of FalconClient."""
    client = FalconClient(
        Endpoint(name=deployment.endpoint_name, region=aws.region, profile=aws.profile),
        container=deployment.container,
        model=find_model(deployment.falcon_model),
    )
    parameters = GenerationParameters(max_new_tokens=_TOKENS)
    # Streamed, as the page does it: streaming is a permission of its own.
    with client.stream([Message("user", QUESTION)], parameters) as stream:
        for _ in stream:
            pass
    return stream.text.strip()
