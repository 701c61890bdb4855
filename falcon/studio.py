"""What a SageMaker Studio space or a notebook instance tells about itself.

Knows where the proxy in front of a port is and who can open it, from the environment
and the metadata file alone. It does not call AWS: a JupyterLab or Code Editor space
has a random host name that only DescribeSpace tells (`falcon.endpoints`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from falcon.text import text

METADATA = Path("/opt/ml/metadata/resource-metadata.json")


class App(StrEnum):
    """What runs the terminal; the values are those of SAGEMAKER_APP_TYPE_LOWERCASE."""

    JUPYTERLAB = "jupyterlab"
    CODE_EDITOR = "codeeditor"
    STUDIO_CLASSIC = "jupyterserver"
    NOTEBOOK_INSTANCE = "notebook-instance"


PROXY_PATHS = {
    App.JUPYTERLAB: "/jupyterlab/default/proxy/{port}/",
    App.CODE_EDITOR: "/codeeditor/default/ports/{port}/",
    App.STUDIO_CLASSIC: "/jupyter/default/proxy/{port}/",
    App.NOTEBOOK_INSTANCE: "/proxy/{port}/",
}
"""All end with a slash: without it the page's own files resolve wrongly and the page
stays blank. All strip their prefix, so `server.baseUrlPath` stays empty."""


@dataclass(frozen=True, slots=True)
class Space:
    """The place in SageMaker where this process runs."""

    app: App
    region: str | None = None
    domain_id: str | None = None
    space_name: str | None = None
    resource_name: str | None = None
    is_shared: bool = False
    partition: str = "aws"

    def proxy_path(self, port: int) -> str:
        """What follows the host name in the address of a port."""
        return PROXY_PATHS[self.app].format(port=port)

    def proxy_url(self, port: int, *, space_url: str | None = None) -> str | None:
        """The address of a port as a browser opens it, or None where it is unknown.

        `space_url` is DescribeSpace's; only its host counts, since for IAM Identity
        Center it leads to a sign-in page.
        """
        host = urlsplit(space_url).netloc if space_url else self._host()
        return f"https://{host}{self.proxy_path(port)}" if host else None

    def _host(self) -> str | None:
        """The host name where it follows from names this process knows."""
        if self.region is None or self.partition != "aws":
            return None
        if self.app is App.STUDIO_CLASSIC and self.domain_id:
            return f"{self.domain_id}.studio.{self.region}.sagemaker.aws"
        if self.app is App.NOTEBOOK_INSTANCE and self.resource_name:
            return f"{self.resource_name}.notebook.{self.region}.sagemaker.aws"
        return None

    @property
    def audience(self) -> str:
        """Who can open the address, as one sentence."""
        if self.app is App.NOTEBOOK_INSTANCE:
            return text("Whoever may open this notebook instance can open it.")
        if self.is_shared:
            return text(
                "Users of this Studio domain can open it: this space is shared."
            )
        return text("Only you can open it, signed in to Studio: this space is private.")


def read_space(
    environ: Mapping[str, str], *, metadata: Path = METADATA
) -> Space | None:
    """The space this process runs in; None on a laptop, a server, or in a kernel image.

    Space names and kinds come from sagemaker-distribution's start scripts; a notebook
    instance has only the metadata file. A missing or unreadable file leaves what the
    environment says.
    """
    facts = _read_facts(metadata)
    arn = facts.get("ResourceArn", "").split(":")
    try:
        app = App(environ.get("SAGEMAKER_APP_TYPE_LOWERCASE", ""))
    except ValueError:
        if len(arn) < 6 or not arn[5].startswith("notebook-instance/"):
            return None
        app = App.NOTEBOOK_INSTANCE
    return Space(
        app=app,
        region=arn[3] if len(arn) > 3 else environ.get("AWS_REGION"),
        domain_id=facts.get("DomainId"),
        space_name=facts.get("SpaceName"),
        resource_name=facts.get("ResourceName"),
        is_shared=environ.get("SAGEMAKER_SPACE_TYPE_LOWERCASE") == "shared",
        partition=arn[1] if len(arn) > 1 else "aws",
    )


def _read_facts(metadata: Path) -> dict[str, str]:
    try:
        facts = json.loads(metadata.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(facts, dict):
        return {}
    return {name: fact for name, fact in facts.items() if isinstance(fact, str)}
