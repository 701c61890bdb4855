"""`python -m falcon`: commands for a terminal."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from falcon.ask import Notes, ask, decode_argument, read_question
from falcon.containers import CONTAINER_NAMES
from falcon.errors import (
    ConfigurationError,
    DecodingError,
    EndpointConnectionError,
    EndpointError,
    EndpointNotFoundError,
    EndpointTimeoutError,
    EndpointUnavailableError,
    FalconError,
    GenerationError,
    IncompleteGenerationError,
    InvalidInputError,
    OverloadedError,
    PermissionDeniedError,
)
from falcon.models import MODELS
from falcon.parameters import BOUNDS, MAX_STOP_SEQUENCES, GenerationParameters
from falcon.settings import Settings

INTERRUPTED = 130
"""128 + SIGINT, as a shell has it."""
OUTPUT_CLOSED = 141
"""128 + SIGPIPE."""

EXIT_CODES: tuple[tuple[int, str, tuple[type[FalconError], ...]], ...] = (
    (0, "answered", ()),
    (1, "an error that nobody foresaw", ()),
    (2, "wrong usage, or a setting is missing or wrong", (ConfigurationError,)),
    (3, "there is no such endpoint", (EndpointNotFoundError,)),
    (4, "AWS credentials are missing or not allowed", (PermissionDeniedError,)),
    (
        5,
        "the endpoint is busy, starting or failing: try later",
        (EndpointUnavailableError, OverloadedError),
    ),
    (6, "the endpoint could not be reached", (EndpointConnectionError,)),
    (7, "the endpoint did not answer in time", (EndpointTimeoutError,)),
    (8, "the question is too long or a parameter refused", (InvalidInputError,)),
    (9, "the model failed", (GenerationError,)),
    (10, "the answer is cut; its beginning was printed", (IncompleteGenerationError,)),
    (11, "the endpoint speaks another container's format", (DecodingError,)),
    (12, "SageMaker refused the request", (EndpointError,)),
    (13, "any other error of Falcon Chat", (FalconError,)),
    (INTERRUPTED, "Ctrl-C", ()),
    (OUTPUT_CLOSED, "whoever read the answer has left, as `head` does", ()),
)
"""An error has the code of its own class, else of the nearest above it."""

STREAMED = [name for name in BOUNDS if name != "best_of"]
"""The parameters of a streamed answer; best_of needs whole ones."""


ASK = """\
Asks one question. The answer goes to standard output as it comes, all else to
standard error. What no option says is read from the page's FALCON_ settings in the
environment. Without an endpoint, the small Falcon on this machine answers."""


def exit_code(kind: type[FalconError]) -> int:
    """Return what the command exits with after an error of this class."""
    codes = {error: code for code, _, errors in EXIT_CODES for error in errors}
    return next(codes[base] for base in kind.__mro__ if base in codes)


def run(*, model: str | None, port: int | None) -> None:
    print("Starting Falcon Chat", flush=True)
    # Here, so that the other commands do not wait for Streamlit and Starlette.
    from falcon import launch
    from falcon.ui import server

    wanted = launch.FIRST_PORT if port is None else port
    chosen = launch.free_port(wanted)
    if chosen != wanted:
        print(launch.moved(wanted, chosen), flush=True)
    if model is not None:
        path = Path(model)
        # What is asked for on the command line is what answers.
        os.environ["FALCON_ENDPOINT"] = ""
        os.environ["FALCON_LOCAL_MODEL"] = str(
            path.resolve() if path.exists() else path
        )
    server.serve(port=chosen)


def ask_once(*, question: str | None, **options: Any) -> None:  # Any: as argparse has
    settings = read_settings(os.environ, **options)
    notes = Notes()
    ask(read_question(question, notes), settings, notes)


def read_settings(
    environ: Mapping[str, str],
    *,
    endpoint: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    container: str | None = None,
    model: str | None = None,
    system: str | None = None,
    stop: Sequence[str] | None = None,
    **parameters: Any,
) -> Settings:
    """Return the settings in `environ` with the options in their place.

    Raises ConfigurationError, which names what is wrong as it was said.
    """
    changes = {name: said for name, said in parameters.items() if said is not None}
    if stop is not None:
        changes["stop"] = tuple(decode_argument(text) for text in stop)
    overridden = {f"FALCON_{name.upper()}" for name in changes}
    values = {name: said for name, said in environ.items() if name not in overridden}
    is_catalogued = model in [known.id for known in MODELS]
    if model is not None and not is_catalogued and endpoint is None:
        endpoint = ""  # what is asked for on the command line is what answers
    options = {
        "FALCON_ENDPOINT": endpoint,
        "FALCON_REGION": region,
        "FALCON_PROFILE": profile,
        "FALCON_CONTAINER": container,
        "FALCON_MODEL" if endpoint or is_catalogued else "FALCON_LOCAL_MODEL": model,
        "FALCON_SYSTEM_PROMPT": system and decode_argument(system),
    }
    values |= {name: said for name, said in options.items() if said is not None}
    if endpoint and not values.get("FALCON_REGION") and not values.get("AWS_REGION"):
        raise ConfigurationError(
            "--endpoint needs its region: add --region us-east-1 or set FALCON_REGION."
        )
    settings = Settings.from_mapping(values)
    if settings.endpoint is None and (region or profile or container or is_catalogued):
        raise ConfigurationError(
            "--region, --profile, --container and a model's name are an endpoint's: "
            "add --endpoint. Without one, --model is a GGUF's path or hub name."
        )
    return replace(settings, parameters=replace(settings.parameters, **changes))


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m falcon", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    run_parser = commands.add_parser("run", help="start the page")
    run_parser.add_argument("--model", help="a Falcon GGUF: its path or its hub name")
    run_parser.add_argument("--port", type=int, help="8501, or the next free one")
    run_parser.set_defaults(command=run)
    ask_parser = commands.add_parser(
        "ask",
        help="ask one question and print the answer",
        description=ASK,
        epilog="exit codes:\n"
        + "\n".join(f"{code:5}  {meaning}" for code, meaning, _ in EXIT_CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_ask_options(ask_parser)
    ask_parser.set_defaults(command=ask_once)
    return parser


def _add_ask_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("question", nargs="?", help="what is piped in follows it; - is that alone")
    add("--endpoint", help="a SageMaker endpoint's name")
    add("--region", help="its region")
    add("--profile", help="the AWS profile that signs")
    add(
        "--container",
        choices=CONTAINER_NAMES,
        help="what answers behind the endpoint; found from it unless said",
    )
    add(
        "--model",
        help="the model behind the endpoint: "
        + ", ".join(model.id for model in MODELS)
        + "; anything else is a Falcon GGUF for this machine: its path or its hub name",
    )
    add("--system", help="the system prompt")
    for name in STREAMED:
        bounds = BOUNDS[name]
        default = getattr(GenerationParameters(), name)
        add(
            f"--{name.replace('_', '-')}",
            type=int if bounds.is_integer else float,
            metavar="N" if bounds.is_integer else "X",
            help=f"from {bounds.minimum} to {bounds.maximum}"
            + ("" if default is None else f"; {default} unless said"),
        )
    add(
        "--do-sample",
        action=argparse.BooleanOptionalAction,
        help="draw each token at random, or take the likeliest",
    )
    add(
        "--stop",
        action="append",
        metavar="TEXT",
        help=f"a text at which the answer ends; up to {MAX_STOP_SEQUENCES} times",
    )


def _fill_closed_streams() -> None:
    """Keep sockets from taking the numbers of standard streams that are closed."""
    number = 0
    while number <= 2:
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)


def main(arguments: Sequence[str] | None = None) -> int:
    _fill_closed_streams()
    options = vars(_make_parser().parse_args(arguments))
    command = options.pop("command")
    try:
        command(**options)
    except FalconError as error:
        Notes().say(str(error))
        return exit_code(type(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return OUTPUT_CLOSED
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
