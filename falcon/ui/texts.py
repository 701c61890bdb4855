"""The page's longer texts, whole sentences with named places to fill in.

Marked for the catalogues, said where they are used; short labels stand there.
"""

from __future__ import annotations

from types import MappingProxyType

from falcon.ui.language import mark

WELCOME = mark("Ask a Falcon something.")
STARTERS = (
    mark("Building a website can be done in 10 simple steps"),
    mark("Guide me how to travel from New York to LA."),
    mark("What does an endpoint cost?"),
    mark("What does temperature do?"),
    mark("팔콘이 뭐예요?"),
)

# What is answering.
SMALL_LOCAL_MODEL = mark(
    "A small Falcon network on this machine ({millions:.1f} M parameters): it knows a "
    "few hundred answers"
)
LOCAL_MODEL = mark("{name} on this machine")
NO_LOCAL_MODEL = mark("No Falcon on this machine: {reason}")
LOCAL_MODEL_COMES = mark("The Falcon on this machine is starting…")
SAGEMAKER_ENDPOINT = mark("Endpoint {name} in {region}")

ENGLISH_AND_FRENCH = mark("English and French")
ENGLISH_AND_EUROPEAN = mark("English, and less on German, Spanish, French and others")
LANGUAGES_OF_FALCON_3 = mark("English, French, Spanish and Portuguese")
NOT_IN_KOREAN = mark(
    "{model} was trained mostly on {languages}: it may understand Korean poorly, and "
    "answers best to questions in English."
)

# About one answer.
STOPPED = mark("Stopped.")
CUT = mark("The answer was cut here.")
REACHED_LENGTH = mark("Reached max_new_tokens; a larger value gives longer answers.")
LEFT_OUT = mark(
    "The {count} oldest messages no longer fit the model and were left out."
)
WAITING = mark("Waiting for the first token…")
WAITING_LONG = mark("Waiting for the first token… {time}")
WAITING_FOR = mark("{reason} {time} so far.")
NOT_SENT = mark("Not sent, as this container has no such parameter: {names}.")
BUSY = mark(
    "One answer at a time: your question waits in the box below until you send it."
)
REFUSAL_ENDS_IN = mark("You can send it in {seconds} s.")
REFUSAL_ENDS_BY_ITSELF = mark("This message goes as soon as you can send it.")
BUSY_ANSWER = mark("One answer at a time: wait for this one, or stop it first.")
BUSY_EDIT = mark(
    "One answer at a time: send it when this one has ended, or stop it first."
)
ANSWER_ELSEWHERE = mark("The answer to another version is still being written.")
NO_ANSWER = mark("There is no answer to this question.")
NOT_COPIED = mark("This browser lets no page copy. Select the text instead.")
VERSION = mark("Version {number} of {count}")
MESSAGES_DELETED = mark("{count} messages deleted.")
MESSAGE_DELETED = mark("1 message deleted.")
CONTINUED = mark(
    "This answer was continued: the prompt and the figures are the last ones."
)
TEMPLATE_OF_CONTAINER = mark(
    "The messages were sent as they are and the container puts its own marks between "
    "them; here they stand with those of the model."
)
NOT_SENT_VALUE = mark("{value} (not sent: this container has no such parameter)")
GONE = mark("That conversation is not on this server any more. Here is a new one.")

# The list of conversations, and where they are kept.
NO_CONVERSATIONS = mark("Your conversations will stand here, for this browser only.")
NOTHING_FOUND = mark("No conversation holds these words.")
NO_TITLE = mark("Untitled")
CONVERSATION_MENU = mark("Rename, pin or delete: {title}")
CONVERSATION_NAME = mark("Name of the conversation")
CONVERSATION_NAME_KEEP = mark("Keep the name; Enter does the same")
DELETED = mark("Deleted “{title}”.")
TEMPORARY_HELP = mark("A chat that is kept in memory only and stands in no list")
TEMPORARY = mark(
    "A temporary chat: kept in memory only, in no list, and gone when the server stops."
)
SHARED_WITH_YOU = mark(
    "Somebody shared this conversation with you. What you ask here is added to it, and "
    "they see it."
)
NOT_SAVED = mark("Not saved: {problem}")
NOT_ON_DISK = mark(
    "Conversations are kept in memory only and are gone when the server stops: "
    "{problem}"
)
OWNER_NOT_KEPT = mark(
    "This browser keeps nothing for this page: the list is empty again after a "
    "reload. A conversation's own address goes on working."
)

