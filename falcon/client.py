"""FalconClient: asks a Falcon endpoint on SageMaker Runtime through boto3.

Puts the parts together: the conversation becomes a prompt that fits, the container's
codec turns it into a request and the answer's bytes into events, and every foreign
error becomes one of falcon/errors.py. It keeps no state between questions.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from falcon.aws_errors import translate_errors, translate_transport_error
from falcon.connection import Request, track_connections
from falcon.containers import tgi
from falcon.context_window import ContextWindow, FittedPrompt
from falcon.conversation import Message
from falcon.errors import EndpointTimeoutError, InvalidInputError
from falcon.events import Event, FinishEvent
from falcon.models import DEFAULT_MODEL, FalconModel
from falcon.parameters import MAX_STOP_SEQUENCES, GenerationParameters
from falcon.prompt import Turn
from falcon.stop_sequences import StopTrimmer
from falcon.stream import GenerationStream

if TYPE_CHECKING:
    from falcon.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds."""

    connect: float = 5.0
    read: float = 70.0
    """Between two pieces of an answer. AWS advises ten more than a container's 60."""
    total: float = 480.0
    """For a whole streamed answer; SageMaker itself ends a stream after 8 minutes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    text: str
    finish: FinishEvent


class FalconClient:
    """Asks one endpoint. Safe to share between threads.

    Raises a FalconError for everything that can go wrong; str(error) says what
    happened and what to do.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        model: FalconModel = DEFAULT_MODEL,
        timeouts: Timeouts = Timeouts(),
    ) -> None:
        self.endpoint = endpoint
        self.model = model
        self._timeouts = timeouts
        self._runtime = _runtime_client(endpoint, timeouts)

    def stream(
        self,
        turns: str | Sequence[Turn],
        parameters: GenerationParameters = GenerationParameters(),
    ) -> GenerationStream:
        """Return the answer to the last of `turns` as a stream; nothing is sent yet."""
        turns = _as_turns(turns)
        request = Request()
        prompts = [self.fit(turns, parameters)]
        return GenerationStream(
            self._events(turns, parameters, request, prompts),
            prompts=prompts,
            stop=(*self.model.template.stop, *parameters.stop),
            abort=request.abort,
        )

    def generate(
        self,
        turns: str | Sequence[Turn],
        parameters: GenerationParameters = GenerationParameters(),
    ) -> Answer:
        """Return the whole answer to the last of `turns`.

        SageMaker allows 60 seconds for it; a stream may take 8 minutes.
        """
        turns = _as_turns(turns)
        prompt = self.fit(turns, parameters)
        try:
            finish = self._invoke(prompt, parameters)
        except InvalidInputError as error:
            refitted = self._refit(prompt, error, turns, parameters)
            finish = self._invoke(refitted, parameters)
        trimmer = StopTrimmer((*self.model.template.stop, *parameters.stop))
        text = trimmer.decode(finish.generated_text or "") + trimmer.flush()
        return Answer(text.strip(), finish)

    def fit(
        self, turns: Sequence[Turn], parameters: GenerationParameters
    ) -> FittedPrompt:
        """Return the prompt that would be sent and what it leaves out."""
        return self._fit(self.model.window, turns, parameters)

    def _events(
        self,
        turns: Sequence[Turn],
        parameters: GenerationParameters,
        request: Request,
        prompts: list[FittedPrompt],
    ) -> Generator[Event]:
        try:
            yield from self._ask(prompts[-1], parameters, request)
        except InvalidInputError as error:
            prompts.append(self._refit(prompts[-1], error, turns, parameters))
            yield from self._ask(prompts[-1], parameters, request)

    def _ask(
        self, prompt: FittedPrompt, parameters: GenerationParameters, request: Request
    ) -> Iterator[Event]:
        decoder = tgi.StreamDecoder()
        for chunk in self._read(self._encode(prompt, parameters, stream=True), request):
            yield from decoder.decode(chunk)
        yield from decoder.flush()

    def _invoke(
        self, prompt: FittedPrompt, parameters: GenerationParameters
    ) -> FinishEvent:
        with self._errors("sagemaker:InvokeEndpoint"):
            response = self._runtime.invoke_endpoint(
                EndpointName=self.endpoint.name,
                ContentType="application/json",
                Body=self._encode(prompt, parameters, stream=False),
            )
            return tgi.decode_answer(response["Body"].read())

    def _refit(
        self,
        refused: FittedPrompt,
        error: InvalidInputError,
        turns: Sequence[Turn],
        parameters: GenerationParameters,
    ) -> FittedPrompt:
        """Return a shorter prompt once the endpoint has counted the refused one."""
        if error.input_tokens is None:
            raise error
        window = self.model.window.corrected(refused, input_tokens=error.input_tokens)
        return self._fit(window, turns, parameters)

    def _fit(
        self,
        window: ContextWindow,
        turns: Sequence[Turn],
        parameters: GenerationParameters,
    ) -> FittedPrompt:
        return window.fit(
            turns,
            template=self.model.template,
            max_new_tokens=parameters.max_new_tokens,
        )

    def _encode(
        self, prompt: FittedPrompt, parameters: GenerationParameters, *, stream: bool
    ) -> bytes:
        # The template's stop sequences come last: what is over the container's limit
        # need not be sent, since GenerationStream watches for all of them.
        stop = (*parameters.stop, *self.model.template.stop)[:MAX_STOP_SEQUENCES]
        parameters = replace(
            parameters, max_new_tokens=prompt.max_new_tokens, stop=stop
        )
        return tgi.encode_request(prompt.text, parameters, stream=stream)

    def _errors(self, action: str) -> AbstractContextManager[None]:
        return translate_errors(
            endpoint=self.endpoint.name, action=action, refusal=tgi.translate_refusal
        )

    def _read(self, body: bytes, request: Request) -> Iterator[bytes]:
        """Send `body` and yield the answer's bytes as they come."""
        deadline = time.monotonic() + self._timeouts.total
        with self._errors("sagemaker:InvokeEndpointWithResponseStream"):
            with request.tracked():
                response = self._runtime.invoke_endpoint_with_response_stream(
                    EndpointName=self.endpoint.name,
                    ContentType="application/json",
                    Body=body,
                )
            stream = response["Body"]
            try:
                for part in stream:
                    yield part.get("PayloadPart", {}).get("Bytes", b"")
                    if time.monotonic() > deadline:
                        raise EndpointTimeoutError(
                            f"It took longer than {self._timeouts.total:.0f} seconds."
                        )
            finally:
                # Unless it is closed, the endpoint goes on generating.
                request.release()
                stream.close()


def _as_turns(turns: str | Sequence[Turn]) -> Sequence[Turn]:
    return [Message("user", turns)] if isinstance(turns, str) else turns


def _runtime_client(endpoint: Endpoint, timeouts: Timeouts) -> Any:
    # boto3 makes the client's class at run time: there is no type to name.
    config = Config(
        connect_timeout=timeouts.connect,
        read_timeout=timeouts.read,
        # botocore repeats a read timeout: one question became three generations.
        retries={"total_max_attempts": 1},
        max_pool_connections=64,
        # An endpoint on this machine has no account to sign for.
        signature_version=UNSIGNED if endpoint.url else None,
    )
    try:
        session = boto3.Session(
            profile_name=endpoint.profile, region_name=endpoint.region
        )
        client = session.client(
            "sagemaker-runtime", endpoint_url=endpoint.url, config=config
        )
    except BotoCoreError as error:
        raise translate_transport_error(error, endpoint=endpoint.name) from error
    track_connections(client)
    return client
