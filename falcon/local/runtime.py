"""SageMaker Runtime's side of an answer: its headers, its errors, their bodies.

Knows what InvokeEndpoint adds around what a container answers (service model
sagemaker-runtime 2017-05-13). Knows nothing of TGI. The account and the region are
placeholders: nothing here is in AWS.
"""

from __future__ import annotations

import json
import uuid

ENDPOINT_NAME = "falcon-local"
ACCOUNT = "000000000000"
REGION = "us-east-1"
MAX_BODY_BYTES = 6_291_456
"""The largest body in the service model: 6 MiB."""

EVENT_STREAM = "application/vnd.amazon.eventstream"
LOG_GROUP = f"/aws/sagemaker/Endpoints/{ENDPOINT_NAME}"


def success_headers() -> dict[str, str]:
    """The headers of every answer that came from the container."""
    return {
        "x-amzn-RequestId": str(uuid.uuid4()),
        "x-Amzn-Invoked-Production-Variant": "AllTraffic",
    }


def error_headers(code: str) -> dict[str, str]:
    """The headers of an error, whose code botocore reads from one of them."""
    return {"x-amzn-RequestId": str(uuid.uuid4()), "x-amzn-ErrorType": code}


def model_error(status: int, message: str) -> bytes:
    """The body of a ModelError: the container answered with an error of its own."""
    side = "server" if status >= 500 else "client"
    console = (
        f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}"
        f"#logEventViewer:group={LOG_GROUP}"
    )
    return _encode(
        Message=f'Received {side} error ({status}) from primary with message "{message}'
        f'". See {console} in account {ACCOUNT} for more information.',
        OriginalStatusCode=status,
        OriginalMessage=message,
        LogStreamArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{LOG_GROUP}",
    )


def endpoint_not_found(name: str) -> bytes:
    """The body of the ValidationError for a name that no endpoint has."""
    return _encode(Message=f"Endpoint {name} of account {ACCOUNT} not found.")


def body_too_large() -> bytes:
    """The body of the 413 that SageMaker gives no error type."""
    return _encode(message=f"HTTP content length exceeded {MAX_BODY_BYTES} bytes.")


def _encode(**body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
