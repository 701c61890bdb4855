"""`python -m benchmarks.page`: this page beside other chat pages, on this machine.

Makes their environments, measures part after part, and prints a table with the goals.
"""

from __future__ import annotations

import argparse
import platform
import time
from importlib.metadata import version

from benchmarks.page.pages import PAGES, PageError
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
    with token_source() as source, chromium() as browser:
        print(f"Python {platform.python_version()}, {platform.machine()}", end="")
        print(f", Chromium {browser.version}", end="")
        print("".join(f", {name} {said}" for name, said in _versions()), flush=True)
        bench = Bench(pages=pages, source=source, browser=browser)
        try:
            bench.warm_up()
            for name in wanted.only:
                start = time.monotonic()
                print(f"measuring {name}", flush=True)
                PARTS[name](bench)
                print(f"  {time.monotonic() - start:.0f} s", flush=True)
        except KeyboardInterrupt:
            print("Stopped; this is what was found.")
    print(*reasons, sep="\n")
    print(*table(bench.figures, [page.name for page in pages]), sep="\n")
    print(f"\n{LEGEND}\n")
    print(*goals(bench.figures), sep="\n")


def _versions() -> list[tuple[str, str]]:
    return [(name, version(name)) for name in ("streamlit", "playwright", "boto3")]


if __name__ == "__main__":
    main()
