from __future__ import annotations

import json

import pytest

from falcon.containers.refusals import translate_refusal
from falcon.errors import (
    ConfigurationError,
    FalconError,
    GenerationError,
    IncompleteGenerationError,
    InvalidInputError,
    OverloadedError,
)


def tgi(message: str, kind: str = "validation") -> str:
    return json.dumps({"error": message, "error_type": kind})


def vllm(message: str, code: int = 400, kind: str = "BadRequestError") -> str:
    return json.dumps({"error": {"message": message, "type": kind, "code": code}})


@pytest.mark.parametrize(
    ("body", "lengths"),
    [
        pytest.param(
            tgi(
                "Input validation error: `inputs` must have less than 1024 tokens. "
                "Given: 1100"
            ),
            (1100, 1024, None),
            id="TGI, the prompt",
        ),
        pytest.param(
            tgi(
                "Input validation error: `inputs` tokens + `max_new_tokens` must be <= "
                "2048. Given: 1900 `inputs` tokens and 256 `max_new_tokens`"
            ),
            (1900, None, 2048),
            id="TGI, both",
        ),
        pytest.param(
            vllm(
                "This model's maximum context length is 2048 tokens. However, you "
                "requested 2100 tokens (1844 in the messages, 256 in the completion). "
                "Please reduce the length of the messages or completion."
            ),
            (1844, None, 2048),
            id="vLLM, messages and completion",
        ),
        pytest.param(
            vllm(
                "This model's maximum context length is 2048 tokens. However, you "
                "requested 2100 tokens in the messages, Please reduce the length of "
                "the messages."
            ),
            (2100, None, 2048),
            id="vLLM, messages alone",
        ),
        pytest.param(
            vllm(
                "'max_tokens' or 'max_completion_tokens' is too large: 256. This "
                "model's maximum context length is 2048 tokens and your request has "
                "1844 input tokens (256 > 2048 - 1844)."
            ),
            (1844, None, 2048),
            id="vLLM, max_tokens",
        ),
        pytest.param(
            vllm(
                "This model's maximum context length is 2048 tokens. However, your "
                "request has 2100 input tokens. Please reduce the length of the input "
                "messages."
            ),
            (2100, None, 2048),
            id="vLLM, input",
        ),
        pytest.param(
            vllm(
                "This model's maximum context length is 2048 tokens. However, you "
                "requested 256 output tokens and your prompt contains at least 1793 "
                "input tokens, for a total of at least 2049 tokens."
            ),
            (None, None, 2048),
            id="vLLM, stopped counting",
        ),
        pytest.param(
            vllm(
                "This model's maximum context length is 2048 tokens. However, you "
                "requested 256 output tokens and your prompt contains 1793 input "
                "tokens, for a total of 2049 tokens."
            ),
            (1793, None, 2048),
            id="vLLM, counted",
        ),
        pytest.param(
            vllm(
                "You passed 1793 input tokens and requested 256 output tokens. However,"
                " the model's context length is only 2048 tokens, resulting in a "
                "maximum input length of 1792 tokens."
            ),
            (None, None, 2048),
            id="vLLM, stopped counting without saying so",
        ),
        pytest.param(
            vllm(
                "The decoder prompt (length 2100) is longer than the maximum model "
                "length of 2048. Make sure that `max_model_len` is no smaller than the "
                "number of text tokens."
            ),
            (2100, None, 2048),
            id="vLLM, the engine",
        ),
        pytest.param(
            vllm(
                "The decoder prompt (length 2048) plus the number of requested output "
                "tokens (at least 1) is longer than the maximum model length of 2048."
            ),
            (2048, None, 2048),
            id="vLLM, the engine, full",
        ),
        pytest.param(
            vllm("max_tokens=4096 cannot be greater than max_model_len=2048."),
            (None, None, 2048),
            id="vLLM, max_tokens alone",
        ),
        pytest.param(
            json.dumps(
                {
                    "error": {
                        "code": 400,
                        "message": "the request exceeds the available context size. "
                        "try increasing the context size or enable context shift",
                        "type": "exceed_context_size_error",
                        "n_prompt_tokens": 9412,
                        "n_ctx": 8192,
                    }
                }
            ),
            (9412, None, 8192),
            id="llama.cpp",
        ),
        pytest.param(
            vllm(
                "request (9412 tokens) exceeds the available context size (8192 "
                "tokens), try increasing it"
            ),
            (9412, None, 8192),
            id="llama.cpp, words alone",
        ),
        pytest.param(
            json.dumps(
                {
                    "code": 424,
                    "message": "prediction failure",
                    "error": "Input length of input_ids is 900, but `max_length` is "
                    "set to 500.",
                }
            ),
            (900, None, None),
            id="a handler around transformers",
        ),
        pytest.param(
            'Received client error (400) from primary with message "{\\"code\\": 400, '
            '\\"error\\": \\"This model\'s maximum context length is 2048 tokens.',
            (None, None, 2048),
            id="words that are cut",
        ),
    ],
)
@pytest.mark.parametrize("status", [400, 422, 424])
def test_a_prompt_that_is_too_long_is_told_with_its_lengths(
    body: str, lengths: tuple[int | None, ...], status: int
) -> None:
    error = translate_refusal(status, body)

    assert isinstance(error, InvalidInputError)
    assert lengths == (
        error.input_tokens,
        error.max_input_tokens,
        error.max_total_tokens,
    )
    assert str(error).startswith("The conversation is too long for the model")
    for length in filter(None, lengths):
        assert str(length) in str(error)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (422, tgi("`top_p` must be > 0.0 and < 1.0"), InvalidInputError),
        (429, tgi("Model is overloaded", "overloaded"), OverloadedError),
        (424, tgi("Request failed during generation", "generation"), GenerationError),
        (500, tgi("cut", "incomplete_generation"), IncompleteGenerationError),
        (500, tgi("", "unheard_of"), GenerationError),
        (422, tgi("Template error: none", "template_error"), ConfigurationError),
        (400, vllm("temperature must be non-negative"), InvalidInputError),
        (400, vllm("you must provide a chat template"), ConfigurationError),
        (404, vllm("The model `x` does not exist.", 404), GenerationError),
        (503, vllm("busy", 503), OverloadedError),
        (400, '{"object": "error", "message": "no", "code": 400}', InvalidInputError),
        (424, '{"code": 424, "error": "Input parsing failed: x"}', InvalidInputError),
        (424, '{"code": 424, "message": "failure"}', GenerationError),
        (424, '{"code": 429, "error": "busy"}', OverloadedError),
        (500, "Bad Gateway", GenerationError),
        (400, "Bad Request", InvalidInputError),
        (413, "<html>Too large</html>", InvalidInputError),
        (422, "[]", InvalidInputError),
        (429, "", OverloadedError),
        (503, "null", OverloadedError),
        (530, "{}", GenerationError),
        (500, "[" * 200_000, GenerationError),
        (500, '{"error": {"message": 1, "code": "x"}}', GenerationError),
    ],
)
def test_a_refusal_goes_by_its_words_and_else_by_its_status(
    status: int, body: str, expected: type[FalconError]
) -> None:
    assert type(translate_refusal(status, body)) is expected


def test_what_is_wrong_with_a_request_is_said_in_the_containers_words() -> None:
    error = translate_refusal(
        422, tgi("Input validation error: `temperature` must be strictly positive")
    )

    assert str(error) == (
        "The model refused the request: `temperature` must be strictly positive"
    )


@pytest.mark.parametrize("status", [403, 404, 424, 500, 503, 530])
def test_other_words_of_a_container_are_not_shown(status: int) -> None:
    secret = "CUDA error at 0x7f3a in /opt/djl/model.py"

    for body in (secret, tgi(secret, "generation"), vllm(secret, status, "Error")):
        assert "0x7f3a" not in str(translate_refusal(status, body))


def test_a_page_of_a_gateway_is_not_shown() -> None:
    assert "<" not in str(translate_refusal(413, "<html>nginx</html>"))


def test_long_words_are_shortened() -> None:
    assert len(str(translate_refusal(400, vllm("a\n " * 10_000)))) < 400