# Attached documents.
READING_FILE = mark("Reading {name}…")
TOO_MANY_FILES = mark("{name} was not attached: {most} files go with one question.")
BUSY_WITH_FILES = mark(
    "One answer at a time: your question and its documents wait below until you send "
    "them."
)
QUESTION_ABOUT_DOCUMENT = mark("Summarize this.")
PAGES = mark("{count} pages")
DETACH = mark("Take {name} out")
PART_FITS = mark(
    "**Too long for this model:** about {fitting} of {whole} tokens fit beside your "
    "question."
)
ALL_FITS = mark("All of it fits this model.")
PAGES_FIT = mark("{fitting} of {whole} pages of {name} fit.")
SHARE_FITS = mark("The first {share} % of {name} fit.")
NOTHING_FITS = mark(
    "**Too long for this model:** nothing of it fits beside the system prompt, your "
    "question and the answer. Shorten one of them, or choose a lower max_new_tokens."
)
RECALLED = mark(
    "**{names} no longer fits beside this conversation:** the model would answer "
    "without it."
)
YOUR_QUESTION = mark("Your question: {question}")

# Export and import.
TRAINING_HELP = mark(
    "For fine-tuning: each question with its complete answer, a line a chat"
)
TRAINING_LEFT_OUT = mark(
    "Conversations in the JSONL file: {conversations}, answered questions: {pairs}. "
    "Left out: messages without a complete answer or rated as bad: {left_out}, "
    "conversations without any answer: {empty}."
)
TOO_MANY_FOR_JSON = mark(
    "One JSON file cannot hold all of these: export conversations one by one."
)
IMPORTED = mark("Conversations imported: {count}.")
IMPORTED_NOTHING = mark("There is no conversation in this file.")
IMPORT_HELP = mark("A JSON file that was exported here or on another Falcon Chat")

# Under the small model's "I do not know".
UNKNOWN_ANSWERS = (
    "I am a small Falcon network made for trying this application",
    "저는 이 애플리케이션을 써 보기 위해 만든 작은 팔콘 신경망",
)
BIGGER_MODEL = mark(
    "The small network only shows how this application works. A real Falcon fits on "
    "most laptops. Stop the page and start it like this:"
)
BIGGER_MODEL_COMMAND = "make run MODEL=tiiuae/Falcon3-1B-Instruct-GGUF"
BIGGER_MODEL_NEEDS = mark(
    "The first start downloads about 1 GB from Hugging Face and keeps it. The model "
    "needs about 2 GB of free memory and answers in a few words a second or faster, "
    "depending on the processor."
)
CONNECT = mark(
    "Name a SageMaker endpoint that serves a Falcon. It is asked with the AWS "
    "credentials of this machine; nothing is stored."
)
NO_ENDPOINT_NAME = mark("Write the endpoint's name.")

