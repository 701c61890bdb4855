"""`python -m falcon.local`: serve a Falcon model on this machine as `falcon-local`."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from typing import TYPE_CHECKING, get_args

from falcon.local.container import ContainerName
from falcon.local.gguf import ModelFileError
from falcon.local.listening import HOST, listen_from
from falcon.local.model_file import find_model
from falcon.local.runtime import ENDPOINT_NAME, REGION
from falcon.local.status import ModelFacts, Status
from falcon.text import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from falcon.local.engine import Engine
    from falcon.local.model_file import ModelFile

DEFAULT_PORT = 8080

PROMPT = r"User: Hello\\n\\nAssistant:"
EXAMPLES: dict[ContainerName, str] = {
    "tgi": f'{{"inputs": "{PROMPT}"}}',
    "lmi": f'{{"inputs": "{PROMPT}"}}',
    "openai_chat": '{"messages": [{"role": "user", "content": "Hello"}]}',
    "text_length": f'{{"text": "{PROMPT}", "text_length": 40}}',
}
"""A body for each container, as it is written in Python between single quotes."""


def main() -> int:
    """Serve until stopped; 1 if that is impossible."""
    options = _parse_options()
    if options.child is None:
        tell = _tell_person
    else:
        tell = _tell_parent
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        model = find_model(
            options.model, lambda reason: tell(Status("downloading", reason))
        )
        tell(Status("starting", text("Loading {model}", model=model.name)))
        _serve(model, options, tell)
    except (ModelFileError, OSError) as error:
        tell(Status("unavailable", str(error)))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m falcon.local", description=__doc__)
    parser.add_argument(
        "--model",
        metavar="PATH_OR_HUB_ID",
        help="a GGUF file, or owner/repository[:file.gguf] on the Hugging Face Hub "
        "(default: the small Falcon network of this project)",
    )
    parser.add_argument(
        "--container",
        choices=get_args(ContainerName),
        default="tgi",
        help="whose requests and answers to speak (default: tgi)",
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    # Standard input is a pipe from the process that started this one, and FD the socket
    # to listen on (-1: none, bind --port).
    parser.add_argument("--child", type=int, metavar="FD", help=argparse.SUPPRESS)
    return parser.parse_args()


def _serve(
    model: ModelFile, options: argparse.Namespace, tell: Callable[[Status], None]
) -> None:
    engine = _load(model)
    # Imported here: a file that cannot be loaded is told without waiting for it.
    from falcon.local.serving import EngineServer

    facts = ModelFacts(
        name=model.name,
        context_tokens=engine.context_tokens,
        chat_template=engine.chat_template,
        parameter_count=engine.parameter_count,
        is_shipped_model=model.is_shipped,
    )
    try:
        with _listen(options) as listener:
            tell(Status("ready", facts=facts))
            if options.child is None:
                _tell_how_to_try(facts, options.container, listener.getsockname()[1])
            EngineServer(engine, options.container).run(sockets=[listener])
    finally:
        engine.close()


def _load(model: ModelFile) -> Engine:
    try:
        from falcon.local.engine import Engine
    except ImportError as error:
        raise ModelFileError(
            text(
                "There is no local model: xllamacpp, which runs it, cannot be imported "
                "on this machine ({problem})",
                problem=str(error),
            )
        ) from error
    return Engine(model.path)


def _listen(options: argparse.Namespace) -> socket.socket:
    if options.child is not None and options.child >= 0:
        return socket.socket(fileno=options.child)
    listener = listen_from(options.port)
    port = listener.getsockname()[1]
    if options.port not in (0, port):
        print(f"Port {options.port} is taken: using {port}", file=sys.stderr)
    return listener


def _end_with_parent() -> None:
    """End at once, generations and all, when the parent closes its pipe or dies."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)


def _tell_parent(status: Status) -> None:
    print(status.to_line(), flush=True)


def _tell_person(status: Status) -> None:
    if status.reason:
        print(status.reason, file=sys.stderr)


def _tell_how_to_try(facts: ModelFacts, container: ContainerName, port: int) -> None:
    url = f"http://{HOST}:{port}"
    call = (
        f'boto3.client("sagemaker-runtime", region_name="{REGION}", '
        f'endpoint_url="{url}", aws_access_key_id="local", '
        'aws_secret_access_key="local").invoke_endpoint('
        f'EndpointName="{ENDPOINT_NAME}", ContentType="application/json", '
        f"""Body='{EXAMPLES[container]}')["Body"].read()"""
    )
    print(f"{facts.name} answers at {url}. Try: {call}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
