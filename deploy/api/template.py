"""The stack's template, with a deployment of its own for each version of the API.

A deployment of API Gateway is a snapshot: what changes in a method is not answered
until there is a new one, and CloudFormation makes one for a new logical id only.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

TEMPLATE = Path(__file__).parents[1] / "templates" / "api.yaml"
_RESOURCE = re.compile(r"^  (?=\w+:\n    Type: )", re.MULTILINE)
_IN_A_SNAPSHOT = re.compile(
    r"    Type: AWS::ApiGateway::"
    r"(GatewayResponse|Method|Model|RequestValidator|Resource|RestApi)\n"
)
_DEPLOYMENT = re.compile(
    r"(?<=^  )Deployment(?=:$)|(?<=!Ref )Deployment$", re.MULTILINE
)


def read_template(*, first_origin: str, text: str | None = None) -> str:
    """Return the template; `first_origin` is the parameter that the API depends on.

    `text` is another version of it.
    """
    template = text if text is not None else TEMPLATE.read_text(encoding="utf-8")
    resources = _RESOURCE.split(template.partition("\nOutputs:")[0])
    snapshot = [part for part in resources if _IN_A_SNAPSHOT.search(part)]
    said = "".join([first_origin, *snapshot])
    version = hashlib.sha256(said.encode()).hexdigest()[:12]
    return _DEPLOYMENT.sub(f"Deployment{version}", template)
