from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from falcon.local.process import LocalEndpoint
from tests.deploy_example import DOLLARS, NAME, Machine
from tests.deploy_fixtures import Command
from tests.deploy_plan_answers import make_ready
from tests.deploy_plane import Account, Fault

ROOT = Path(__file__).parents[1]
CONSOLE = "https://us-east-1.console.aws.amazon.com/sagemaker/"


# Any: JSON.
def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def up_arguments(
    account: Account, local_endpoint: LocalEndpoint, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, ...]:
    """An `up` whose endpoint is the small Falcon on this machine."""
    make_ready(account)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", local_endpoint.url)
    return ("up", "--way", "tgi", "--name", local_endpoint.name)


def test_up_makes_it_asks_one_question_and_says_how_to_open_the_chat(
    account: Account,
    deploy: Command,
    up_arguments: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = up_arguments[-1]

    assert deploy(*up_arguments, typed="y\n") == 0

    told = capsys.readouterr()
    assert "$1.515 per hour" in told.err
    assert "InService" in told.err
    assert f"FALCON_ENDPOINT={name} FALCON_REGION=us-east-1" in told.out
    assert "make run" in told.out
    assert f"python -m deploy down {name} --region us-east-1" in told.out
    assert account.names("Endpoint") == [name]


def test_up_answers_in_json(
    deploy: Command,
    up_arguments: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert deploy(*up_arguments, "--yes", "--json") == 0

    value = answer(capsys)
    assert value["status"] == "InService"
    assert value["answer"]
    assert value["dollars_per_hour"] == DOLLARS


def test_up_again_makes_nothing_more(
    account: Account, deploy: Command, up_arguments: tuple[str, ...]
) -> None:
    deploy(*up_arguments, "--yes")

    assert deploy(*up_arguments, "--yes") == 0

    assert len(account.creations) == 3


def test_an_endpoint_that_does_not_answer_is_told_with_its_cost(
    deploy: Command,
    up_arguments: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert deploy(*up_arguments[:-1], "another-name", "--yes") == 1

    told = capsys.readouterr().err
    assert "in service, costs money, and did not answer" in told
    assert "python -m deploy down another-name" in told


@pytest.mark.parametrize("arguments", [("up",), ("down", NAME), ("gc",)])
def test_without_a_terminal_and_without_yes_it_refuses(
    account: Account,
    machine: Machine,
    other_machine: Machine,
    deploy: Command,
    arguments: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_ready(account)
    (other_machine if arguments == ("gc",) else machine).up()
    if arguments == ("up",):
        arguments = ("up", "--way", "tgi", "--name", "new")
    begin = len(account.calls)

    assert deploy(*arguments) == 2

    asked = account.operations()[begin:]
    assert not [name for name in asked if name.startswith(("Create", "Delete"))]
    assert "no terminal to ask at, and no --yes" in capsys.readouterr().err


@pytest.mark.parametrize("typed", ["\n", "n\n", "", "yess\n"])
def test_all_but_yes_is_no(
    account: Account, machine: Machine, deploy: Command, typed: str
) -> None:
    machine.up()

    assert deploy("down", NAME, typed=typed) == 1

    assert len(account.resources) == 3


def test_down_removes_and_shows_where_to_look(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()

    assert deploy("down", NAME, typed="yes\n") == 0

    told = capsys.readouterr()
    assert f"{NAME} is gone." in told.out
    assert told.out.count(CONSOLE) == 3
    assert "1 x ml.g5.2xlarge, $1.515 per hour" in told.err
    assert account.resources == {}


def test_down_without_a_name_takes_the_only_one(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()

    assert deploy("down", "--yes") == 0

    assert account.resources == {}


def test_down_without_a_name_asks_which_of_several(
    machine: Machine, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.up()
    [record] = machine.journal.records()
    machine.journal.remove(replace(record, id="b", endpoint_name="second"))

    assert deploy("down", "--yes") == 2

    assert f"{NAME} (us-east-1)" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("down", NAME), ("down",)])
def test_where_there_is_nothing_down_succeeds(
    deploy: Command, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(*arguments, "--json") == 0

    assert answer(capsys)["is_gone"] is True


def test_down_finds_the_region_in_the_journal(
    account: Account, machine: Machine, deploy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.up()
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert deploy("down", NAME, "--yes") == 0

    assert account.resources == {}


def test_down_with_another_accounts_credentials_does_not_say_gone(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()
    account.number, account.resources = "999999999999", {}

    assert deploy("down", NAME, "--yes") == 1

    assert "of account 111122223333, where it may" in capsys.readouterr().err


def test_status_tells_what_the_journal_knows_elsewhere(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()
    account.number, account.resources = "999999999999", {}

    assert deploy("status") == 0

    assert f"{NAME} was made in us-east-1 of account 111" in capsys.readouterr().out


def by_hand(account: Account, machine: Machine) -> None:
    machine.up(config_name="config-by-hand", model_name="model-by-hand")
    for resource in account.resources.values():
        resource.tags = []
    machine.journal.folder.joinpath(next(machine.folder.glob("*.json"))).unlink()


def test_what_was_made_by_hand_stays_without_untagged(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    by_hand(account, machine)

    assert deploy("down", NAME, "--yes") == 1

    assert "--untagged" in capsys.readouterr().err
    assert len(account.resources) == 3


def test_what_was_made_by_hand_goes_when_its_name_is_typed(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    by_hand(account, machine)

    assert deploy("down", NAME, "--untagged", typed=f"{NAME}\n") == 0

    shown = capsys.readouterr().err
    assert all(name in shown for name in ("config-by-hand", "model-by-hand", NAME))
    assert account.resources == {}
    assert machine.journal.records() == ()


@pytest.mark.parametrize("typed", [None, "y\n", f"{NAME}x\n"])
def test_what_was_made_by_hand_stays_when_its_name_is_not_typed(
    account: Account, machine: Machine, deploy: Command, typed: str | None
) -> None:
    by_hand(account, machine)

    assert deploy("down", NAME, "--untagged", "--yes", typed=typed) != 0

    assert len(account.resources) == 3


def test_status_tells_what_exists_and_what_it_costs(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    account.now = datetime.now(UTC) - timedelta(hours=1, minutes=2)
    machine.up(expires_at=datetime(2030, 1, 1, tzinfo=UTC))

    assert deploy("status") == 0

    told = capsys.readouterr().out
    assert f"{NAME} in us-east-1: InService" in told
    assert "there for 1 h 0 min" in told
    assert "expires: 20" in told
    assert "Together $1.515 per hour" in told
    assert f"FALCON_ENDPOINT={NAME}" in told


def test_status_tells_the_openai_address_of_what_speaks_chat(
    machine: Machine, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.up(way="vllm", container="openai_chat")

    deploy("status", NAME, "--json")

    [state] = answer(capsys)["deployments"]
    assert state["openai"]["base_url"].endswith(f"/endpoints/{NAME}/openai/v1")
    assert "generate_token" in state["openai"]["token_command"]


def test_list_is_a_table_of_everything_with_our_tag(
    machine: Machine,
    other_machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other_machine.up()

    assert deploy("list") == 0

    told = capsys.readouterr().out
    assert NAME in told
    assert "user/Anna" in told
    assert "\x1b" not in told
    assert machine.journal.records() == ()


def test_list_answers_in_json(
    machine: Machine, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.up()

    assert deploy("list", "--json") == 0

    value = answer(capsys)
    assert value["dollars_per_hour"] == DOLLARS
    [state] = value["deployments"]
    assert state["status"] == "InService"
    assert state["owner"] == "user/Anna"


def test_the_next_command_finishes_the_pending_list(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    account.behaviour.is_stuck = True
    machine.up_stuck()
    assert deploy("list") == 0
    assert "pending list" in capsys.readouterr().err

    account.resources["Endpoint", NAME].is_stuck = False
    account.pass_time(600)
    deploy("list")
    account.pass_time(600)
    deploy("status")

    assert account.resources == {}


def test_gc_removes_what_is_ours_and_no_journal_knows(
    account: Account, other_machine: Machine, deploy: Command
) -> None:
    other_machine.up()

    assert deploy("gc", "--yes") == 0

    assert account.resources == {}


def test_gc_leaves_what_the_journal_knows(
    account: Account, machine: Machine, deploy: Command
) -> None:
    machine.up()

    assert deploy("gc", "--yes") == 0

    assert len(account.resources) == 3


def test_gc_with_yes_leaves_what_others_made(
    account: Account,
    other_machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other_machine.up()
    for resource in account.resources.values():
        for tag in resource.tags:
            if tag["Key"] == "falcon-chat:owner":
                tag["Value"] = "user/Ben"

    assert deploy("gc", "--yes", "--json") == 0

    assert len(answer(capsys)["kept"]) == 1
    assert len(account.resources) == 3
    assert deploy("gc", typed="y\n") == 0
    assert account.resources == {}


def test_logs_are_the_containers_lines(
    account: Account,
    machine: Machine,
    deploy: Command,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine.up()
    account.log_lines[NAME] = ["loading", "ready"]

    assert deploy("logs") == 0

    assert capsys.readouterr().out == "loading\nready\n"


def test_logs_without_a_right_to_them_say_so(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    account.faults = [Fault("denied", "FilterLogEvents")]

    assert deploy("logs", NAME) == 1

    assert "may not call" in capsys.readouterr().err


def test_an_error_is_json_as_well(
    account: Account, deploy: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    account.faults = [Fault("expired")]

    assert deploy("list", "--json") == 1

    assert "expired" in answer(capsys)["error"]


def test_wrong_usage_has_its_own_code(deploy: Command) -> None:
    assert deploy("down", "--nonsense") == 2


def test_without_a_region_it_asks_for_one(
    deploy: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

    assert deploy("list") == 2

    assert "--region us-east-1" in capsys.readouterr().err