# Endpoints of the account.
ASKING_AWS = mark("Asking AWS…")
NO_ENDPOINTS = mark("This account has no endpoints in {region}.")
ENDPOINTS_IN = mark("Endpoints in {region}")
CHOOSE_ENDPOINT = mark("Choose one")
NOT_SERVING = mark("These are not in service:")
MORE_ENDPOINTS = mark("and {count} more.")
NEWEST_ENDPOINTS = mark(
    "These are the newest {count}; an older one can be named in the form."
)
OURS_UNUSED = mark(
    "Falcon Chat deployed {name}, and nobody asked it anything for an hour. This "
    "command removes it and ends its cost:"
)
UNUSED = mark(
    "Nobody asked it anything for an hour. This command removes it and ends its cost:"
)
NOT_KNOWN = mark("not known")
AGO = mark("{time} ago")
PER_HOUR = mark("${price:.3f} an hour")
ABOUT = mark("about ${cost:,.2f}")
PRICED = mark(
    "List price of {month}, without discounts or taxes. The cost so far is what it "
    "comes to if the endpoint always had its present size."
)
SINCE = mark("{meaning} For {time} now.")
STARTING_SO_FAR = mark("{time} so far; 5 to 15 min are usual")
STARTING_LONG = mark("{time} so far, which is longer than usual")

CONTAINER_HELP = mark(
    "The software that serves the model, which decides how it is asked. SageMaker "
    "tells it if these credentials may describe the endpoint."
)

# Sharing.
SHARE_ELSEWHERE = mark(
    "Only this computer can open this page. To share it, run Falcon Chat in a "
    "SageMaker Studio space: the page then has an address that your team can open."
)
SHARE_BY_SSH = mark("Somebody with SSH access to this computer can also reach it by")
SHARE_ADDRESS_UNKNOWN = mark(
    "Put this after the host name in the browser's address, last slash too:"
)
SHARE_ADDRESS = mark("The last slash is part of the address.")

# Parameters: one line each.
SAMPLING_OFF = mark("Sampling is off: these four have no effect.")
MISSING_PARAMETERS = mark("The container {container} does not have: {names}.")
RESET_ALL_HELP = mark(
    "Back to the defaults: those of this page's settings, and else those of the "
    "endpoint's container."
)
NO_SEED = mark("A seed is a whole number from 0 to 18446744073709551615.")

# Presets.
NO_PRESET = mark("Set by hand.")
OWN_PRESET = mark("Your own preset.")
PRESET_HELP = mark(
    "A set of parameters with a name. The one shown makes just what is set below."
)
OWN_PRESETS = mark("Your presets are kept on this server, for this browser only.")
OWN_PRESETS_OF_SESSION = mark(
    "This browser keeps nothing for this page: your presets are gone when it is "
    "reloaded or closed. Export them to keep them."
)
OWN_PRESETS_NOT_KEPT = mark(
    "Some of your presets could not be saved and are gone when this page is reloaded "
    "or closed: export them, or save them again."
)
OWN_PRESETS_IN_MEMORY = mark(
    "Your presets are kept in memory only and are gone when the server stops: export "
    "them to keep them."
)
OWN_PRESETS_HELP = mark(
    "Save what is set as a preset; export, import and delete your own"
)

# The context meter, under the question box.
CONTEXT = mark("{used} tokens used · {reserved} for the answer · {free} free")
CONTEXT_ABOUT = mark(
    "about {used} tokens used · {reserved} for the answer · {free} free"
)
CONTEXT_DROPPED = mark("the {count} oldest messages no longer fit")
CONTEXT_HELP = mark("Of what the model can read at once")
CONTEXT_FULL = mark("The system prompt leaves no room for a question: shorten it.")

