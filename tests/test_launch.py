from __future__ import annotations

import socket

import pytest

from falcon.errors import ConfigurationError
from falcon.launch import announce, free_port, opening_lines, server_options
from falcon.studio import App, Space

JUPYTERLAB = Space(app=App.JUPYTERLAB)
NOTEBOOK = Space(
    app=App.NOTEBOOK_INSTANCE, region="us-east-1", resource_name="lab", is_shared=False
)


def test_outside_studio_only_this_machine_is_allowed() -> None:
    assert server_options({}, None) == {
        "server.allowedHosts": ["127.0.0.1", "localhost"]
    }


def test_inside_studio_the_checks_its_proxy_fails_are_open() -> None:
    assert server_options({}, JUPYTERLAB) == {
        "server.allowedHosts": [],
        "server.enableCORS": False,
        "server.enableXsrfProtection": False,
    }


def test_a_taken_port_gives_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert port < free_port(port) <= port + 100


def test_a_free_port_is_taken_as_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert free_port(port) == port


def test_no_port_beyond_the_last_is_tried() -> None:
    with pytest.raises(ConfigurationError, match="65536"):
        free_port(65536)


def test_the_address_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    announce(8502, None)

    assert "http://127.0.0.1:8502 " in capsys.readouterr().out


def test_a_known_proxy_address_is_printed_with_who_can_open_it() -> None:
    address, audience = opening_lines(8501, NOTEBOOK)

    assert "https://lab.notebook.us-east-1.sagemaker.aws/proxy/8501/ " in address
    assert audience == NOTEBOOK.audience


def test_an_unknown_host_leaves_the_path_to_put_after_it() -> None:
    lines = list(opening_lines(8501, JUPYTERLAB))

    assert "/jupyterlab/default/proxy/8501/" in lines[0]
    assert lines[-1] == JUPYTERLAB.audience


def test_the_address_that_aws_tells_replaces_the_path() -> None:
    lines = list(opening_lines(8501, JUPYTERLAB, space_url="https://x.example"))

    assert "https://x.example/jupyterlab/default/proxy/8501/ " in lines[0]
