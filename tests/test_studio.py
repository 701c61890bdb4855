from __future__ import annotations

import json
from pathlib import Path

import pytest

from falcon.studio import App, Space, read_space

NO_FILE = Path("no-such-directory/resource-metadata.json")


def write(path: Path, **facts: object) -> Path:
    file = path / "resource-metadata.json"
    file.write_text(json.dumps(facts), encoding="utf-8")
    return file


def test_a_laptop_is_no_space() -> None:
    assert read_space({"HOME": "/home/ada"}, metadata=NO_FILE) is None


def test_a_kernel_image_has_no_proxy_and_is_no_space(tmp_path: Path) -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:app/d-1/ada/KernelGateway/k"
    metadata = write(tmp_path, AppType="KernelGateway", ResourceArn=arn)

    space = read_space(
        {"SAGEMAKER_APP_TYPE_LOWERCASE": "kernelgateway"}, metadata=metadata
    )

    assert space is None


def test_a_jupyterlab_space_tells_where_it_is(tmp_path: Path) -> None:
    metadata = write(
        tmp_path,
        AppType="JupyterLab",
        DomainId="d-abc",
        SpaceName="chat",
        ResourceName="default",
        ResourceArn="arn:aws:sagemaker:eu-west-1:111122223333:app/d-abc/chat/x/default",
        AdditionalMetadata={"DataZoneDomainId": "dzd-1"},
    )

    space = read_space(
        {"SAGEMAKER_APP_TYPE_LOWERCASE": "jupyterlab"}, metadata=metadata
    )

    assert space == Space(
        app=App.JUPYTERLAB,
        region="eu-west-1",
        domain_id="d-abc",
        space_name="chat",
        resource_name="default",
    )


@pytest.mark.parametrize("content", ["", "[]", '{"ResourceArn": 5}'])
def test_an_unreadable_file_leaves_what_the_environment_says(
    tmp_path: Path, content: str
) -> None:
    metadata = tmp_path / "resource-metadata.json"
    metadata.write_text(content)

    space = read_space(
        {"SAGEMAKER_APP_TYPE_LOWERCASE": "codeeditor", "AWS_REGION": "us-west-2"},
        metadata=metadata,
    )

    assert space == Space(app=App.CODE_EDITOR, region="us-west-2")


def test_a_notebook_instance_is_known_by_its_file_alone(tmp_path: Path) -> None:
    metadata = write(
        tmp_path,
        ResourceName="lab",
        ResourceArn="arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/lab",
    )

    space = read_space({}, metadata=metadata)

    assert space is not None
    assert space.proxy_url(8501) == (
        "https://lab.notebook.us-east-1.sagemaker.aws/proxy/8501/"
    )


@pytest.mark.parametrize("app", App)
def test_every_address_ends_with_a_slash(app: App) -> None:
    assert Space(app=app).proxy_path(8501).endswith("/8501/")


def test_studio_classic_has_the_domain_as_its_host() -> None:
    space = Space(app=App.STUDIO_CLASSIC, region="us-east-1", domain_id="d-abc")

    assert space.proxy_url(8502) == (
        "https://d-abc.studio.us-east-1.sagemaker.aws/jupyter/default/proxy/8502/"
    )


@pytest.mark.parametrize("app", [App.JUPYTERLAB, App.CODE_EDITOR])
def test_the_host_of_a_space_is_unknown_without_aws(app: App) -> None:
    space = Space(app=app, region="us-east-1", domain_id="d-abc", space_name="chat")

    assert space.proxy_url(8501) is None


def test_the_host_of_a_space_is_that_of_its_url() -> None:
    space = Space(app=App.JUPYTERLAB)

    url = space.proxy_url(
        8501, space_url="https://xyz.studio.us-east-1.sagemaker.aws?redirect=JupyterLab"
    )

    assert url == (
        "https://xyz.studio.us-east-1.sagemaker.aws/jupyterlab/default/proxy/8501/"
    )


def test_no_host_is_guessed_in_another_partition() -> None:
    space = Space(
        app=App.STUDIO_CLASSIC,
        region="cn-north-1",
        domain_id="d-abc",
        partition="aws-cn",
    )

    assert space.proxy_url(8501) is None


def test_who_can_open_it_depends_on_the_space() -> None:
    sentences = {
        Space(app=App.JUPYTERLAB).audience,
        Space(app=App.JUPYTERLAB, is_shared=True).audience,
        Space(app=App.NOTEBOOK_INSTANCE).audience,
    }

    assert len(sentences) == 3


def test_a_shared_space_is_told_by_the_environment() -> None:
    space = read_space(
        {
            "SAGEMAKER_APP_TYPE_LOWERCASE": "jupyterlab",
            "SAGEMAKER_SPACE_TYPE_LOWERCASE": "shared",
        },
        metadata=NO_FILE,
    )

    assert space is not None
    assert space.is_shared