# Comparing.
COMPARE_HELP = mark(
    "The same question to two to four columns, each with its own settings"
)
COMPARE_QUESTION = mark("Ask all columns…")
COMPARE_BUSY = mark(
    "The columns are still answering: your question waits in the box below until you "
    "send it."
)
COMPARE_FULL = mark("This comparison has its {most} questions. Start a new one.")
COMPARE_GONE = mark(
    "That comparison is not on this server any more. Here is a new one."
)
COMPARE_WELCOME = mark(
    "Every column begins with the settings of the sidebar. Change what is to differ, "
    "then ask: all columns answer at the same time."
)
COMPARE_ADD_HELP = mark(
    "Another column with the settings of the last one; four at most"
)
COMPARE_LEVEL_HELP = mark("All columns get the settings of column {column}")
COMPARE_AGAIN_HELP = mark(
    "The last question once more, with the settings as they are now and in place of "
    "the last one"
)
COMPARE_HERE = mark("This machine")
COMPARE_OTHERS_SET = mark("Also set: {names}.")
COMPARE_NOT_ASKED = mark("{column} was not there yet.")
COMPARE_CONTINUE_HELP = mark(
    "Opens a copy of this column's conversation in the chat, with its settings"
)
COMPARE_FIRST_TOKEN = mark("{value} to the first token")
COMPARE_FASTEST = mark("{value}, the fastest")
COMPARE_TOKENS = mark("{value} tokens")
COMPARE_ENDED = mark("complete")
COMPARE_STOP_SEQUENCE = mark("stop sequence")
COMPARE_LENGTH = mark("reached max_new_tokens")
COMPARE_STOPPED = mark("stopped")
COMPARE_CUT = mark("interrupted")
COMPARE_TABLE_NOTE = mark(
    "~ is counted here and not by the endpoint. Columns that ask the same endpoint "
    "share its speed."
)
COMPARE_IN_MEMORY = mark(
    "Comparisons are kept in memory only and are gone when the server stops: {problem}"
)
COMPARE_EARLIER_HELP = mark("Your earlier comparisons, to open or delete")
COMPARE_NO_EARLIER = mark(
    "Your comparisons will stand here, for this browser only, as soon as you asked "
    "something."
)
COMPARE_OWNER_NOT_KEPT = mark(
    "This browser keeps nothing for this page: the list is empty again after a "
    "reload. A comparison's own address goes on working."
)
COMPARE_DELETE = mark("Delete the comparison “{title}”")
COMPARE_DELETED = mark("Deleted the comparison “{title}”.")
COMPARE_MARKDOWN_HELP = mark("The table and all answers, for people")
COMPARE_JSON_HELP = mark("All answers with their settings and figures, for programs")

# The request as code.
CODE_QUESTION = mark("Question")
CODE_HELP = mark("The request as Python, AWS CLI and curl")
CODE_QUESTION_HELP = mark(
    "What the code asks, after the conversation so far. Empty: the last question."
)
CODE_INTRODUCTION = mark(
    "The request as this page would send it, streamed where the container can. No "
    "credentials are in it: they are found where AWS's tools look for them."
)
CODE_NO_CONTAINER = mark(
    "The container behind {name} is not known yet. Choose it under “Change endpoint”, "
    "or allow these credentials to describe the endpoint."
)
CODE_NO_ENDPOINT = mark("The Falcon on this machine is not ready.")
SYSTEM_PROMPT_HELP = mark(
    "Said to the model before every question: who it is, how to answer."
)
PARAMETER_HELP: MappingProxyType[str, str] = MappingProxyType(
    {
        "max_new_tokens": mark(
            "The longest answer, in tokens. A token is about 4 letters."
        ),
        "truncate": mark(
            "The model reads only this many of the last tokens of what is "
            "sent. Empty: all of them."
        ),
        "do_sample": mark(
            "On draws each token at random, off always takes the likeliest. "
            "Default: on as soon as temperature, top_p, top_k or typical_p is set."
        ),
        "temperature": mark("Below 1 it keeps to likely words, above 1 it dares more."),
        "top_p": mark(
            "Draws from the likeliest tokens that together reach this share."
        ),
        "top_k": mark(
            "Draws from this many of the likeliest tokens; 0 means from all."
        ),
        "typical_p": mark("Leaves out tokens far from typical; 1 leaves out none."),
        "repetition_penalty": mark(
            "Above 1, what was already said becomes less likely."
        ),
        "frequency_penalty": mark(
            "Above 0, each repetition makes a token less likely."
        ),
        "stop": mark(
            "The answer ends where one of these texts appears. Four at most; "
            r"\\n stands for a line break."
        ),
        "seed": mark(
            "The same seed and question give the same answer. Empty: a new one."
        ),
        "watermark": mark(
            "On makes the model's choice of words one that a detector can "
            "tell from a person's."
        ),
    }
)
