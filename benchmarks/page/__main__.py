"""`python -m benchmarks.page`: this page beside other chat pages, on this machine.

Makes their environments, measures part after part, and prints a table with the goals.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Sequence
from importlib.metadata import version

from benchmarks.page.figures import Figures
from benchmarks.page.pages import PAGES, ChatPage, PageError
from benchmarks.page.parts import PARTS, Bench
from benchmarks.page.probe import chromium
from benchmarks.page.report import LEGEND, goals, table
from benchmarks.page.token_source import token_source


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.page", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    names = [page.name for page in PAGES]
    parser.add_argument("--pages", nargs="+", choices=names, default=names)
    return parser.parse_args()


def main() -> None:
    wanted = _arguments()
    pages = []
    reasons = []
    for page in PAGES:
        if page.name in wanted.pages:
            try:
                page.install()
                pages.append(page)
            except PageError as error:
                reasons.append(f"{page.name} is not measured: {error}.")
    figures = Figures()
    try:
        _measure(pages, wanted.only, figures)
    finally:  # Whatever ends it: what was found is worth its time.
        print(*reasons, sep="\n")
        print(*table(figures, [page.name for page in pages]), sep="\n")
        print(f"\n{LEGEND}\n")
        print(*goals(figures), sep="\n", flush=True)


def _measure(pages: list[ChatPage], parts: Sequence[str], figures: Figures) -> None:
    with token_source() as source, chromium() as browser:
        print(f"Python {platform.python_version()}, {platform.machine()}", end="")
        print(f", Chromium {browser.version}", end="")
        print("".join(f", {name} {said}" for name, said in _versions()), flush=True)
        bench = Bench(pages=pages, source=source, browser=browser, figures=figures)
        bench.warm_up()
        for name in parts:
            start = time.monotonic()
            print(f"measuring {name}", flush=True)
            PARTS[name](bench)
            print(f"  {time.monotonic() - start:.0f} s", flush=True)


def _versions() -> list[tuple[str, str]]:
    return [(name, version(name)) for name in ("streamlit", "playwright", "boto3")]


if __name__ == "__main__":
    main()
