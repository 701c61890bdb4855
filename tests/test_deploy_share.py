from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.commands.app import main
from deploy.sharing import Share, find_share
from tests.deploy_plane import ACCOUNT, Account
from tests.serving import running

JUPYTERLAB = {"SAGEMAKER_APP_TYPE_LOWERCASE": "jupyterlab", "AWS_REGION": "us-east-1"}
SPACE_HOST = "x1y2z3.studio.us-east-1.sagemaker.aws"
NO_FILE = Path("no-such-directory/resource-metadata.json")
TOKEN = "a-token"
ID = "i-0123456789abcdef0"


class _Metadata(BaseHTTPRequestHandler):
    """An instance's metadata service that insists on version 2."""

    facts: dict[str, str]

    def do_PUT(self) -> None:
        is_token = self.path == "/latest/api/token"
        has_life = self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        self._answer(TOKEN if is_token and has_life else None)

    def do_GET(self) -> None:
        if self.headers["X-aws-ec2-metadata-token"] != TOKEN:
            self.send_error(401)
            return
        self._answer(self.facts.get(self.path.removeprefix("/latest/meta-data/")))

    def _answer(self, text: str | None) -> None:
        if text is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests' output is for the tests."""


@pytest.fixture
def instance() -> Iterator[Callable[..., dict[str, str]]]:
    """Makes an EC2 instance; returns the environment that finds it."""
    with contextlib.ExitStack() as stack:

        def make(**facts: str) -> dict[str, str]:
            told = {
                "instance-id": ID,
                "placement/region": "us-east-1",
                "local-ipv4": "127.0.0.1",
            } | {name.replace("_", "-"): fact for name, fact in facts.items()}
            service = type("Metadata", (_Metadata,), {"facts": told})
            server = ThreadingHTTPServer(("127.0.0.1", 0), service)
            stack.enter_context(running(server))
            url = f"http://127.0.0.1:{server.server_port}"
            return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": url}

        yield make


@pytest.fixture
def page() -> Iterator[int]:
    """A port at which something listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def metadata(folder: Path, kind: str, **facts: str) -> Path:
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{kind}"
    file = folder / "resource-metadata.json"
    file.write_text(json.dumps({"ResourceArn": arn, **facts}), "utf-8")
    return file


def share_in(
    folder: Path, app: str, kind: str, port: int = 8501, **facts: str
) -> Share:
    found = find_share(
        {"SAGEMAKER_APP_TYPE_LOWERCASE": app, "AWS_REGION": "us-east-1"},
        port=port,
        metadata=metadata(folder, kind, **facts),
    )
    assert found is not None
    return found


@pytest.fixture
def described_space(account: Account) -> None:
    account.answers["DescribeSpace"] = lambda *_: {
        "Url": f"https://{SPACE_HOST}/jupyterlab/default",
    }


@pytest.mark.usefixtures("described_space")
@pytest.mark.parametrize(
    ("app", "path"),
    [
        ("jupyterlab", "/jupyterlab/default/proxy/8501/"),
        ("codeeditor", "/codeeditor/default/ports/8501/"),
    ],
)
def test_a_space_is_found_by_describespace(tmp_path: Path, app: str, path: str) -> None:
    share = share_in(tmp_path, app, "app/d-1/a", DomainId="d-1", SpaceName="chat")

    assert share.address == f"https://{SPACE_HOST}{path}"
    assert "Only you can open it" in share.audience


def test_without_describespace_the_path_is_told(
    account: Account, tmp_path: Path
) -> None:
    assert "DescribeSpace" not in account.answers
    account.faults = []

    share = share_in(tmp_path, "jupyterlab", "app/d-1/a")

    assert share.address is None
    assert "/jupyterlab/default/proxy/8501/ after the host name" in share.how
    assert "sagemaker:DescribeSpace" in share.how


def test_studio_classic_has_its_own_host(tmp_path: Path) -> None:
    share = share_in(tmp_path, "jupyterserver", "app/d-abc/a", DomainId="d-abc")

    host = "d-abc.studio.us-east-1.sagemaker.aws"
    assert share.address == f"https://{host}/jupyter/default/proxy/8501/"
    assert share.place == "Studio Classic"


def test_a_notebook_instance_has_its_own_host(tmp_path: Path) -> None:
    share = share_in(tmp_path, "", "notebook-instance/nb", ResourceName="nb")

    host = "nb.notebook.us-east-1.sagemaker.aws"
    assert share.address == f"https://{host}/proxy/8501/"
    assert share.audience == "Whoever may open this notebook instance can open it."


def test_whether_the_page_is_there_is_told(
    tmp_path: Path, page: int, free_port: int
) -> None:
    facts = ("jupyterserver", "app/d-abc/a")

    assert share_in(tmp_path, *facts, page, DomainId="d-abc").is_served
    assert not share_in(tmp_path, *facts, free_port, DomainId="d-abc").is_served


def test_on_ec2_it_is_the_instances_address(
    instance: Callable[..., dict[str, str]], page: int
) -> None:
    # Its private address is this machine's, where something listens.
    environ = instance(public_ipv4="203.0.113.7")

    share = find_share(environ, port=page, metadata=NO_FILE)

    assert share is not None
    assert share.address == f"http://203.0.113.7:{page}/"
    assert "FALCON_ALLOWED_HOSTS=203.0.113.7" in share.how
    assert "security group" in share.audience


@pytest.mark.parametrize("facts", [{}, {"public_ipv4": "203.0.113.7"}])
def test_a_page_for_this_machine_alone_is_forwarded(
    instance: Callable[..., dict[str, str]], facts: dict[str, str], free_port: int
) -> None:
    share = find_share(instance(**facts), port=free_port, metadata=NO_FILE)

    assert share is not None
    assert share.address is None
    assert f"aws ssm start-session --target {ID}" in share.how
    assert f'{{"portNumber": ["{free_port}"]' in share.how
    assert "ssm:StartSession" in share.audience


def test_metadata_that_is_switched_off_is_not_asked(
    instance: Callable[..., dict[str, str]],
) -> None:
    environ = instance() | {"AWS_EC2_METADATA_DISABLED": "true"}

    assert find_share(environ, port=8501, metadata=NO_FILE) is None


def test_what_is_no_instance_is_none(free_port: int) -> None:
    nobody = f"http://127.0.0.1:{free_port}"
    environ = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": nobody}

    assert find_share(environ, port=8501, metadata=NO_FILE) is None


def test_elsewhere_there_is_nothing_to_share(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("SAGEMAKER_APP_TYPE_LOWERCASE", raising=False)

    assert main(["share"]) == 0
    assert "There is nothing to share" in capsys.readouterr().out

    assert main(["share", "--json", "--port", "9000"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value == {"port": 9000, "place": None, "address": None}


def test_on_ec2_it_answers_in_json(
    instance: Callable[..., dict[str, str]],
    page: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in instance(public_ipv4="203.0.113.7").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)

    assert main(["share", "--json", "--port", str(page)]) == 0

    answer = json.loads(capsys.readouterr().out)
    assert answer["address"] == f"http://203.0.113.7:{page}/"
    assert answer["place"] == f"the EC2 instance {ID}"
