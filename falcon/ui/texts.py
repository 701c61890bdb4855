"""The page's longer texts, whole sentences with named places to fill in.

Gathered so that a catalogue can translate them; short labels stand where they are
used. Knows nothing of the page.
"""

from __future__ import annotations

from types import MappingProxyType

from falcon.parameters import ParameterName

WELCOME = "Ask a Falcon something."
STARTERS = (
    "Building a website can be done in 10 simple steps",
    "Guide me how to travel from New York to LA.",
    "What does an endpoint cost?",
    "What does temperature do?",
    "팔콘이 뭐예요?",
)

# What is answering.
SMALL_LOCAL_MODEL = (
    "A small Falcon network on this machine ({millions:.1f} M parameters): it knows a "
    "few hundred answers"
)
LOCAL_MODEL = "{name} on this machine"
NO_LOCAL_MODEL = "No Falcon on this machine: {reason}"
LOCAL_MODEL_COMES = "The Falcon on this machine is starting…"
SAGEMAKER_ENDPOINT = "Endpoint {name} in {region}"

# About one answer.
STOPPED = "Stopped."
CUT = "The answer was cut here."
REACHED_LENGTH = "Reached max_new_tokens; a larger value gives longer answers."
LEFT_OUT = "The {count} oldest messages no longer fit the model and were left out."
WAITING = "Waiting for the first token…"
WAITING_LONG = "Waiting for the first token… {seconds} s"
WAITING_FOR = "{reason} {time} so far."
NOT_SENT = "Not sent, as this container has no such parameter: {names}."
BUSY = "One answer at a time: your question waits in the box below until you send it."
NO_ANSWER = "There is no answer to this question."
GONE = "That conversation is not on this server any more. Here is a new one."

# Under the small model's "I do not know".
UNKNOWN_ANSWERS = (
    "I am a small Falcon network made for trying this application",
    "저는 이 애플리케이션을 써 보기 위해 만든 작은 팔콘 신경망",
)
BIGGER_MODEL = (
    "The small network only shows how this application works. A real Falcon fits on "
    "most laptops. Stop the page and start it like this:"
)
BIGGER_MODEL_COMMAND = "make run MODEL=tiiuae/Falcon3-1B-Instruct-GGUF"
BIGGER_MODEL_NEEDS = (
    "The first start downloads about 1 GB from Hugging Face and keeps it. The model "
    "needs about 2 GB of free memory and answers in a few words a second or faster, "
    "depending on the processor."
)
CONNECT = (
    "Name a SageMaker endpoint that serves a Falcon. It is asked with the AWS "
    "credentials of this machine; nothing is stored."
)

CONTAINER_HELP = (
    "The software that serves the model, which decides how it is asked. SageMaker "
    "tells it if these credentials may describe the endpoint."
)

# Sharing.
SHARE_ELSEWHERE = (
    "Only this computer can open this page. To share it, run Falcon Chat in a "
    "SageMaker Studio space: the page then has an address that your team can open."
)
SHARE_BY_SSH = "Somebody with SSH access to this computer can also reach it by"
SHARE_ADDRESS_UNKNOWN = (
    "Put this after the host name in the browser's address, last slash too:"
)
SHARE_ADDRESS = "The last slash is part of the address."

# Parameters: one line each.
SAMPLING_HELP = (
    "On draws each token at random, off always takes the likeliest. Default: on as "
    "soon as temperature, top_p, top_k or typical_p is set."
)
SAMPLING_OFF = "Sampling is off: these four have no effect."
STOP_HELP = "The answer ends where one of these texts appears. Four at most."
SYSTEM_PROMPT_HELP = (
    "Said to the model before every question: who it is, how to answer."
)
PARAMETER_HELP: MappingProxyType[ParameterName, str] = MappingProxyType(
    {
        "max_new_tokens": "The longest answer, in tokens. A token is about 4 letters.",
        "temperature": "Below 1 it keeps to likely words, above 1 it dares more.",
        "top_p": "Draws from the likeliest tokens that together reach this share.",
        "top_k": "Draws from this many of the likeliest tokens; 0 means from all.",
        "typical_p": "Leaves out tokens far from typical; 1 leaves out none.",
        "repetition_penalty": "Above 1, what was already said becomes less likely.",
        "frequency_penalty": "Above 0, each repetition makes a token less likely.",
        "seed": "The same seed and question give the same answer. Empty: a new one.",
    }
)
