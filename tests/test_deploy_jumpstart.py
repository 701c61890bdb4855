"""JumpStart's way, by a specification of the real shape in a folder of ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from moto import mock_aws

from deploy.aws import Aws
from deploy.catalogue import DEFAULT_OFFER
from deploy.ways import find_way
from deploy.ways.parts import Parts, Site
from falcon.container_detection import detect_container
from falcon.errors import ConfigurationError, DeploymentError
from tests.deploy_plan_answers import SPECIFICATIONS, read_jumpstart_from
from tests.deploy_plane import Account, Fault, serving

MODEL = DEFAULT_OFFER.source
SPECIFICATION = f"community_models/{MODEL}/specs_v{DEFAULT_OFFER.revision}.json"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    read_jumpstart_from(SPECIFICATIONS, monkeypatch)
    with serving(monkeypatch) as account:
        yield account


@pytest.fixture
def content_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """JumpStart's bucket in moto's S3, with the specification in it."""
    read_jumpstart_from(Path("/nonexistent"), monkeypatch)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with mock_aws():
        s3 = Aws(region="us-east-1").client("s3")
        bucket = "jumpstart-cache-prod-us-east-1"
        s3.create_bucket(Bucket=bucket)
        for key in ("models_manifest.json", SPECIFICATION):
            content = (SPECIFICATIONS / key).read_bytes()
            s3.put_object(Bucket=bucket, Key=key, Body=content)
        yield bucket


def site(
    *,
    region: str = "us-east-1",
    instance_type: str = "ml.g5.2xlarge",
    revision: str = DEFAULT_OFFER.revision,
) -> Site:
    return Site(
        offer=replace(DEFAULT_OFFER, revision=revision),
        aws=Aws(region=region),
        instance_type=instance_type,
        bucket="bucket",
        prefix="prefix",
        folder=Path("/nonexistent"),
    )


def parts(site: Site) -> Parts:
    return find_way("jumpstart").parts(site)


def test_the_default_model_is_served_as_its_specification_says() -> None:
    made = parts(site())

    environment = made.primary_container["Environment"]
    assert "tgi2.4.0" in made.primary_container["Image"]
    assert environment["HF_MODEL_ID"] == "/opt/ml/model"
    assert environment["MAX_TOTAL_TOKENS"] == "2048"
    assert environment["ENDPOINT_SERVER_TIMEOUT"] == "3600"
    assert made.model_options == {"EnableNetworkIsolation": True}
    assert made.variant_options == {
        "ModelDataDownloadTimeoutInSeconds": 3600,
        "ContainerStartupHealthCheckTimeoutInSeconds": 3600,
    }
    assert made.uploads == ()


def test_the_weights_are_awss_own_copy_in_the_region() -> None:
    source = parts(site(region="ap-northeast-2")).primary_container["ModelDataSource"]

    assert source["S3DataSource"] == {
        "S3Uri": "s3://jumpstart-cache-prod-ap-northeast-2/huggingface-llm/"
        f"{MODEL}/artifacts/inference-prepack/v2.0.0/",
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }


def test_the_page_sees_which_container_it_is() -> None:
    container = parts(site()).primary_container

    seen = detect_container(
        image=container["Image"],
        environment=container["Environment"],
        has_model_data=True,
    )
    assert seen == "tgi"


def test_its_context_is_the_catalogues() -> None:
    environment = parts(site()).primary_container["Environment"]
    window = DEFAULT_OFFER.described.window

    assert environment["MAX_INPUT_LENGTH"] == str(window.max_input_tokens)
    assert environment["MAX_TOTAL_TOKENS"] == str(window.max_total_tokens)


def test_an_instance_type_that_it_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(ConfigurationError, match=r"ml\.g5\.2xlarge, ml\.g5\.4xlarge"):
        parts(site(instance_type="ml.p4d.24xlarge"))


def test_a_version_that_the_region_lacks_is_said() -> None:
    with pytest.raises(ConfigurationError, match="cannot serve falcon-7b-instruct"):
        parts(site(revision="9.9.9"))


def test_a_region_without_jumpstart_is_said() -> None:
    with pytest.raises(ConfigurationError, match="xx-north-1"):
        parts(site(region="xx-north-1"))


def test_a_model_with_a_licence_to_accept_is_left_to_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SPECIFICATIONS, tmp_path, dirs_exist_ok=True)
    specification = tmp_path / SPECIFICATION
    fields = json.loads(specification.read_text(encoding="utf-8"))
    fields["hosting_eula_key"] = "fmhMetadata/eula/licence.txt"
    specification.write_text(json.dumps(fields), encoding="utf-8")
    read_jumpstart_from(tmp_path, monkeypatch)

    with pytest.raises(ConfigurationError, match="accept its licence"):
        parts(site())


def test_a_folder_without_the_specification_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = "models_manifest.json"
    shutil.copy(SPECIFICATIONS / manifest, tmp_path / manifest)
    read_jumpstart_from(tmp_path, monkeypatch)

    with pytest.raises(DeploymentError, match="cannot be read"):
        parts(site())


def test_a_bucket_that_may_not_be_read_is_said_with_the_action(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_jumpstart_from(Path("/nonexistent"), monkeypatch)
    account.faults.append(Fault("denied", "GetObject"))

    with pytest.raises(DeploymentError, match="may not call"):
        parts(site())


@pytest.mark.usefixtures("content_bucket")
def test_the_specification_comes_from_jumpstarts_bucket() -> None:
    assert "tgi2.4.0" in parts(site()).primary_container["Image"]
