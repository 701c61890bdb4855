"""Where others can open the page of this machine, and who they are.

In SageMaker Studio behind its proxy, on EC2 at the instance's address or through
Systems Manager; nowhere else. Knows nothing of the page but its port.
"""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.instance_metadata import Instance, read_instance
from falcon.endpoints import read_space_url
from falcon.launch import ADDRESS
from falcon.studio import METADATA, App, Space, read_space

_CALLED = {
    App.JUPYTERLAB: "a JupyterLab space",
    App.CODE_EDITOR: "a Code Editor space",
    App.STUDIO_CLASSIC: "Studio Classic",
    App.NOTEBOOK_INSTANCE: "a notebook instance",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    place: str
    """Where this runs, such as "a JupyterLab space"."""
    address: str | None
    """What a browser opens, the last slash included; None: see `how`."""
    how: str
    """What else has to be done, as sentences; empty: nothing."""
    audience: str
    """Who can open it, as a sentence."""
    is_served: bool
    """Whether anything listens at the port at the moment."""


def find_share(
    environ: Mapping[str, str], *, port: int, metadata: Path = METADATA
) -> Share | None:
    """Return how the page at `port` is opened by others; None: it cannot be.

    In a JupyterLab or Code Editor space it needs sagemaker:DescribeSpace.
    """
    space = read_space(environ, metadata=metadata)
    if space is not None:
        return _behind_proxy(space, port)
    instance = read_instance(environ)
    return None if instance is None else _on_instance(instance, port)


def _behind_proxy(space: Space, port: int) -> Share:
    address = space.proxy_url(port)
    if address is None and space.domain_id and space.space_name and space.region:
        url = read_space_url(
            domain_id=space.domain_id, space_name=space.space_name, region=space.region
        )
        address = space.proxy_url(port, space_url=url)
    how = ""
    if address is None:
        how = (
            f"Put {space.proxy_path(port)} after the host name in this browser tab's "
            "address, the last slash too. AWS tells the host name to who may call "
            "sagemaker:DescribeSpace."
        )
    return Share(
        place=_CALLED[space.app],
        address=address,
        how=how,
        audience=str(space.audience),
        is_served=_listens(ADDRESS, port),
    )


def _on_instance(instance: Instance, port: int) -> Share:
    place = f"the EC2 instance {instance.id}"
    public = instance.public_address
    if public and _listens(instance.private_address, port):
        return Share(
            place=place,
            address=f"http://{public}:{port}/",
            how=f"Its security group has to let port {port} in, and the page was "
            f"started with FALCON_ALLOWED_HOSTS={public}.",
            audience="Everybody whom the security group lets in can open it: the page "
            "asks nobody who they are, and nothing on the way is encrypted.",
            is_served=True,
        )
    return Share(
        place=place,
        address=None,
        how=f"On one's own machine: {_forward(instance, port)}\n"
        f"Then open http://127.0.0.1:{port}/ there.",
        audience="Whoever may call ssm:StartSession on this instance can open it; no "
        "port has to be open.",
        is_served=_listens(ADDRESS, port),
    )


def _forward(instance: Instance, port: int) -> str:
    ports = {"portNumber": [str(port)], "localPortNumber": [str(port)]}
    return shlex.join(
        [
            *("aws", "ssm", "start-session", "--target", instance.id),
            *("--document-name", "AWS-StartPortForwardingSession"),
            *("--parameters", json.dumps(ports), "--region", instance.region),
        ]
    )


def _listens(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False
