"""A DJL container with a model.py of its own: the code is packed and uploaded.

The two files in deploy/djl are all that the container gets; the weights come from the
Hugging Face Hub when it starts.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

from deploy.deployment import Upload
from deploy.ways.images import Image, host_options
from deploy.ways.parts import Parts, Site
from falcon.errors import ConfigurationError

CODE = Path(__file__).parents[1] / "djl"
FILES = ("model.py", "serving.properties")
TIMEOUT_SECONDS = 1200
"""For the download of the code and for the start, the weights' download included."""


def parts(image: Image, site: Site) -> Parts:
    """Return what runs model.py, which is packed into a file for the upload."""
    packed = pack()
    # The same code is the same object, whoever uploads it.
    name = f"model-{hashlib.sha256(packed).hexdigest()[:12]}.tar.gz"
    path = site.folder / name
    try:
        site.folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed)
    except OSError as error:
        raise ConfigurationError(
            f"The container's code cannot be packed into {path} ({error.strerror}). "
            "Name a folder that can be written to: XDG_CACHE_HOME=/some/folder"
        ) from error
    upload = Upload(path=path, bucket=site.bucket, key=f"{site.prefix}/{name}")
    uri = image.uri(region=site.aws.region, instance_type=site.instance_type)
    return Parts(
        primary_container={
            "Image": uri,
            "ModelDataUrl": f"s3://{upload.bucket}/{upload.key}",
        },
        variant_options={
            "ModelDataDownloadTimeoutInSeconds": TIMEOUT_SECONDS,
            "ContainerStartupHealthCheckTimeoutInSeconds": TIMEOUT_SECONDS,
            **host_options(uri),
        },
        uploads=(upload,),
    )


def pack() -> bytes:
    """Return the archive, the same bytes each time: both files lie at its top."""
    archive = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=archive, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in FILES:
            content = (CODE / name).read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()
