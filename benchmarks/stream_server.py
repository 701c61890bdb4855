"""A loopback endpoint in a process of its own that streams a prepared TGI answer.

The endpoint's name is the number of tokens. One token is one PayloadPart in one HTTP
chunk, as on SageMaker; the whole stream is made of bytes before it is timed and sent at
once, so that what is timed is the client. Prints its address when it is ready.
"""

from __future__ import annotations

import json
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, islice

from falcon.local.event_stream import encode_payload_part

PIECES = [" 팔콘", "은", " 아부", "다비의", " 연구소", "가", " made", ".", "\n\n"]
PIECES += [' "data:', " x", '"', " 👩‍👩‍👧", " 한국어", "로", " answers", ",", " ok"]


def answer(tokens: int) -> str:
    """The text that the tokens of an answer make."""
    return "".join(islice(cycle(PIECES), tokens))


def token_event(
    index: int, text: str, *, special: bool = False, whole: str | None = None
) -> bytes:
    """One of TGI's server-sent events; the last one repeats the whole answer."""
    token = {"id": index % 65024, "text": text, "logprob": -0.53, "special": special}
    event = {"index": index, "token": token, "generated_text": whole, "details": None}
    if whole is not None:
        event["details"] = {
            "finish_reason": "eos_token",
            "generated_tokens": index,
            "seed": None,
        }
    line = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return f"data:{line}\n\n".encode()


def events(tokens: int) -> list[bytes]:
    """The events of an answer: one for each token, and the last one."""
    text = islice(cycle(PIECES), tokens)
    told = [token_event(index, piece) for index, piece in enumerate(text, start=1)]
    last = token_event(tokens + 1, "<|endoftext|>", special=True, whole=answer(tokens))
    return [*told, last]


@lru_cache
def stream(tokens: int) -> bytes:
    """The HTTP body of an answer."""
    parts = (encode_payload_part(event) for event in events(tokens))
    chunks = (b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return b"".join(chunks) + b"0\r\n\r\n"


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = stream(int(self.path.split("/")[2]))
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the output is the address."""


def main() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Connection) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
