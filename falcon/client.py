"""FalconClient: asks a Falcon endpoint on SageMaker Runtime.

Puts the parts together: the conversation becomes a prompt that fits, the container's
wire format turns it into a request and the answer's bytes into events, every foreign
error becomes one of falcon/errors.py, and falcon/retries.py says when to ask again. It
keeps no state between questions but what it has learned of the endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from falcon.connection import Request
from falcon.containers import Container, ContainerName, find_container
from falcon.context_window import ContextWindow, FittedPrompt
from falcon.conversation import Message
from falcon.endpoints import read_container
from falcon.errors import FalconError, InvalidInputError
from falcon.events import Event, FinishEvent, TokenEvent, WaitEvent
from falcon.models import DEFAULT_MODEL, FalconModel
from falcon.parameters import MAX_STOP_SEQUENCES, GenerationParameters
from falcon.prompt import Turn
from falcon.retries import PROCESS_BUDGET, Retries, RetryBudget, RetryPolicy
from falcon.runtime import Runtime, Timeouts
from falcon.starting import StartingCheck
from falcon.stop_sequences import StopTrimmer
from falcon.stream import GenerationStream, Sent
from falcon.text import Text, text
from falcon.tokenizer import token_counter

if TYPE_CHECKING:
    from falcon.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    text: str
    finish: FinishEvent
    unsupported: tuple[str, ...] = ()
    """The parameters that were set and that this container does not have."""


@dataclass(frozen=True, slots=True)
class _Question:
    turns: Sequence[Turn]
    parameters: GenerationParameters
    sent: Sent


class FalconClient:
    """Asks one endpoint. Safe to share between threads.

    Raises a FalconError for everything that can go wrong; str(error) says what
    happened and what to do. A busy endpoint is asked again a few times and one that is
    starting until it has started; once an answer has begun, it is asked for no more.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        container: ContainerName | None = None,
        model: FalconModel = DEFAULT_MODEL,
        timeouts: Timeouts = Timeouts(),
        retries: RetryPolicy = RetryPolicy(),
        budget: RetryBudget = PROCESS_BUDGET,
    ) -> None:
        """`container` is the endpoint's wire format; None: the one SageMaker tells."""
        self.endpoint = endpoint
        self.model = model
        self._container = container
        self._retries = retries
        self._budget = budget
        self._window = model.window
        self._starting = StartingCheck(endpoint)
        self._runtime = Runtime(endpoint, timeouts)

    @property
    def container(self) -> ContainerName:
        """The endpoint's wire format; the first time, SageMaker may be asked for it."""
        if self._container is None:
            self._container = read_container(self.endpoint)
        return self._container

    @property
    def known_container(self) -> ContainerName | None:
        """`container`, if nobody need be asked for it."""
        return self._container

    @property
    def window(self) -> ContextWindow:
        """What fits the model, as far as the endpoint has told."""
        return self._window

    def stream(
        self,
        turns: str | Sequence[Turn],
        parameters: GenerationParameters = GenerationParameters(),
    ) -> GenerationStream:
        """Return the answer to the last of `turns` as a stream; nothing is sent yet.

        If the last one is an answer, the stream is what it goes on with.
        """
        question = self._question(turns, parameters)
        return GenerationStream(
            self._patiently(question, self._stream),
            sent=question.sent,
            stop=self._stop(parameters),
        )

    def generate(
        self,
        turns: str | Sequence[Turn],
        parameters: GenerationParameters = GenerationParameters(),
    ) -> Answer:
        """Return the whole answer to the last of `turns`.

        SageMaker allows 60 seconds for it; a stream may take 8 minutes.
        """
        question = self._question(turns, parameters)
        *_, finish = self._patiently(question, self._whole)
        assert isinstance(finish, FinishEvent)
        return self._answer(finish, question)

    def fit(
        self, turns: Sequence[Turn], parameters: GenerationParameters
    ) -> FittedPrompt:
        """Return the prompt that would be sent and what it leaves out."""
        return self._window.fit(
            turns,
            template=self.model.template,
            max_new_tokens=parameters.max_new_tokens,
            count=token_counter(self.model.tokenizer),
        )

    def encode(
        self,
        turns: str | Sequence[Turn],
        parameters: GenerationParameters = GenerationParameters(),
        *,
        stream: bool,
    ) -> bytes:
        """Return the request body that would be sent."""
        question = self._question(turns, parameters)
        return self._encode(question, find_container(self.container), stream=stream)

    def _question(
        self, turns: str | Sequence[Turn], parameters: GenerationParameters
    ) -> _Question:
        if isinstance(turns, str):
            turns = [Message("user", turns)]
        sent = Sent(self.fit(turns, parameters), Request())
        sent.continues = bool(turns) and turns[-1].role == "assistant"
        return _Question(turns, parameters, sent)

    def _patiently(
        self, question: _Question, ask: Callable[[_Question], Iterator[Event]]
    ) -> Generator[Event]:
        """Ask until an answer begins, for as long as asking again is sensible."""
        retries = Retries(self._retries, self._budget)
        was_refitted = False
        while True:
            events = ask(question)
            try:
                first = next(events, None)
            except InvalidInputError as error:
                if was_refitted:
                    raise
                was_refitted = True
                self._refit(question, error)
            except FalconError as error:
                if question.sent.request.aborted:
                    raise
                is_starting = self._starting.explains(error)
                pause = retries.pause(error, is_starting=is_starting)
                if pause is None:
                    raise
                reason = _reason(self.endpoint.name, is_starting=is_starting)
                yield WaitEvent(reason, retries.seconds)
                if question.sent.request.wait(pause):
                    return
            else:
                self._budget.earn()
                if first is not None:
                    yield first
                    yield from events
                return

    def _stream(self, question: _Question) -> Generator[Event]:
        container = find_container(self.container)
        if not container.STREAMS:
            yield from self._whole(question)
            return
        decoder = container.stream_decoder()
        chunks = self._runtime.stream(
            self._encode(question, container, stream=True),
            request=question.sent.request,
            refusal=container.translate_refusal,
        )
        with closing(chunks):
            for chunk in chunks:
                if events := decoder.decode(chunk):
                    self._learn(question, events[-1])
                    yield from events
        if events := decoder.flush():
            self._learn(question, events[-1])
            yield from events

    def _whole(self, question: _Question) -> Generator[Event]:
        container = find_container(self.container)
        answer = self._runtime.invoke(
            self._encode(question, container, stream=False),
            request=question.sent.request,
            refusal=container.translate_refusal,
        )
        finish = container.decode_answer(answer, prompt=question.sent.prompt)
        self._learn(question, finish)
        yield TokenEvent(finish.generated_text or "")
        yield finish

    def _encode(
        self, question: _Question, container: Container, *, stream: bool
    ) -> bytes:
        prompt, parameters = question.sent.prompt, question.parameters
        question.sent.unsupported = _unsupported(parameters, container, stream=stream)
        question.sent.container = self.container
        truncate = parameters.truncate
        parameters = replace(
            parameters,
            max_new_tokens=prompt.max_new_tokens,
            stop=self._stop(parameters)[:MAX_STOP_SEQUENCES],
            # More than fits means nothing, and is refused.
            truncate=truncate and min(truncate, self._window.max_input_tokens),
        )
        return container.encode_request(prompt, parameters, stream=stream)

    def _stop(self, parameters: GenerationParameters) -> tuple[str, ...]:
        # The template's come last: what is over the container's limit need not be
        # sent, since the answer is watched for all of them.
        return tuple(dict.fromkeys((*parameters.stop, *self.model.template.stop)))

    def _answer(self, finish: FinishEvent, question: _Question) -> Answer:
        """Return a whole answer without its stop sequence."""
        whole, prompt = finish.generated_text or "", question.sent.prompt.text
        if not (question.parameters.return_full_text and whole.startswith(prompt)):
            prompt = ""
        trimmer = StopTrimmer(self._stop(question.parameters))
        answer = trimmer.decode(whole.removeprefix(prompt)) + trimmer.flush()
        answer = prompt + answer.rstrip() if prompt else answer.strip()
        if trimmer.matched:
            finish = replace(finish, reason="stop_sequence")
        return Answer(answer, finish, question.sent.unsupported)

    def _learn(self, question: _Question, event: Event) -> None:
        """Correct the estimate of lengths by what the endpoint has counted."""
        if isinstance(event, FinishEvent) and event.input_tokens:
            self._window = self._window.learned(
                question.sent.prompt, input_tokens=event.input_tokens
            )

    def _refit(self, question: _Question, error: InvalidInputError) -> None:
        """Shorten the prompt once the endpoint has said how long it was."""
        counted = (error.input_tokens, error.max_input_tokens, error.max_total_tokens)
        if not any(counted):
            raise error
        self._window = self._window.corrected(question.sent.prompt, error)
        question.sent.prompt = self.fit(question.turns, question.parameters)


def _reason(endpoint: str, *, is_starting: bool) -> Text:
    """Return why the answer is waited for."""
    if is_starting:
        return text("The endpoint {endpoint} is starting.", endpoint=endpoint)
    return text("The endpoint {endpoint} is busy.", endpoint=endpoint)


def _unsupported(
    parameters: GenerationParameters, container: Container, *, stream: bool
) -> tuple[str, ...]:
    """Return the names of what was set and is not going to be sent.

    Stop sequences always work: the client watches for them itself.
    """
    return tuple(
        name
        for name in parameters.changed
        if name != "stop"
        and (name not in container.PARAMETERS or (name == "best_of" and stream))
    )
