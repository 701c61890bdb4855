from __future__ import annotations

import pytest

from falcon.container_detection import detect_container, image_name
from falcon.containers import ContainerName

ECR = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
TGI = "huggingface-pytorch-tgi-inference:2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04"
DJL = "djl-inference:0.38.0-lmi29.0.0-cu130"
HUB_MODEL = {"HF_MODEL_ID": "tiiuae/falcon-7b-instruct"}
MODEL_IN_DATA = {"HF_MODEL_ID": "/opt/ml/model"}


def detect(
    image: str,
    environment: dict[str, str] | None = None,
    *,
    has_model_data: bool = False,
) -> ContainerName | None:
    return detect_container(
        image=image, environment=environment or {}, has_model_data=has_model_data
    )


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (TGI, "tgi"),
        ("huggingface-pytorch-tgi-inference:1.13.1-optimum0.0.16-neuronx", "tgi"),
        ("text-generation-inference:3.3.6", "tgi"),
        ("vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker", "openai_chat"),
        ("vllm:server-sagemaker-cuda-v2.6", "openai_chat"),
        ("huggingface-vllm:0.29.0-transformers5.15.0-gpu-py312-cu130", "openai_chat"),
        ("huggingface-vllm-inference-neuronx:0.11.0-optimum0.4.4", "openai_chat"),
        ("sglang:server-sagemaker-cuda-v1.3", "openai_chat"),
        ("huggingface-sglang:0.5.8-transformers4.57.3", "openai_chat"),
        ("llama-cpp:server-sagemaker-cuda-v1.0.1", "openai_chat"),
        ("llama-cpp-arm64:server-sagemaker-cpu-v1.0.1", "openai_chat"),
        ("huggingface-llamacpp:b9522-gpu-cu130-ubuntu24.04", "openai_chat"),
        ("huggingface-pytorch-inference:2.6.0-transformers4.51.3-gpu-py312", None),
        ("tei:2.0.1-tei1.8.2-gpu-py310-cu122-ubuntu22.04", None),
        ("pytorch-inference:2.6.0-gpu-py312", None),
        ("my-falcon:latest", None),
        ("my-falcon", None),
    ],
)
def test_an_image_speaks_what_its_name_says(
    image: str, expected: ContainerName | None
) -> None:
    assert detect(f"{ECR}/{image}") == expected


@pytest.mark.parametrize(
    "image",
    [
        f"763104351884.dkr.ecr.ap-northeast-2.amazonaws.com/{TGI}",
        f"727897471807.dkr.ecr.cn-northwest-1.amazonaws.com.cn/{TGI}",
        f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/{TGI}",
        f"{ECR}/{TGI}@sha256:{'0' * 64}",
        f"{ECR}/huggingface-pytorch-tgi-inference@sha256:{'0' * 64}",
        f"localhost:5000/{TGI}",
        "huggingface-pytorch-tgi-inference",
    ],
)
def test_the_account_the_region_and_the_digest_do_not_matter(image: str) -> None:
    assert detect(image) == "tgi"


def test_a_copy_under_another_name_is_known_by_its_tag() -> None:
    own = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/falcon"

    assert detect(f"{own}:2.7.0-tgi3.3.6-gpu-py311") == "tgi"
    assert detect(f"{own}:0.38.0-lmi29.0.0-cu130", HUB_MODEL) == "lmi"
    assert detect(f"{own}:built-for-tgi") is None


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"MESSAGES_API_ENABLED": "true"}, "openai_chat"),
        ({"MESSAGES_API_ENABLED": "True"}, "openai_chat"),
        ({"MESSAGES_API_ENABLED": "false"}, "tgi"),
        ({"HF_MODEL_ID": "tiiuae/falcon-7b-instruct"}, "tgi"),
    ],
)
def test_tgi_speaks_chat_where_it_is_told_to(
    environment: dict[str, str], expected: ContainerName
) -> None:
    assert detect(f"{ECR}/{TGI}", environment) == expected


@pytest.mark.parametrize("image", [DJL, "djl-inference:0.23.0-deepspeed0.9.5-cu118"])
@pytest.mark.parametrize(
    ("environment", "has_model_data", "expected"),
    [
        (HUB_MODEL, False, "lmi"),
        ({"OPTION_MODEL_ID": "s3://bucket/falcon"}, False, "lmi"),
        (MODEL_IN_DATA, True, "lmi"),
        ({"OPTION_ROLLING_BATCH": "vllm"}, True, "lmi"),
        ({"OPTION_ASYNC_MODE": "true"}, True, "lmi"),
        ({"OPTION_ENTRYPOINT": "djl_python.huggingface"}, True, "lmi"),
        ({}, True, None),
        (HUB_MODEL, True, None),
        ({"OPTION_ROLLING_BATCH": "disable"}, True, None),
        ({"OPTION_TENSOR_PARALLEL_DEGREE": "1"}, True, None),
        ({**HUB_MODEL, "OPTION_ENTRYPOINT": "model.py"}, False, None),
        ({}, False, None),
    ],
)
def test_djl_is_lmi_unless_a_handler_may_come_with_the_model(
    image: str,
    environment: dict[str, str],
    has_model_data: bool,
    expected: ContainerName | None,
) -> None:
    found = detect(f"{ECR}/{image}", environment, has_model_data=has_model_data)

    assert found == expected


def test_what_is_shown_of_an_image_names_no_account() -> None:
    assert image_name(f"{ECR}/team/{DJL}@sha256:{'0' * 64}") == DJL
