"""JumpStart: AWS's own copy of the weights, served as its specification says.

The specification (image, environment, artefacts, timeouts) is read through the
SageMaker SDK's accessor from JumpStart's bucket of the region; nothing of it is
repeated here. Not its ModelBuilder, which overrides what it is told and creates things
by itself.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from deploy import sagemaker_sdk
from deploy.aws_refusals import explain_client_error, explain_transport_error
from deploy.ways.images import host_options
from deploy.ways.parts import Parts, Site
from falcon.errors import ConfigurationError, DeploymentError

_VARIANT_OPTIONS = {
    "model_data_download_timeout": "ModelDataDownloadTimeoutInSeconds",
    "container_startup_health_check_timeout": (
        "ContainerStartupHealthCheckTimeoutInSeconds"
    ),
}
"""What the specification calls a production variant's timeouts."""


def parts(site: Site) -> Parts:
    """Return what the model's specification says; raises what read_specs does, and
    ConfigurationError for an instance type that it does not have."""
    specs = read_specs(site)
    types = specs.supported_inference_instance_types or []
    variants = specs.hosting_instance_type_variants
    image = variants and variants.get_image_uri(
        instance_type=site.instance_type, region=site.aws.region
    )
    if not image or (types and site.instance_type not in types):
        raise ConfigurationError(
            f"JumpStart does not serve {site.offer.model} on {site.instance_type} in "
            f"{site.aws.region}. Its instance types (--instance-type) are: "
            f"{', '.join(types)}."
        )
    environment = {
        variable.name: str(variable.default)
        for variable in specs.inference_environment_variables
    }
    # What an instance type has of its own comes last.
    environment |= variants.get_instance_specific_environment_variables(
        site.instance_type
    )
    return Parts(
        primary_container={
            "Image": image,
            "Environment": environment,
            **_model_data(specs, site),
        },
        model_options={
            "EnableNetworkIsolation": specs.inference_enable_network_isolation
        },
        variant_options=_variant_options(specs, site) | host_options(image),
    )


# Any: the SDK has no types.
def read_specs(site: Site) -> Any:
    """Return the specification of the offer's model, at its version.

    Raises ConfigurationError where JumpStart has none for the region, or one that only
    its console can deploy; DeploymentError if its bucket could not be read.
    """
    sagemaker_sdk.load()
    from sagemaker.core.jumpstart.accessors import JumpStartModelsAccessor

    offer, aws = site.offer, site.aws
    try:
        specs = JumpStartModelsAccessor.get_model_specs(
            region=aws.region,
            model_id=offer.source,
            version=offer.revision,
            s3_client=aws.client("s3"),
        )
    except (KeyError, ValueError) as error:
        # KeyError's text is quoted.
        reason = error.args[0] if error.args else error
        raise ConfigurationError(
            f"JumpStart cannot serve {offer.model} in {aws.region}: {reason} Name "
            "another --region or --way; `python -m deploy models` lists both."
        ) from error
    except ClientError as error:
        raise explain_client_error(
            error, action="s3:GetObject", region=aws.region, profile=aws.profile
        ) from error
    except BotoCoreError as error:
        raise explain_transport_error(
            error, action="s3:GetObject", region=aws.region, profile=aws.profile
        ) from error
    except OSError as error:
        raise DeploymentError(
            f"JumpStart's specification of {offer.model} cannot be read: {error}."
        ) from error
    if specs.gated_bucket or specs.hosting_eula_key:
        raise ConfigurationError(
            f"JumpStart gives {offer.model} only to those who accept its licence. "
            "Deploy it from the JumpStart page of the SageMaker console, and open the "
            "chat with that endpoint's name."
        )
    return specs


def _model_data(specs: Any, site: Site) -> dict[str, Any]:
    from sagemaker.core.jumpstart.utils import get_jumpstart_content_bucket

    key = (
        specs.hosting_instance_type_variants.get_instance_specific_prepacked_artifact_key(
            instance_type=site.instance_type
        )
        or specs.hosting_prepacked_artifact_key
        or specs.hosting_artifact_key
    )
    uri = f"s3://{get_jumpstart_content_bucket(site.aws.region)}/{key}"
    if not uri.endswith("/"):
        return {"ModelDataUrl": uri}
    source = {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}
    return {"ModelDataSource": {"S3DataSource": source}}


def _variant_options(specs: Any, site: Site) -> dict[str, Any]:
    from sagemaker.core.common_utils import volume_size_supported

    options = {
        _VARIANT_OPTIONS[name]: value
        for name, value in specs.deploy_kwargs.items()
        if name in _VARIANT_OPTIONS
    }
    # Instances with disks of their own, such as g5, refuse a size.
    if specs.inference_volume_size and volume_size_supported(site.instance_type):
        options["VolumeSizeInGB"] = specs.inference_volume_size
    return options
