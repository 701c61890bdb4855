from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.aws import Aws
from deploy.catalogue import OFFERS, Offer, find_offer
from deploy.names import check_name
from deploy.ways import WAYS, find_way
from deploy.ways.containers import LARGEST_UPLOAD
from deploy.ways.images import CUDA_13
from deploy.ways.parts import Parts, Site
from falcon.container_detection import detect_container
from falcon.errors import ConfigurationError
from tests.deploy_plane import Account, serving

OWN_IMAGE = [offer for offer in OFFERS if offer.way != "jumpstart"]
TGI = "huggingface-pytorch-tgi-inference"
REGISTRY = "763104351884.dkr.ecr.{region}.amazonaws.com/"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with serving(monkeypatch) as account:
        yield account


def parts(
    offer: Offer, tmp_path: Path, *, region: str = "us-east-1", gguf: Path | None = None
) -> Parts:
    return find_way(offer.way).parts(
        Site(
            offer=offer,
            aws=Aws(region=region),
            instance_type=offer.instance_types[0],
            bucket="bucket",
            prefix="falcon-chat/name",
            folder=tmp_path,
            gguf=gguf,
        )
    )


def of(model: str, way: str, tmp_path: Path) -> Parts:
    return parts(find_offer(model, way), tmp_path)


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-2"])
@pytest.mark.parametrize(
    ("model", "way", "image"),
    [
        (
            "falcon-7b-instruct",
            "tgi",
            f"{TGI}:2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04",
        ),
        ("falcon-7b-instruct", "lmi", "djl-inference:0.38.0-lmi29.0.0-cu130"),
        ("falcon-7b", "djl", "djl-inference:0.38.0-lmi29.0.0-cu130"),
        (
            "falcon3-7b-instruct",
            "vllm",
            "vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker",
        ),
        ("falcon3-1b-instruct", "llama_cpp", "llama-cpp:server-sagemaker-cpu-v1.0.1"),
    ],
)
def test_the_image_is_pinned_and_the_regions_own(
    model: str, way: str, image: str, region: str, tmp_path: Path
) -> None:
    made = parts(find_offer(model, way), tmp_path, region=region)

    assert made.primary_container["Image"] == REGISTRY.format(region=region) + image


def test_a_region_without_the_image_is_said(tmp_path: Path) -> None:
    offer = find_offer("falcon-7b-instruct", "tgi")

    with pytest.raises(ConfigurationError, match="has no image huggingface-llm"):
        parts(offer, tmp_path, region="xx-north-1")


def test_only_images_for_cuda_13_ask_for_a_newer_host(tmp_path: Path) -> None:
    for offer in OWN_IMAGE:
        if offer.source:
            made = parts(offer, tmp_path)
            asked = made.variant_options.get("InferenceAmiVersion")
            is_cuda_13 = "cu130" in made.primary_container["Image"]
            assert asked == (CUDA_13 if is_cuda_13 else None), offer


def test_llama_cpp_on_a_gpu_asks_for_a_newer_host(tmp_path: Path) -> None:
    offer = find_offer("falcon3-1b-instruct", "llama_cpp")
    site = Site(
        offer=offer,
        aws=Aws(region="us-east-1"),
        instance_type="ml.g5.2xlarge",
        bucket="bucket",
        prefix="prefix",
        folder=tmp_path,
    )

    made = find_way("llama_cpp").parts(site)

    assert "cuda" in made.primary_container["Image"]
    assert made.variant_options["InferenceAmiVersion"] == CUDA_13


def test_tgi_is_told_model_revision_and_context(tmp_path: Path) -> None:
    made = of("falcon-7b-instruct", "tgi", tmp_path)

    assert made.primary_container["Environment"] == {
        "HF_MODEL_ID": "tiiuae/falcon-7b-instruct",
        "HF_MODEL_REVISION": "8782b5c5d8c9290412416618f36a133653e85285",
        "SM_NUM_GPUS": "1",
        "MAX_INPUT_TOKENS": "1024",
        "MAX_TOTAL_TOKENS": "2048",
    }


def test_lmi_is_told_model_revision_and_context(tmp_path: Path) -> None:
    environment = of("falcon-7b-instruct", "lmi", tmp_path).primary_container[
        "Environment"
    ]

    assert environment["HF_MODEL_ID"] == "tiiuae/falcon-7b-instruct"
    assert environment["OPTION_REVISION"] == "8782b5c5d8c9290412416618f36a133653e85285"
    assert environment["OPTION_MAX_MODEL_LEN"] == "2048"
    assert environment["TENSOR_PARALLEL_DEGREE"] == "1"


