"""A container that fetches the weights itself, or finds a GGUF file beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from deploy.catalogue import Offer
from deploy.deployment import Upload
from deploy.ways.environments import LOADING_SECONDS, llama_cpp
from deploy.ways.images import Image, host_options
from deploy.ways.parts import Parts, Site
from falcon.errors import ConfigurationError

LARGEST_UPLOAD = 5 * 2**30
"""Bytes that S3 takes in one piece."""


def from_hub(
    image: Image, environment: Callable[[Offer], dict[str, str]], site: Site
) -> Parts:
    """Return what lets a container fetch the offer's weights from the Hub."""
    uri = image.uri(region=site.aws.region, instance_type=site.instance_type)
    return Parts(
        primary_container={"Image": uri, "Environment": environment(site.offer)},
        variant_options={
            "ContainerStartupHealthCheckTimeoutInSeconds": LOADING_SECONDS,
            **host_options(uri),
        },
    )


def from_gguf(image: Image, site: Site) -> Parts:
    """Return what lets llama.cpp serve a file of one's own, else the offer's.

    Raises ConfigurationError if there is neither.
    """
    if site.gguf is None:
        if not site.offer.source:
            raise ConfigurationError(
                f"No GGUF file of {site.offer.model} is known whose revision is sure. "
                "Name one of yours: --gguf FILE"
            )
        return from_hub(image, llama_cpp, site)
    if not site.gguf.is_file():
        raise ConfigurationError(f"There is no file {site.gguf} (--gguf).")
    if site.gguf.stat().st_size > LARGEST_UPLOAD:
        raise ConfigurationError(
            f"{site.gguf} is larger than the 5 GiB that are uploaded in one piece. "
            "Take a smaller quantization."
        )
    # A folder of its own for each file: the container takes the first that it finds.
    with site.gguf.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    folder = f"{site.prefix}/gguf-{digest}"
    upload = Upload(
        path=site.gguf, bucket=site.bucket, key=f"{folder}/{site.gguf.name}"
    )
    uri = image.uri(region=site.aws.region, instance_type=site.instance_type)
    environment = llama_cpp(site.offer)
    environment.pop("SM_LLAMA_CPP_MODEL_URL", None)
    source = {
        "S3Uri": f"s3://{site.bucket}/{folder}/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }
    return Parts(
        primary_container={
            "Image": uri,
            "Environment": environment,
            "ModelDataSource": {"S3DataSource": source},
        },
        variant_options={
            "ModelDataDownloadTimeoutInSeconds": LOADING_SECONDS,
            "ContainerStartupHealthCheckTimeoutInSeconds": LOADING_SECONDS,
            **host_options(uri),
        },
        uploads=(upload,),
    )
