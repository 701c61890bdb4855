"""Seconds from `make run` to the first painted page, beside an empty Streamlit app's.

Both are started anew in turn, so that other load on the machine meets both. Chromium is
open already: a person's browser is.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, Error, expect, sync_playwright

from falcon.launch import free_port

ROOT = Path(__file__).parents[1]
STARTS = 5
FIRST_PORT = 18500
EMPTY_APP = 'import streamlit as st\n\nst.title("Empty")\n'


def seconds_to_paint(command: list[str], port: int, browser: Browser) -> float:
    """From the start of the command until its page shows its title."""
    start = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        # Nobody's own conversations.
        env={**os.environ, "FALCON_HISTORY": "sqlite://"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        with closing(browser.new_page()) as page:
            while True:
                try:
                    page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
                    break
                except Error:
                    time.sleep(0.02)
            expect(page.get_by_role("heading").first).to_be_visible(timeout=60_000)
            seconds = time.monotonic() - start
        os.killpg(process.pid, signal.SIGINT)
    return seconds


def main() -> None:
    ours, empty = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        closing(
            playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
        ) as browser,
    ):
        app = Path(folder) / "empty.py"
        app.write_text(EMPTY_APP)
        for _ in range(STARTS):
            port = free_port(FIRST_PORT)
            command = ["make", "run", f"PORT={port}"]
            ours.append(seconds_to_paint(command, port, browser))
            command = [sys.executable, "-m", "streamlit", "run", str(app)]
            command += ["--server.port", str(port), "--server.headless", "true"]
            empty.append(seconds_to_paint(command, port, browser))
    print("seconds to the first painted page, median (fastest-slowest)")
    for name, seconds in (("make run", ours), ("empty Streamlit app", empty)):
        median, fastest, slowest = (
            statistics.median(seconds),
            min(seconds),
            max(seconds),
        )
        print(f"{name:20} {median:.2f} ({fastest:.2f}-{slowest:.2f})")
    print(f"ratio {statistics.median(ours) / statistics.median(empty):.2f}")


if __name__ == "__main__":
    main()
