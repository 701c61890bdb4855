"""The parts of a run: each fills some rows of the table for some pages.

Pages are asked in turn, so that other load on the machine meets all. What one page
cannot do is noted with its reason, and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import Browser

from benchmarks.page import process_cost
from benchmarks.page.figures import Figures, percentile
from benchmarks.page.load import put_under_load
from benchmarks.page.pages import ChatPage, PageError, Server, launched, serving
from benchmarks.page.probe import Answer, Probe, probing
from benchmarks.page.token_source import TokenSource

STARTS = 3
SLOW_ROUNDS, SLOW_TOKENS, SLOW_RATE = 3, 200, 30
FAST_ROUNDS, FAST_TOKENS, FAST_RATE = 2, 1_000, 200
BURST_ROUNDS, BURST_TOKENS = 3, 5_000
LENGTHS = (500, 2_000, 8_000)
HISTORIES = (20, 200, 1_000)
HISTORY_ROUNDS = 5
SESSIONS = 20
VISITORS, VISITORS_AT_ONCE = 500, 50
CROWDS = (1, 10, 20, 50, 80)
CROWD_TOKENS = 150
MOST_SECONDS = 75.0
"""A page that has not shown an answer by then has no such figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every part has: the pages, their tokens, a browser, and the figures."""

    pages: list[ChatPage]
    source: TokenSource
    browser: Browser
    figures: Figures = field(default_factory=Figures)

    @contextmanager
    def noting(self, page: ChatPage, *keys: str) -> Iterator[None]:
        """Note why the block found no figure."""
        try:
            yield
        except PageError as error:
            self.figures.fail(keys, page.name, str(error))
            print(f"  {page.name}: {error}", flush=True)

    @contextmanager
    def serving_all(self, *keys: str) -> Iterator[list[Server]]:
        """All pages at once; those that do not start are noted and left out."""
        servers = []
        with ExitStack() as stack:
            for page in self.pages:
                with self.noting(page, *keys):
                    served = serving(page, self.source.url)
                    servers.append(stack.enter_context(served))
            yield servers

    def warm_up(self) -> None:
        """Serve each page once: Python compiles what it has not yet."""
        for page in self.pages:
            with (
                self.noting(page),
                serving(page, self.source.url) as server,
                self.opened(server),
            ):
                pass

    @contextmanager
    def opened(self, server: Server) -> Iterator[Probe]:
        """A fresh page on which one question has been answered."""
        with probing(self.browser, server, self.source) as probe:
            probe.open()
            probe.settle()
            probe.warm_up()
            yield probe

    def answer(self, server: Server, *, tokens: int, rate: int) -> Answer:
        """Ask on a fresh page; PageError if the answer does not come in time."""
        with self.opened(server) as probe:
            answer = probe.ask(tokens=tokens, rate=rate, most_seconds=MOST_SECONDS)
        if not answer.is_whole:
            raise PageError(
                f"after {MOST_SECONDS:.0f} s it showed {len(answer.lags):,} of "
                f"{tokens:,} tokens at {rate or 'any number'} a second"
            )
        return answer


def measure_start(bench: Bench) -> None:
    for page in bench.pages * STARTS:
        with (
            bench.noting(page, "start"),
            launched(page, bench.source.url) as server,
            probing(bench.browser, server, bench.source) as probe,
        ):
            bench.figures.add("start", page.name, probe.open())


def measure_slow(bench: Bench) -> None:
    keys = ("first", "p50_30", "p95_30", "cpu_30")
    _measure_lags(bench, keys, SLOW_ROUNDS, SLOW_TOKENS, SLOW_RATE)


def measure_fast(bench: Bench) -> None:
    keys = ("p50_200", "p95_200", "cpu_200")
    _measure_lags(bench, keys, FAST_ROUNDS, FAST_TOKENS, FAST_RATE)


def _measure_lags(
    bench: Bench, keys: Sequence[str], rounds: int, tokens: int, rate: int
) -> None:
    with bench.serving_all(*keys) as servers:
        for server in servers * rounds:
            with bench.noting(server.page, *keys):
                answer = bench.answer(server, tokens=tokens, rate=rate)
                found = {
                    "first": answer.first * 1e3,
                    f"p50_{rate}": median(answer.lags) * 1e3,
                    f"p95_{rate}": percentile(answer.lags, 95) * 1e3,
                }
                if process_cost.IS_KNOWN:
                    found[f"cpu_{rate}"] = answer.cpu / tokens * 1e3
                for key in keys:
                    if key in found:
                        bench.figures.add(key, server.page.name, found[key])


def measure_burst(bench: Bench) -> None:
    with bench.serving_all("burst") as servers:
        for server in servers * BURST_ROUNDS:
            name = server.page.name
            if name in bench.figures.reasons.get("burst", {}):
                continue
            with bench.noting(server.page, "burst"):
                answer = bench.answer(server, tokens=BURST_TOKENS, rate=0)
                bench.figures.add("burst", name, answer.whole)


def measure_bytes(bench: Bench) -> None:
    with bench.serving_all(*(f"bytes_{tokens}" for tokens in LENGTHS)) as servers:
        for tokens in LENGTHS:
            for server in servers:
                key = f"bytes_{tokens}"
                with bench.noting(server.page, key):
                    answer = bench.answer(server, tokens=tokens, rate=FAST_RATE)
                    bench.figures.add(key, server.page.name, answer.bytes)


def measure_history(bench: Bench) -> None:
    for page in bench.pages:
        with ExitStack() as stack:
            servers: list[tuple[str, Server]] = []
            for messages in HISTORIES:
                key = f"history_{messages}"
                with bench.noting(page, key):
                    served = serving(page, bench.source.url, history=messages)
                    servers.append((key, stack.enter_context(served)))
            # The first of each is not counted: a server reads much at its first page.
            for number in range(HISTORY_ROUNDS + 1):
                for key, server in servers:
                    if page.name in bench.figures.reasons.get(key, {}):
                        continue
                    with (
                        bench.noting(page, key),
                        probing(bench.browser, server, bench.source) as probe,
                    ):
                        probe.open()
                        seconds = probe.seconds_to_history()
                        if number:
                            bench.figures.add(key, page.name, seconds)


def measure_memory(bench: Bench) -> None:
    keys = ("memory_1", f"memory_{SESSIONS}")
    for page in bench.pages:
        with (
            bench.noting(page, *keys),
            serving(page, bench.source.url) as server,
            ExitStack() as sessions,
        ):
            if not process_cost.IS_KNOWN:
                raise PageError("this system does not tell the memory of a process")
            for number in range(1, SESSIONS + 1):
                probe = sessions.enter_context(bench.opened(server))
                if number == 1:
                    probe.warm_up()
                    probe.warm_up()
                if f"memory_{number}" in keys:
                    megabytes = process_cost.resident_megabytes(server.group)
                    bench.figures.add(f"memory_{number}", page.name, megabytes)


def measure_visitors(bench: Bench) -> None:
    key = f"memory_after_{VISITORS}"
    for page in bench.pages:
        with bench.noting(page, key), serving(page, bench.source.url) as server:
            if not process_cost.IS_KNOWN:
                raise PageError("this system does not tell the memory of a process")
            for _ in range(VISITORS // VISITORS_AT_ONCE):
                put_under_load(
                    server,
                    bench.source,
                    chats=VISITORS_AT_ONCE,
                    tokens=CROWD_TOKENS,
                    rate=0,
                    most_seconds=MOST_SECONDS,
                )
            megabytes = process_cost.resident_megabytes(server.group)
            bench.figures.add(key, page.name, megabytes)


def measure_load(bench: Bench) -> None:
    for page in bench.pages:
        for chats in CROWDS:
            keys = [f"load_{name}_{chats}" for name in ("p50", "p99", "first")]
            with (
                bench.noting(page, *keys),
                serving(page, bench.source.url) as server,
            ):
                # The first to warm up.
                for count, rate in ((1, 0), (chats, SLOW_RATE)):
                    load = put_under_load(
                        server,
                        bench.source,
                        chats=count,
                        tokens=CROWD_TOKENS,
                        rate=rate,
                        most_seconds=MOST_SECONDS,
                    )
                if load.lost:
                    raise PageError(f"{load.lost:,} tokens lost with {chats} chats")
                lags = [lag * 1e3 for lags in load.lags for lag in lags]
                found = (median(lags), percentile(lags, 99), median(load.firsts))
                for key, value in zip(keys, found, strict=True):
                    bench.figures.add(key, page.name, value)


PARTS: dict[str, Callable[[Bench], None]] = {
    "start": measure_start,
    "slow": measure_slow,
    "fast": measure_fast,
    "burst": measure_burst,
    "bytes": measure_bytes,
    "history": measure_history,
    "memory": measure_memory,
    "visitors": measure_visitors,
    "load": measure_load,
}
