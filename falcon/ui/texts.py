"""The page's longer texts, whole sentences with named places to fill in.

Gathered so that a catalogue can translate them; short labels stand where they are
used. Knows nothing of the page.
"""

from __future__ import annotations

from types import MappingProxyType

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
BUSY_ANSWER = "One answer at a time: wait for this one, or stop it first."
BUSY_EDIT = "One answer at a time: send it when this one has ended, or stop it first."
ANSWER_ELSEWHERE = "The answer to another version is still being written."
NO_ANSWER = "There is no answer to this question."
NOT_COPIED = "This browser lets no page copy. Select the text instead."
VERSION = "Version {number} of {count}"
MESSAGES_DELETED = "{count} messages deleted."
MESSAGE_DELETED = "1 message deleted."
CONTINUED = "This answer was continued: the prompt and the figures are the last ones."
TEMPLATE_OF_CONTAINER = (
    "The messages were sent as they are and the container puts its own marks between "
    "them; here they stand with those of the model."
)
NOT_SENT_VALUE = "{value} (not sent: this container has no such parameter)"
GONE = "That conversation is not on this server any more. Here is a new one."

# The list of conversations, and where they are kept.
NO_CONVERSATIONS = "Your conversations will stand here, for this browser only."
NOTHING_FOUND = "No conversation holds these words."
NO_TITLE = "Untitled"
CONVERSATION_MENU = "Rename, pin or delete: {title}"
CONVERSATION_NAME = "Name of the conversation"
CONVERSATION_NAME_KEEP = "Keep the name; Enter does the same"
DELETED = "Deleted “{title}”."
TEMPORARY_HELP = "A chat that is kept in memory only and stands in no list"
TEMPORARY = (
    "A temporary chat: kept in memory only, in no list, and gone when the server stops."
)
SHARED_WITH_YOU = (
    "Somebody shared this conversation with you. What you ask here is added to it, and "
    "they see it."
)
NOT_SAVED = "Not saved: {problem}"
NOT_ON_DISK = (
    "Conversations are kept in memory only and are gone when the server stops: "
    "{problem}"
)
OWNER_NOT_KEPT = (
    "This browser keeps nothing for this page: the list is empty again after a "
    "reload. A conversation's own address goes on working."
)

# Attached documents.
READING_FILE = "Reading {name}…"
TOO_MANY_FILES = "{name} was not attached: {most} files go with one question."
BUSY_WITH_FILES = (
    "One answer at a time: your question and its documents wait below until you send "
    "them."
)
QUESTION_ABOUT_DOCUMENT = "Summarize this."
PAGES = "{count} pages"
DETACH = "Take {name} out"
PART_FITS = (
    "**Too long for this model:** about {fitting} of {whole} tokens fit beside your "
    "question."
)
ALL_FITS = "All of it fits this model."
PAGES_FIT = "{fitting} of {whole} pages of {name} fit."
SHARE_FITS = "The first {share} % of {name} fit."
NOTHING_FITS = (
    "**Too long for this model:** nothing of it fits beside the system prompt, your "
    "question and the answer. Shorten one of them, or choose a lower max_new_tokens."
)
RECALLED = (
    "**{names} no longer fits beside this conversation:** the model would answer "
    "without it."
)
YOUR_QUESTION = "Your question: {question}"

# Export and import.
TRAINING_HELP = "For fine-tuning: each question with its complete answer, a line a chat"
TRAINING_LEFT_OUT = (
    "Conversations in the JSONL file: {conversations}, answered questions: {pairs}. "
    "Left out: messages without a complete answer or rated as bad: {left_out}, "
    "conversations without any answer: {empty}."
)
TOO_MANY_FOR_JSON = (
    "One JSON file cannot hold all of these: export conversations one by one."
)
IMPORTED = "Conversations imported: {count}."
IMPORTED_NOTHING = "There is no conversation in this file."
IMPORT_HELP = "A JSON file that was exported here or on another Falcon Chat"

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

# Endpoints of the account.
ASKING_AWS = "Asking AWS…"
NO_ENDPOINTS = "This account has no endpoints in {region}."
ENDPOINTS_IN = "Endpoints in {region}"
CHOOSE_ENDPOINT = "Choose one"
NOT_SERVING = "These are not in service:"
MORE_ENDPOINTS = "and {count} more."
NEWEST_ENDPOINTS = (
    "These are the newest {count}; an older one can be named in the form."
)
OURS_UNUSED = (
    "Falcon Chat deployed {name}, and nobody asked it anything for an hour. This "
    "command removes it and ends its cost:"
)
UNUSED = (
    "Nobody asked it anything for an hour. This command removes it and ends its cost:"
)
NOT_KNOWN = "not known"
AGO = "{time} ago"
PER_HOUR = "${price:.3f} an hour"
ABOUT = "about ${cost:,.2f}"
PRICED = (
    "List price of {month}, without discounts or taxes. The cost so far is what it "
    "comes to if the endpoint always had its present size."
)
SINCE = "{meaning} For {time} now."
STARTING_SO_FAR = "{time} so far; 5 to 15 min are usual"
STARTING_LONG = "{time} so far, which is longer than usual"

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
SAMPLING_OFF = "Sampling is off: these four have no effect."
MISSING_PARAMETERS = "The container {container} does not have: {names}."
RESET_ALL_HELP = (
    "Back to the defaults: those of this page's settings, and else those of the "
    "endpoint's container."
)
NO_SEED = "A seed is a whole number from 0 to 18446744073709551615."

