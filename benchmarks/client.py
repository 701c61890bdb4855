"""What reading a streamed answer costs: FalconClient beside botocore and its peers.

All ask the same loopback endpoint, in turn, so that other load on the machine meets
all. The cost of a token is that of the whole answer divided by its tokens.
"""

from __future__ import annotations

import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from benchmarks.clients import CLIENTS
from benchmarks.measurement import Measurement, started

TOKENS = 5_000
LENGTHS = (1_000, 10_000, 100_000)
SHORT = 20
"""Tokens of the answers whose first token is waited for."""
ROUNDS = 7
SHORT_ROUNDS = 30
PAUSE_SECONDS = 0.1
"""After each answer: litellm goes on working in threads of its own."""
RAW, OURS = "botocore", "FalconClient"
PEERS = [name for name in CLIENTS if name not in (RAW, OURS)]
MOST_OVER_RAW = 1.5
LEAST_UNDER_PEERS = 5.0
ENVIRONMENT = {
    **os.environ,
    # No credentials are looked for and no list of prices is fetched.
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION_NAME": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}


@contextmanager
def endpoint() -> Iterator[str]:
    """The address of a stream server that runs for as long as the block lasts."""
    command = [sys.executable, "-m", "benchmarks.stream_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The medians of one client."""

    first_ms: float
    """Milliseconds to the first token."""
    cpu: float
    """Microseconds a token, as `wall`."""
    wall: float


def compare(
    names: Sequence[str], *, url: str, tokens: int, rounds: int = ROUNDS
) -> dict[str, Cost]:
    """Ask all clients in turn, in another order each round, the first to warm up."""
    found: dict[str, list[Measurement]] = {name: [] for name in names}
    order = random.Random(tokens)
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(
                started(name, url=url, tokens=tokens, environment=ENVIRONMENT)
            )
            for name in names
        }
        for _ in range(rounds + 1):
            for name in order.sample(names, len(names)):
                found[name].append(clients[name].ask())
                time.sleep(PAUSE_SECONDS)
    return {name: cost(measured[1:], tokens) for name, measured in found.items()}


def cost(measured: Sequence[Measurement], tokens: int) -> Cost:
    return Cost(
        first_ms=median(each.first for each in measured) * 1e3,
        cpu=median(each.cpu for each in measured) / tokens * 1e6,
        wall=median(each.wall for each in measured) / tokens * 1e6,
    )


def print_first_tokens(found: dict[str, Cost]) -> None:
    print(f"\nMilliseconds to the first token, medians of {SHORT_ROUNDS} answers.\n")
    for name, row in found.items():
        print(
            f"{name:20}{row.first_ms:8.2f}{row.first_ms / found[RAW].first_ms:8.2f} x"
        )


def print_costs(found: dict[str, Cost]) -> None:
    print(f"\nAn answer of {TOKENS} tokens as TGI's server-sent events, one a part,")
    print(f"medians of {ROUNDS}. Ratios are those of CPU time (of wall time).\n")
    print(
        f"{'':20}{'tokens/s':>9}{'CPU us':>9}{'wall us':>9}"
        f"{'x botocore':>16}{'x FalconClient':>17}"
    )
    for name, row in found.items():
        by_raw, by_ours = (
            f"{row.cpu / other.cpu:.2f} ({row.wall / other.wall:.2f})"
            for other in (found[RAW], found[OURS])
        )
        print(
            f"{name:20}{1e6 / row.wall:>9.0f}{row.cpu:>9.1f}{row.wall:>9.1f}"
            f"{by_raw:>16}{by_ours:>17}"
        )
    print()
    ratio = found[OURS].cpu / found[RAW].cpu
    print_goal(
        f"{OURS} costs {ratio:.2f} x {RAW}, at most {MOST_OVER_RAW}",
        ratio <= MOST_OVER_RAW,
    )
    for name in PEERS:
        ratio = found[name].cpu / found[OURS].cpu
        print_goal(
            f"{name} costs {ratio:.1f} x {OURS}, at least {LEAST_UNDER_PEERS}",
            ratio >= LEAST_UNDER_PEERS,
        )


def print_goal(goal: str, is_reached: bool) -> None:
    print(f"{'reached' if is_reached else 'MISSED':8} {goal}")


def print_lengths(found: dict[int, dict[str, Cost]]) -> None:
    print(
        "\nCPU us a token by the length of the answer: flat is linear. A short answer"
    )
    print("bears more of what its request costs.\n")
    print(f"{'tokens':>10}" + "".join(f"{name:>16}" for name in (RAW, OURS)))
    for tokens, row in found.items():
        print(f"{tokens:>10}" + "".join(f"{row[name].cpu:>16.1f}" for name in row))


def main() -> None:
    packages = ("botocore", "langchain-aws", "litellm")
    print(f"Python {platform.python_version()}, {platform.machine()}", end="")
    print("".join(f", {name} {version(name)}" for name in packages), flush=True)
    with endpoint() as url:
        print_first_tokens(
            compare([*CLIENTS], url=url, tokens=SHORT, rounds=SHORT_ROUNDS)
        )
        print_costs(compare([*CLIENTS], url=url, tokens=TOKENS))
        print_lengths(
            {tokens: compare([RAW, OURS], url=url, tokens=tokens) for tokens in LENGTHS}
        )
    sys.stdout.flush()
    command = [sys.executable, "-m", "benchmarks.exact_text"]
    subprocess.run(command, check=True, env=ENVIRONMENT)


if __name__ == "__main__":
    main()
