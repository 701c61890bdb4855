"""A Hugging Face Hub on loopback with one repository of GGUF files.

Serves what the real `huggingface_hub` asks for: the list of files, and each
file with the headers that its cache wants.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REPOSITORY = "owner/falcon-gguf"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serve_hub(
    files: Mapping[str, Path], *, refusal: tuple[int, str] = (404, "RepoNotFound")
) -> Iterator[str]:
    """The address of a hub whose one repository holds these files.

    `refusal` is the status and the X-Error-Code of everything else.
    """

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            name = self.path.removeprefix(f"/{REPOSITORY}/resolve/main/")
            if self.path == f"/api/models/{REPOSITORY}":
                siblings = [{"rfilename": name} for name in files]
                repository = {"id": REPOSITORY, "sha": COMMIT, "siblings": siblings}
                self.send(json.dumps(repository).encode())
            elif name in files:
                self.send(files[name].read_bytes())
            else:
                self.send(b"{}", status=refusal[0], code=refusal[1])

        def send(self, body: bytes, *, status: int = 200, code: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            if code:
                self.send_header("X-Error-Code", code)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