# Presets.
DEFAULTS_PRESET = "Nothing is set."
NO_PRESET = "Set by hand."
OWN_PRESET = "Your own preset."
PRESET_HELP = (
    "A set of parameters with a name. The one shown makes just what is set below."
)
OWN_PRESETS = (
    "Your presets are gone when this page is reloaded or closed: export them to keep "
    "them."
)
OWN_PRESETS_HELP = "Save what is set as a preset; export, import and delete your own"
PRESET_SAVED = "Saved as {name}."
PRESETS_IMPORTED = "Imported: {names}."
PRESET_TAKEN = "There is a built-in preset with the name {name}. Choose another."
PRESETS_FULL = "There is room for {most} presets of your own. Delete some first."

# The context meter, under the question box.
CONTEXT = "{used} tokens used · {reserved} for the answer · {free} free"
CONTEXT_ABOUT = "about {used} tokens used · {reserved} for the answer · {free} free"
CONTEXT_DROPPED = "the {count} oldest messages no longer fit"
CONTEXT_HELP = "Of what the model can read at once"
CONTEXT_FULL = "The system prompt leaves no room for a question: shorten it."

# Comparing.
COMPARE_HELP = "The same question to two to four columns, each with its own settings"
COMPARE_QUESTION = "Ask all columns…"
COMPARE_BUSY = (
    "The columns are still answering: your question waits in the box below until you "
    "send it."
)
COMPARE_FULL = "This comparison has its {most} questions. Start a new one."
COMPARE_GONE = "That comparison is not on this server any more. Here is a new one."
COMPARE_WELCOME = (
    "Every column begins with the settings of the sidebar. Change what is to differ, "
    "then ask: all columns answer at the same time."
)
COMPARE_ADD_HELP = "Another column with the settings of the last one; four at most"
COMPARE_LEVEL_HELP = "All columns get the settings of column {column}"
COMPARE_AGAIN_HELP = (
    "The last question once more, with the settings as they are now and in place of "
    "the last one"
)
COMPARE_HERE = "This machine"
COMPARE_OTHERS_SET = "Also set: {names}."
COMPARE_NOT_ASKED = "{column} was not there yet."
COMPARE_CONTINUE_HELP = (
    "Opens a copy of this column's conversation in the chat, with its settings"
)
COMPARE_FIRST_TOKEN = "{value} to the first token"
COMPARE_FASTEST = "{value}, the fastest"
COMPARE_TOKENS = "{value} tokens"
COMPARE_ENDED = "complete"
COMPARE_STOP_SEQUENCE = "stop sequence"
COMPARE_LENGTH = "reached max_new_tokens"
COMPARE_STOPPED = "stopped"
COMPARE_CUT = "cut"
COMPARE_TABLE_NOTE = (
    "~ is counted here and not by the endpoint. Columns that ask the same endpoint "
    "share its speed. Kept in this server's memory only: save what you want to keep."
)
COMPARE_MARKDOWN_HELP = "The table and all answers, for people"
COMPARE_JSON_HELP = "All answers with their settings and figures, for programs"

# The request as code.
CODE_QUESTION = "Question"
CODE_HELP = "The request as Python, AWS CLI and curl"
CODE_QUESTION_HELP = (
    "What the code asks, after the conversation so far. Empty: the last question."
)
CODE_INTRODUCTION = (
    "The request as this page would send it, streamed where the container can. No "
    "credentials are in it: they are found where AWS's tools look for them."
)
CODE_NO_CONTAINER = (
    "The container behind {name} is not known yet. Choose it under “Change endpoint”, "
    "or allow these credentials to describe the endpoint."
)
CODE_NO_ENDPOINT = "The Falcon on this machine is not ready."
SYSTEM_PROMPT_HELP = (
    "Said to the model before every question: who it is, how to answer."
)
PARAMETER_HELP: MappingProxyType[str, str] = MappingProxyType(
    {
        "max_new_tokens": "The longest answer, in tokens. A token is about 4 letters.",
        "truncate": "The model reads only this many of the last tokens of what is "
        "sent. Empty: all of them.",
        "do_sample": "On draws each token at random, off always takes the likeliest. "
        "Default: on as soon as temperature, top_p, top_k or typical_p is set.",
        "temperature": "Below 1 it keeps to likely words, above 1 it dares more.",
        "top_p": "Draws from the likeliest tokens that together reach this share.",
        "top_k": "Draws from this many of the likeliest tokens; 0 means from all.",
        "typical_p": "Leaves out tokens far from typical; 1 leaves out none.",
        "repetition_penalty": "Above 1, what was already said becomes less likely.",
        "frequency_penalty": "Above 0, each repetition makes a token less likely.",
        "stop": "The answer ends where one of these texts appears. Four at most; "
        r"\\n stands for a line break.",
        "seed": "The same seed and question give the same answer. Empty: a new one.",
        "watermark": "On makes the model's choice of words one that a detector can "
        "tell from a person's.",
    }
)
