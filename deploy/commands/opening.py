"""What a person types to use an endpoint: the page, or any OpenAI client."""

from __future__ import annotations

import shlex

from deploy.aws import Aws
from deploy.commands.output import Json
from deploy.journal import Record
from deploy.openai_route import openai_route


def opening_line(aws: Aws, record: Record) -> str:
    """Return the line that opens the chat on the endpoint."""
    settings = {
        "FALCON_ENDPOINT": record.endpoint_name,
        "FALCON_REGION": aws.region,
        "FALCON_PROFILE": aws.profile,
        "FALCON_CONTAINER": record.container,
        "FALCON_MODEL": record.falcon_model,
    }
    said = [f"{name}={shlex.quote(text)}" for name, text in settings.items() if text]
    return f"{' '.join(said)} make run"


def openai_lines(aws: Aws, record: Record) -> tuple[dict[str, Json] | None, str]:
    """Return SageMaker's OpenAI-compatible address, as JSON and in words."""
    if not record.way:
        return None, ""
    route = openai_route(aws, endpoint_name=record.endpoint_name, way=record.way)
    if route is None:
        return None, ""
    told = (
        f"For OpenAI clients, with an empty model: {route.base_url}\n"
        f"  its bearer token: {route.token_command}"
    )
    return {"base_url": route.base_url, "token_command": route.token_command}, told
