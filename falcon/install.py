"""Makes `.venv` and keeps it in step with a requirements file.

It runs before anything is installed, as a file and not as a module, so it knows only
the standard library, and its syntax lets an old Python reach the line that says so.
It does not know what is installed, only which files were installed last.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST_PYTHON = (3, 11)
OPTIONAL = "xllamacpp"
"""The one package that the page can start without: it has no wheel for musl."""

SECONDS_BETWEEN_LINES = 2.0


class InstallError(Exception):
    """A command failed; str(error) is the end of what it said."""


def included(requirements: Path) -> list[Path]:
    """The file itself and every file that it includes with `-r`."""
    files = [requirements]
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            files += included(requirements.parent / line[3:].strip())
    return files


def stamp(venv: Path, file: Path) -> Path:
    """Where the file's content is kept once it is installed; the Makefile reads it."""
    return venv / file.name


def is_current(venv: Path, requirements: Path) -> bool:
    """Whether exactly these requirements were installed last, read from the stamps."""
    return (venv / "bin" / "python").exists() and all(
        stamp(venv, file).exists()
        and stamp(venv, file).read_bytes() == file.read_bytes()
        for file in included(requirements)
    )


def without_optional(requirements: Path) -> str:
    """All the requirements as one text, but for the optional package."""
    lines = [
        line
        for file in included(requirements)
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return "\n".join(
        line for line in lines if not line.startswith((OPTIONAL, "-r ", "#"))
    )


def run(command: list[str], log: Path) -> None:
    """Runs a command and prints its newest line every other second.

    Raises InstallError with the end of what the command said.
    """
    start = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    status = process.wait(timeout=SECONDS_BETWEEN_LINES)
                    break
                except subprocess.TimeoutExpired:
                    seconds = time.monotonic() - start
                    print(f"{seconds:5.0f} s  {newest_line(log)}", flush=True)
        except KeyboardInterrupt:
            process.wait()
            raise
    if status:
        raise InstallError("\n".join(line[:200] for line in lines(log)[-12:]))


def lines(log: Path) -> list[str]:
    text = log.read_text(encoding="utf-8", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


def newest_line(log: Path) -> str:
    """The newest line that tells of progress, short enough for a terminal."""
    told = (line for line in reversed(lines(log)) if not line.startswith("WARNING"))
    return next(told, "…").split(" (from ")[0].split(": ")[0][:70]


def make_venv(venv: Path, uv: str | None) -> None:
    """Makes the environment anew if its Python or its installer is gone."""
    python = venv / "bin" / "python"
    if python.exists() and (uv or (venv / "bin" / "pip").exists()):
        return
    version = ".".join(str(part) for part in sys.version_info[:3])
    print(f"Making {venv} with Python {version}", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    if uv:
        command = [uv, "venv", "--clear", "--python", sys.executable, str(venv)]
    log = venv.with_name(f"{venv.name}.log")
    try:
        run(command, log)
    except InstallError as error:
        if "ensurepip" not in str(error):
            raise
        raise InstallError(
            "This Python cannot make environments: install its venv package "
            "(Debian: apt-get install python3-venv) or uv."
        ) from error
    finally:
        log.unlink(missing_ok=True)


def install(venv: Path, requirements: Path) -> None:
    """Installs the requirements; without the optional package where it has no wheel."""
    uv = shutil.which("uv")
    make_venv(venv, uv)
    python = str(venv / "bin" / "python")
    # Compiling every module takes as long as installing it, and few are imported:
    # Python compiles those at their first import, unless it is told never to.
    compiles_later = not os.environ.get("PYTHONDONTWRITEBYTECODE")
    if uv:
        command = [uv, "pip", "install", "--python", python]
        command += [] if compiles_later else ["--compile-bytecode"]
    else:
        command = [python, "-m", "pip", "install", "--progress-bar", "off"]
        command += ["--no-compile"] if compiles_later else []
    command += ["--only-binary", OPTIONAL, "-r"]
    installer = "uv" if uv else "pip"
    print(f"Installing {requirements} with {installer}", flush=True)
    log = venv / "install.log"
    try:
        run([*command, str(requirements)], log)
    except InstallError as error:
        if OPTIONAL not in str(error):
            raise
        remaining = venv / "without-optional.txt"
        remaining.write_text(without_optional(requirements), encoding="utf-8")
        run([*command, str(remaining)], log)
        print(
            f"{OPTIONAL} has no wheel for this platform: there is no local model here, "
            "the page talks to an endpoint.",
            flush=True,
        )
    for file in included(requirements):
        stamp(venv, file).write_bytes(file.read_bytes())


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        print(
            f"Falcon Chat needs Python 3.11 or newer, this is {found} "
            f"({sys.executable}). Name another one: make run PYTHON=python3.12",
        )
        return 1
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requirements", type=Path)
    parser.add_argument("--into", type=Path, default=Path(".venv"), metavar="VENV")
    arguments = parser.parse_args()
    if is_current(arguments.into, arguments.requirements):
        return 0
    start = time.monotonic()
    try:
        install(arguments.into, arguments.requirements)
    except InstallError as error:
        print(error)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next start installs again.")
        return 130
    print(f"Installed in {time.monotonic() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
