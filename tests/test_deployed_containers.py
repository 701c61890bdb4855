from __future__ import annotations

from collections.abc import Iterator

import pytest

from falcon.endpoint import Endpoint
from falcon.endpoints import read_container
from falcon.errors import ConfigurationError, EndpointNotFoundError
from tests import control_plane
from tests.control_plane import ACCOUNT, ControlPlane

FALCON = Endpoint(name="falcon", region="us-east-1")
ECR = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
TGI = {"Image": f"{ECR}/huggingface-pytorch-tgi-inference:2.7.0-tgi3.3.6-gpu"}
VLLM = {"Image": f"{ECR}/vllm:server-sagemaker-cuda-v2.6"}
DJL = {"Image": f"{ECR}/djl-inference:0.38.0-lmi29.0.0-cu130"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    with control_plane.serving(monkeypatch) as plane:
        yield plane


def add_endpoint(aws: ControlPlane, *models: str, **fields: object) -> None:
    """Add FALCON, InService, with one variant for each of `models`."""
    configuration = {"EndpointConfigName": "config", "EndpointStatus": "InService"}
    aws.add("Endpoint", FALCON.name, **configuration, **fields)
    variants = [{"VariantName": model, "ModelName": model} for model in models]
    aws.add("EndpointConfig", "config", ProductionVariants=variants)


def add_component(aws: ControlPlane, name: str, **specification: object) -> None:
    endpoint = FALCON.name
    aws.add(
        "InferenceComponent", name, EndpointName=endpoint, Specification=specification
    )


def test_the_container_on_this_machine_is_known_without_asking(
    aws: ControlPlane,
) -> None:
    local = Endpoint(name="a", region="us-east-1", url="http://127.0.0.1:1")

    assert read_container(local) == "tgi"
    assert aws.calls == []


def test_the_container_is_that_of_the_endpoints_model(aws: ControlPlane) -> None:
    add_endpoint(aws, "model")
    aws.add("Model", "model", PrimaryContainer=TGI)

    assert read_container(FALCON) == "tgi"
    assert [operation for operation, _ in aws.calls] == [
        "DescribeEndpoint",
        "DescribeEndpointConfig",
        "DescribeModel",
    ]


def test_the_environment_of_the_model_decides_with(aws: ControlPlane) -> None:
    add_endpoint(aws, "model")
    environment = {"MESSAGES_API_ENABLED": "true"}
    aws.add("Model", "model", Containers=[{**TGI, "Environment": environment}])

    assert read_container(FALCON) == "openai_chat"


@pytest.mark.parametrize(
    "model_data",
    [
        {"ModelDataUrl": "s3://bucket/model.tar.gz"},
        {"ModelDataSource": {"S3DataSource": {"S3Uri": "s3://bucket/falcon/"}}},
    ],
)
def test_model_data_may_hold_a_handler(
    aws: ControlPlane, model_data: dict[str, object]
) -> None:
    add_endpoint(aws, "model")
    environment = {"HF_MODEL_ID": "tiiuae/falcon-7b-instruct"}
    aws.add("Model", "model", PrimaryContainer={**DJL, "Environment": environment})
    assert read_container(FALCON) == "lmi"

    aws.resources["Model", "model"]["PrimaryContainer"] |= model_data

    with pytest.raises(ConfigurationError, match="djl-inference"):
        read_container(FALCON)


def test_several_models_in_one_format_are_one_container(aws: ControlPlane) -> None:
    add_endpoint(aws, "old", "new")
    aws.add("Model", "old", PrimaryContainer=TGI)
    aws.add("Model", "new", PrimaryContainer=TGI)

    assert read_container(FALCON) == "tgi"


def test_the_models_of_a_variants_instance_pools_count(aws: ControlPlane) -> None:
    add_endpoint(aws, "model")
    [variant] = aws.resources["EndpointConfig", "config"]["ProductionVariants"]
    variant["InstancePools"] = [{"ModelNameOverride": "other"}, {"Priority": 2}]
    aws.add("Model", "model", PrimaryContainer=TGI)
    aws.add("Model", "other", PrimaryContainer=VLLM)

    with pytest.raises(ConfigurationError, match=r"tgi3\.3\.6.* and vllm:"):
        read_container(FALCON)


@pytest.mark.parametrize(
    ("model", "seen"),
    [
        ({"PrimaryContainer": {"Image": f"{ECR}/ours:7"}}, "it runs ours:7"),
        ({"Containers": [TGI, TGI]}, "has 2 containers"),
        ({}, "has 0 containers"),
        (
            {
                "PrimaryContainer": {
                    "ModelPackageName": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:"
                    "model-package/falcon/3"
                }
            },
            "is the model-package/falcon/3",
        ),
    ],
)
def test_what_does_not_tell_the_container_is_said_and_what_to_do(
    aws: ControlPlane, model: dict[str, object], seen: str
) -> None:
    add_endpoint(aws, "model")
    aws.add("Model", "model", **model)

    with pytest.raises(ConfigurationError) as caught:
        read_container(FALCON)

    said = str(caught.value)
    assert seen in said
    assert "FALCON_CONTAINER" in said
    assert "tgi, lmi, openai_chat, text_length" in said
    assert ACCOUNT not in said


@pytest.mark.parametrize("gone", [("EndpointConfig", "config"), ("Model", "model")])
def test_an_endpoint_may_outlive_what_describes_it(
    aws: ControlPlane, gone: tuple[str, str]
) -> None:
    add_endpoint(aws, "model")
    aws.add("Model", "model", PrimaryContainer=TGI)
    del aws.resources[gone]

    with pytest.raises(ConfigurationError, match="was deleted"):
        read_container(FALCON)


@pytest.mark.parametrize(
    "operation", ["DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel"]
)
def test_what_may_not_be_asked_is_named(aws: ControlPlane, operation: str) -> None:
    add_endpoint(aws, "model")
    aws.add("Model", "model", PrimaryContainer=TGI)
    aws.refused.add(operation)

    with pytest.raises(ConfigurationError) as caught:
        read_container(FALCON)

    said = str(caught.value)
    assert f"sagemaker:{operation} " in said
    assert "FALCON_CONTAINER" in said
    assert ACCOUNT not in said


def test_the_container_of_no_endpoint_is_not_found(aws: ControlPlane) -> None:
    with pytest.raises(EndpointNotFoundError):
        read_container(FALCON)
    assert len(aws.calls) == 1


def test_an_inference_component_names_a_model(aws: ControlPlane) -> None:
    add_endpoint(aws)
    add_component(aws, "base", ModelName="model")
    add_component(aws, "adapter", BaseInferenceComponentName="base")
    aws.add("Model", "model", PrimaryContainer=VLLM)

    assert read_container(FALCON) == "openai_chat"


@pytest.mark.parametrize(
    ("artifact", "expected"), [({}, "lmi"), ({"ArtifactUrl": "s3://bucket/a"}, None)]
)
def test_an_inference_component_names_an_image(
    aws: ControlPlane, artifact: dict[str, str], expected: str | None
) -> None:
    add_endpoint(aws)
    image = {"SpecifiedImage": DJL["Image"]}
    environment = {"HF_MODEL_ID": "tiiuae/falcon-7b-instruct"}
    container = {"DeployedImage": image, "Environment": environment, **artifact}
    add_component(aws, "only", Container=container)

    if expected:
        assert read_container(FALCON) == expected
    else:
        with pytest.raises(ConfigurationError, match="it runs djl-inference"):
            read_container(FALCON)


def test_inference_components_of_two_formats_cannot_be_told_apart(
    aws: ControlPlane,
) -> None:
    add_endpoint(aws)
    for name, container in (("a", TGI), ("b", VLLM)):
        add_component(aws, name, ModelName=name)
        aws.add("Model", name, PrimaryContainer=container)

    with pytest.raises(ConfigurationError, match=" and "):
        read_container(FALCON)


def test_an_endpoint_without_models_and_components_tells_nothing(
    aws: ControlPlane,
) -> None:
    add_endpoint(aws)

    with pytest.raises(ConfigurationError, match="it names no model"):
        read_container(FALCON)


def test_components_that_may_not_be_listed_are_named(aws: ControlPlane) -> None:
    add_endpoint(aws)
    aws.refused.add("ListInferenceComponents")

    with pytest.raises(ConfigurationError, match="sagemaker:ListInferenceComponents"):
        read_container(FALCON)
