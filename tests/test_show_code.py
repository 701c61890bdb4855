"""Runs the code that is shown, and compares what arrives with what was sent."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from falcon.client import FalconClient
from falcon.containers import CONTAINER_NAMES, ContainerName, find_container
from falcon.conversation import Message
from falcon.endpoint import Endpoint
from falcon.models import MODELS, FalconModel, describe_gguf, find_model
from falcon.parameters import GenerationParameters
from falcon.show_code import ShownRequest, Snippet, show_code
from falcon.show_code.literals import python_text, shell_word, visible_json
from falcon.show_code.shell import runtime_url
from tests.container_requests import fitted
from tests.fault_endpoint import FaultEndpoint, serving
from tests.stream_lines import TEXT

NASTY = (
    '팔콘이 뭐예요? 👩\u200d👩\u200d👧 it\'s "quoted" `id` $HOME $(id) ${PATH} !! '
    "\\ \\n \\' %s %n\n\n'; exit 1; ' EOF\nEOF\r\n\t#{x} {y} "
    "\u2028 \u202e abc \x07 \x7f \x9b31m \x1b[0m <b>"
)
TURNS = (
    Message("system", 'Be "kind".\nDon\'t lie.'),
    Message("user", "Hi"),
    Message("assistant", "Hello.\n\n```sh\necho 'x' \"$y\"\n```"),
    Message("user", NASTY),
)
PARAMETERS = GenerationParameters(
    max_new_tokens=64,
    temperature=0.7,
    top_k=5,
    repetition_penalty=1.2,
    seed=2**53 + 1,
    stop=("'\"\n$", "\nUser:"),
)
NAME = "parts"
"""An endpoint that sends its answer in parts that are split anywhere."""
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret/EXAMPLE",
    "AWS_SESSION_TOKEN": "session//EXAMPLE==",
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=CONTAINER_NAMES)
def server(request: pytest.FixtureRequest) -> Iterator[FaultEndpoint]:
    with serving(request.param) as running:
        yield running


@pytest.fixture
def tgi() -> Iterator[FaultEndpoint]:
    with serving() as running:
        yield running


def shown(
    server: FaultEndpoint,
    *,
    is_local: bool = True,
    model: FalconModel = MODELS[0],
    parameters: GenerationParameters = PARAMETERS,
) -> ShownRequest:
    """The request as FalconClient sends it, both ways."""
    endpoint = Endpoint(name=NAME, region="us-east-1", url=server.url)
    client = FalconClient(endpoint, container=server.container, model=model)
    client.generate(TURNS, parameters)
    if find_container(server.container).STREAMS:
        with client.stream(TURNS, parameters) as stream:
            list(stream)
    bodies = list(server.bodies)
    server.bodies.clear()
    return ShownRequest(
        endpoint=endpoint if is_local else replace(endpoint, url=None),
        container=server.container,
        model=model,
        turns=TURNS,
        parameters=parameters,
        whole=bodies[0],
        streamed=bodies[1] if len(bodies) > 1 else None,
    )


def encoded(container: ContainerName, *, is_local: bool = True) -> ShownRequest:
    """The request without anybody to send it to."""
    form = find_container(container)
    prompt = fitted(NASTY, *TURNS)
    url = "http://127.0.0.1:8080" if is_local else None
    return ShownRequest(
        endpoint=Endpoint(
            name=NAME, region="us-east-1", url=url, profile="secret-team"
        ),
        container=container,
        model=MODELS[0],
        turns=TURNS,
        parameters=PARAMETERS,
        whole=form.encode_request(prompt, PARAMETERS, stream=False),
        streamed=form.encode_request(prompt, PARAMETERS, stream=True)
        if form.STREAMS
        else None,
    )


def snippet(request: ShownRequest, title: str) -> Snippet:
    return {each.title: each for each in show_code(request)}[title]


def run_python(code: str) -> str:
    """Run it as a program of its own would run, and return what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "shown", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def run_shell(code: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        ["bash", "-eu", "-c", code],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("is_local", [True, False], ids=["here", "SageMaker"])
def test_boto3_sends_the_whole_request(
    server: FaultEndpoint, is_local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = shown(server, is_local=is_local)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", server.url)

    printed = run_python(snippet(request, "boto3").code)

    assert server.bodies == [request.whole]
    assert printed.endswith(f" {TEXT}\n")


@pytest.mark.parametrize("is_local", [True, False], ids=["here", "SageMaker"])
def test_boto3_sends_the_streamed_request_and_prints_its_tokens(
    server: FaultEndpoint, is_local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = shown(server, is_local=is_local)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", server.url)
    if request.streamed is None:
        assert "boto3, streaming" not in [each.title for each in show_code(request)]
        return

    printed = run_python(snippet(request, "boto3, streaming").code)

    assert server.bodies == [request.streamed]
    assert printed == f" {TEXT}"


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(MODELS[0], id="the usual model"),
        pytest.param(find_model("falcon3-1b-instruct"), id="another"),
        *(
            pytest.param(
                describe_gguf(name='a "b"', context_tokens=512, chat_template=template),
                id=f"a file like {template or 'any'}",
            )
            for template in ("", "Falcon:", "<|user|>", "<|im_start|>")
        ),
    ],
)
def test_falcon_client_sends_the_same_request(
    tgi: FaultEndpoint, model: FalconModel
) -> None:
    request = shown(tgi, model=model)

    printed = run_python(snippet(request, "FalconClient").code)

    assert tgi.bodies == [request.streamed]
    assert printed == TEXT


def test_falcon_client_speaks_to_each_container(server: FaultEndpoint) -> None:
    request = shown(server)

    printed = run_python(snippet(request, "FalconClient").code)

    assert server.bodies == [request.streamed or request.whole]
    assert printed.strip() == TEXT


def test_falcon_client_is_given_only_what_was_set(tgi: FaultEndpoint) -> None:
    set_one = shown(tgi, parameters=GenerationParameters(top_p=0.5))
    set_none = shown(tgi, parameters=GenerationParameters())

    assert "GenerationParameters(\n    top_p=0.5,\n)" in code_of(set_one)
    assert "GenerationParameters" not in code_of(set_none)
    run_python(code_of(set_none))
    assert tgi.bodies == [set_none.streamed]


def code_of(request: ShownRequest) -> str:
    return snippet(request, "FalconClient").code


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_sends_the_request_to_this_machine(
    server: FaultEndpoint, tmp_path: Path
) -> None:
    request = shown(server)

    printed = run_shell(snippet(request, "curl").code, tmp_path)

    assert [json.loads(body) for body in server.bodies] == [json.loads(request.whole)]
    assert TEXT in printed


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("token", ["session//EXAMPLE==", ""], ids=["role", "user"])
def test_curl_signs_for_sagemaker(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as tgi:
        headers: list[Mapping[str, str]] = []
        record_headers(tgi, headers, monkeypatch)
        request = shown(tgi, is_local=False)
        code = snippet(request, "curl").code.replace(runtime_url("us-east-1"), tgi.url)

        run_shell(code, tmp_path, AWS_SESSION_TOKEN=token)

        assert json.loads(tgi.bodies[-1]) == json.loads(request.whole)
        signed = headers[-1]["Authorization"]
        assert "Credential=AKIAEXAMPLE/" in signed
        assert "/us-east-1/sagemaker/aws4_request" in signed
        assert headers[-1].get("X-Amz-Security-Token", "") == token
        assert ("x-amz-security-token" in signed) == bool(token)


def record_headers(
    server: FaultEndpoint,
    headers: list[Mapping[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection: Any = server.RequestHandlerClass

    class Recording(connection):  # type: ignore[misc]  # the server's own class
        def do_POST(self) -> None:  # noqa: N802  # http.server's name
            headers.append(dict(self.headers))
            super().do_POST()

    monkeypatch.setattr(server, "RequestHandlerClass", Recording)


@pytest.mark.skipif(shutil.which("aws") is None, reason="AWS CLI is not installed")
def test_aws_cli_sends_the_request(tgi: FaultEndpoint, tmp_path: Path) -> None:
    request = shown(tgi)

    run_shell(snippet(request, "AWS CLI").code, tmp_path)

    assert [json.loads(body) for body in tgi.bodies] == [json.loads(request.whole)]
    assert TEXT in (tmp_path / "answer.json").read_text(encoding="utf-8")


def test_aws_cli_is_given_the_endpoint_and_the_body(tgi: FaultEndpoint) -> None:
    request = shown(tgi, is_local=False)

    words = shlex.split(snippet(request, "AWS CLI").code.replace("\\\n", " "))

    assert words[:2] == ["printf", "%s"]
    assert json.loads(words[2]) == json.loads(request.whole)
    assert words[3:7] == ["|", "AWS_MAX_ATTEMPTS=1", "aws", "sagemaker-runtime"]
    assert dict(zip(words[8:18:2], words[9:18:2], strict=True)) == {
        "--region": "us-east-1",
        "--endpoint-name": NAME,
        "--cli-read-timeout": "70",
        "--content-type": "application/json",
        "--body": "fileb:///dev/stdin",
    }
    assert words[18:] == ["answer.json", "&&", "cat", "answer.json"]


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_hands_on_the_very_text(shell: str) -> None:
    payload = visible_json(json.dumps({"text": NASTY}, ensure_ascii=False).encode())

    done = subprocess.run(
        [shell, "-c", f"printf '%s' {shell_word(payload)}"],
        capture_output=True,
        check=True,
        timeout=10,
    )

    assert done.stdout.decode() == payload
    assert json.loads(done.stdout) == {"text": NASTY}


@pytest.mark.parametrize("is_local", [True, False], ids=["here", "SageMaker"])
@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_the_shell_agrees_that_each_command_is_well_formed(
    container: ContainerName, is_local: bool
) -> None:
    for each in show_code(encoded(container, is_local=is_local)):
        if each.language == "bash":
            code = each.code.encode()
            subprocess.run(["bash", "-n"], input=code, check=True, timeout=10)


def test_a_body_of_any_length_goes_through_a_pipe(tmp_path: Path) -> None:
    payload = json.dumps({"text": "가" * 200_000}, ensure_ascii=False).encode()
    code = f"printf '%s' {shell_word(visible_json(payload))} | cat > body"
    (tmp_path / "code.sh").write_text(code, encoding="utf-8")

    run_shell(". ./code.sh", tmp_path)

    assert (tmp_path / "body").read_bytes() == payload


@pytest.mark.parametrize("streams", [True, False])
def test_openai_is_asked_with_the_same_request(streams: bool) -> None:
    request = encoded("openai_chat", is_local=False)
    request = request if streams else replace(request, streamed=None)

    code = snippet(request, "OpenAI").code

    called = calls(code)
    arguments = called["client.chat.completions.create"]
    assert arguments.pop("extra_body") | arguments == {
        "model": "",
        **json.loads(request.streamed or request.whole),
    }
    assert called["generate_token"] == {"region": "us-east-1"}
    assert called["OpenAI"]["base_url"] == (
        f"https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/{NAME}/openai/v1"
    )


def calls(code: str) -> dict[str, dict[str, Any]]:
    """The keyword arguments of each call, those that are literals."""
    found: dict[str, dict[str, Any]] = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            found[ast.unparse(node.func)] = {
                str(argument.arg): ast.literal_eval(argument.value)
                for argument in node.keywords
                if not isinstance(argument.value, ast.Call)
            }
    return found


@pytest.mark.parametrize("is_local", [True, False], ids=["here", "SageMaker"])
@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_no_credential_no_profile_and_nothing_invisible_is_shown(
    container: ContainerName, is_local: bool
) -> None:
    for each in show_code(encoded(container, is_local=is_local)):
        assert not any(secret in each.code for secret in CREDENTIALS.values())
        assert "secret-team" not in each.code
        assert all(line.isprintable() for line in each.code.split("\n"))


@pytest.mark.parametrize("text", [NASTY, "", "\\'", "'\\", '"', "a'b\"c\\'", "\ud800"])
def test_python_reads_back_the_text_that_it_is_shown(text: str) -> None:
    assert ast.literal_eval(python_text(text)) == text


def test_china_has_an_address_of_its_own() -> None:
    assert runtime_url("cn-north-1").endswith(".amazonaws.com.cn")


@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_only_chat_on_sagemaker_is_shown_with_openai(container: ContainerName) -> None:
    streaming = [] if container == "text_length" else ["boto3, streaming"]
    openai = ["OpenAI"] if container == "openai_chat" else []
    here, there = (
        [each.title for each in show_code(encoded(container, is_local=is_local))]
        for is_local in (True, False)
    )

    assert here == [*streaming, "boto3", "FalconClient", "AWS CLI", "curl"]
    assert there == [*streaming, "boto3", "FalconClient", *openai, "AWS CLI", "curl"]
