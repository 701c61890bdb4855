"""Real nginx and real Caddy in front of the page, as deploy/ec2 configures them.

They run on a port and with a certificate of the test's own. A machine without them
skips those tests aloud; FALCON_REQUIRE_BROWSER=1 makes that a failure.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.browser_fixtures import ROOT, own_environ

DOMAIN = "chat.test"
INTERNAL_DOMAIN = "chat.localhost"
"""For which Caddy is its own issuer of certificates."""
FILES = ROOT / "deploy" / "ec2"
ReverseProxy = Callable[[int, Path], AbstractContextManager[str]]
"""Runs in front of a port, with a folder for its files; gives the page's address."""


@contextlib.contextmanager
def nginx(target: int, folder: Path) -> Iterator[str]:
    """As deploy/ec2/nginx.conf says, with the test's port and certificate."""
    port = unused_port()
    certificate, key = make_certificate(folder)
    live = "/etc/letsencrypt/live/chat.example.com"
    site = (FILES / "nginx.conf").read_text(encoding="utf-8")
    for said, here in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        f"{live}/fullchain.pem": str(certificate),
        f"{live}/privkey.pem": str(key),
        "chat.example.com": DOMAIN,
        "http://127.0.0.1:8501": f"http://127.0.0.1:{target}",
    }.items():
        assert said in site
        site = site.replace(said, here)
    with running_nginx(site, folder, port):
        yield f"https://{DOMAIN}:{port}/"


@contextlib.contextmanager
def careless_nginx(
    target: int, folder: Path, *, keeps_cookies: bool = True
) -> Iterator[str]:
    """As tutorials have it: Upgrade is passed on, and Host is what it asks itself."""
    port = unused_port()
    cookies = "" if keeps_cookies else 'proxy_set_header Cookie "";'
    site = f"""
        server {{
            listen 127.0.0.1:{port};
            location / {{
                proxy_pass http://127.0.0.1:{target};
                proxy_http_version 1.1;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection "upgrade";
                {cookies}
            }}
        }}
    """
    with running_nginx(site, folder, port):
        yield f"http://{DOMAIN}:{port}/"


@contextlib.contextmanager
def running_nginx(site: str, folder: Path, port: int) -> Iterator[None]:
    scratch = " ".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {scratch}\n{site}\n}}",
        encoding="utf-8",
    )
    command = [need("nginx"), "-p", str(folder), "-c", str(configuration)]
    with running(command, folder, port, {}):
        yield


@contextlib.contextmanager
def caddy(target: int, folder: Path) -> Iterator[str]:
    """As deploy/ec2/Caddyfile says, with a certificate that Caddy issues itself."""
    port = unused_port()
    configuration = folder / "Caddyfile"
    configuration.write_text(
        "{\n admin off\n skip_install_trust\n auto_https disable_redirects\n}\n"
        f"import {FILES / 'Caddyfile'}\n",
        encoding="utf-8",
    )
    environ = {
        "FALCON_DOMAIN": f"{INTERNAL_DOMAIN}:{port}",
        "FALCON_PORT": str(target),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [need("caddy"), "run", "--config", str(configuration)]
    command += ["--adapter", "caddyfile"]
    with running(command, folder, port, environ, tls_name=INTERNAL_DOMAIN):
        yield f"https://{INTERNAL_DOMAIN}:{port}/"


@contextlib.contextmanager
def running(
    command: list[str],
    folder: Path,
    port: int,
    environ: dict[str, str],
    *,
    tls_name: str | None = None,
) -> Iterator[None]:
    """The server, once it answers; fails with what it said instead."""
    log = folder / "log"
    with (
        log.open("w") as said,
        subprocess.Popen(
            command,
            env={**own_environ(), **environ},
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            if not is_reached(port, process, tls_name):
                pytest.fail(f"the proxy did not start:\n{log.read_text()}")
            yield
        finally:
            process.terminate()


def is_reached(
    port: int, process: subprocess.Popen[bytes], tls_name: str | None
) -> bool:
    """Whether it listens, and has a certificate: Caddy makes its own a bit later."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as plain:
                if tls_name:
                    unchecked.wrap_socket(plain, server_hostname=tls_name).close()
                return True
        except OSError:
            time.sleep(0.05)
    return False


def make_certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *(need("openssl"), "req", "-x509", "-nodes", "-newkey", "rsa:2048"),
            *("-subj", f"/CN={DOMAIN}", "-days", "2"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def need(command: str) -> str:
    if found := shutil.which(command) or shutil.which(command, path="/usr/sbin"):
        return found
    missing = f"no {command} on this machine: the page was not tested behind it"
    if os.environ.get("FALCON_REQUIRE_BROWSER") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
