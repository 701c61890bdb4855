"""What an EC2 instance knows of itself, asked of its metadata service (IMDSv2 only)."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

_ADDRESS = "http://169.254.169.254"
_SECONDS = 1.0
"""It is on the instance itself; elsewhere nobody answers at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    id: str
    region: str
    private_address: str
    public_address: str | None
    """None: nobody outside its network reaches it."""


def read_instance(environ: Mapping[str, str]) -> Instance | None:
    """Return the instance this runs on; None: this is none, or it does not say.

    AWS_EC2_METADATA_DISABLED and AWS_EC2_METADATA_SERVICE_ENDPOINT mean what they mean
    to every AWS tool.
    """
    if environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    base = environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", _ADDRESS).rstrip("/")
    life = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    token = _ask(f"{base}/latest/api/token", life, method="PUT")
    if token is None:
        return None

    def read(what: str) -> str | None:
        proof = {"X-aws-ec2-metadata-token": token}
        return _ask(f"{base}/latest/meta-data/{what}", proof)

    id_, region = read("instance-id"), read("placement/region")
    private = read("local-ipv4")
    if id_ is None or region is None or private is None:
        return None
    return Instance(
        id=id_,
        region=region,
        private_address=private,
        public_address=read("public-ipv4"),
    )


def _ask(url: str, headers: Mapping[str, str], *, method: str = "GET") -> str | None:
    request = urllib.request.Request(url, headers=dict(headers), method=method)
    # Never by a proxy: it would tell of the proxy's own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SECONDS) as answer:
            text: str = answer.read(4096).decode("ascii")
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return text.strip() or None
