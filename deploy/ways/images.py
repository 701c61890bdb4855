"""Which container image runs, at which version, and what it needs of the instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deploy import sagemaker_sdk
from falcon.errors import ConfigurationError

CUDA_13 = "al2023-ami-sagemaker-inference-gpu-4-1"
"""The instance image whose driver (580) runs CUDA 13. Without it such a container does
not start and leaves no logs (CannotStartContainerError)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One of AWS's Deep Learning Containers; pinned: what it does changes with it."""

    framework: str
    """As the SageMaker Python SDK calls it."""
    version: str

    def uri(self, *, region: str, instance_type: str) -> str:
        """Return its address in the registry of `region`.

        From the SDK's own list; nobody is asked whether the registry still has it.
        """
        sagemaker_sdk.load()
        from sagemaker.core import image_uris

        try:
            uri: str = image_uris.retrieve(
                framework=self.framework,
                region=region,
                version=self.version,
                instance_type=instance_type,
                image_scope="inference",
            )
        except ValueError as error:
            raise ConfigurationError(
                f"AWS has no image {self.framework} {self.version} for {instance_type} "
                f"in {region}: {error} Name another --region or --way."
            ) from error
        return uri


def host_options(uri: str) -> dict[str, Any]:
    """Return the production variant's arguments that an image needs."""
    # AWS's llama.cpp for GPUs is CUDA 13, too, and its tag does not say so.
    needs_cuda_13 = "cu130" in uri or "llama-cpp:server-sagemaker-cuda" in uri
    return {"InferenceAmiVersion": CUDA_13} if needs_cuda_13 else {}
