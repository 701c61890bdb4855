"""`python -m falcon`: commands for a terminal."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from falcon import launch
from falcon.errors import FalconError


def run(*, model: str | None, port: int | None) -> None:
    print("Starting Falcon Chat", flush=True)
    # Here, so that the other commands do not wait for Streamlit.
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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m falcon", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    run_parser = commands.add_parser("run", help="start the page")
    run_parser.add_argument("--model", help="a Falcon GGUF: its path or its hub name")
    run_parser.add_argument("--port", type=int, help="8501, or the next free one")
    run_parser.set_defaults(command=run)
    arguments = vars(parser.parse_args())
    command = arguments.pop("command")
    try:
        command(**arguments)
    except FalconError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