def test_vllm_shares_a_big_model_between_gpus(tmp_path: Path) -> None:
    environment = of("falcon3-10b-instruct", "vllm", tmp_path).primary_container[
        "Environment"
    ]

    assert environment["HF_MODEL_ID"] == "tiiuae/Falcon3-10B-Instruct"
    assert environment["SM_VLLM_TENSOR_PARALLEL_SIZE"] == "4"
    assert environment["SM_VLLM_MAX_MODEL_LEN"] == "32768"


def test_the_djl_container_gets_its_code_and_twenty_minutes(tmp_path: Path) -> None:
    made = of("falcon-7b", "djl", tmp_path)

    [upload] = made.uploads
    assert upload.path.is_file()
    assert made.primary_container["ModelDataUrl"] == f"s3://bucket/{upload.key}"
    assert re.fullmatch(r"falcon-chat/name/model-[0-9a-f]{12}\.tar\.gz", upload.key), (
        upload.key
    )
    assert "Environment" not in made.primary_container
    assert made.variant_options["ModelDataDownloadTimeoutInSeconds"] == 1200
    assert made.variant_options["ContainerStartupHealthCheckTimeoutInSeconds"] == 1200


def test_the_djl_way_keeps_the_names_of_its_article() -> None:
    way = find_way("djl")

    assert way.endpoint_name == "falcon7b-model-ds-endpt"
    assert way.config_name == "falcon7b-model-ds-cf"
    assert way.variant_name == "falcon7"
    assert way.container == "text_length"


def test_llama_cpp_fetches_one_revision_of_a_file(tmp_path: Path) -> None:
    environment = of("falcon3-1b-instruct", "llama_cpp", tmp_path).primary_container[
        "Environment"
    ]

    assert environment == {
        "SM_LLAMA_CPP_CTX_SIZE": "8192",
        "SM_LLAMA_CPP_MODEL_URL": "https://huggingface.co/tiiuae/"
        "Falcon3-1B-Instruct-GGUF/resolve/fc404df7cfbd32eaefbcbeb2079aba684e894d39/"
        "Falcon3-1B-Instruct-q4_k_m.gguf",
    }


def test_a_gguf_of_ones_own_is_uploaded_and_mounted(
    tmp_path: Path, small_model: Path
) -> None:
    offer = find_offer("falcon3-7b-instruct", "llama_cpp")

    made = parts(offer, tmp_path, gguf=small_model)

    [upload] = made.uploads
    source = made.primary_container["ModelDataSource"]["S3DataSource"]
    assert upload.path == small_model
    assert source["S3Uri"] + small_model.name == f"s3://bucket/{upload.key}"
    assert "SM_LLAMA_CPP_MODEL_URL" not in made.primary_container["Environment"]


def test_a_gguf_that_nobody_pinned_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--gguf FILE"):
        of("falcon3-7b-instruct", "llama_cpp", tmp_path)


def test_a_gguf_that_is_not_there_is_said(tmp_path: Path) -> None:
    offer = find_offer("falcon3-7b-instruct", "llama_cpp")

    with pytest.raises(ConfigurationError, match="There is no file"):
        parts(offer, tmp_path, gguf=tmp_path / "none.gguf")


def test_the_page_sees_which_container_each_way_runs(tmp_path: Path) -> None:
    for offer in OWN_IMAGE:
        # A model.py decides for itself, and no image tells.
        if offer.source and offer.way != "djl":
            container = parts(offer, tmp_path).primary_container
            seen = detect_container(
                image=container["Image"],
                environment=container["Environment"],
                has_model_data="ModelDataSource" in container,
            )
            assert seen == find_way(offer.way).container


def test_default_names_are_sagemakers() -> None:
    for way in WAYS:
        for name in (way.endpoint_name, way.config_name, way.variant_name):
            if name is not None:
                check_name(name, what="a name")


def test_an_unknown_way_is_said_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="jumpstart, tgi, lmi, djl, vllm"):
        find_way("pigeon")


def test_a_gguf_that_s3_does_not_take_in_one_piece_is_refused(tmp_path: Path) -> None:
    big = tmp_path / "big.gguf"
    with big.open("wb") as file:
        file.truncate(LARGEST_UPLOAD + 1)

    with pytest.raises(ConfigurationError, match="smaller quantization"):
        parts(find_offer("falcon3-7b-instruct", "llama_cpp"), tmp_path, gguf=big)


def test_code_that_cannot_be_packed_is_said(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()

    with pytest.raises(ConfigurationError, match="XDG_CACHE_HOME"):
        parts(find_offer("falcon-7b", "djl"), in_the_way)
