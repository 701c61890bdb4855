"""The second look: a finished message as a streamlit-chat bubble.

Its avatars are bundled: without `logo` every bubble would ask an outside service for
one. It cannot show a growing answer.
"""

from __future__ import annotations

from base64 import b64encode

from streamlit_chat import message as chat_bubble

from falcon.conversation import Message
from falcon.ui.messages.images import without_images
from falcon.ui.shell import icon_uri

_PERSON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
    '<rect width="64" height="64" rx="32" fill="#e6d5bd"/>'
    '<circle cx="32" cy="25" r="11" fill="#7a4a1e"/>'
    '<path fill="#7a4a1e" d="M11 57c2-13 11-19 21-19s19 6 21 19z"/></svg>'
)
PERSON_URI = f"data:image/svg+xml;base64,{b64encode(_PERSON.encode()).decode()}"


def draw(message: Message) -> None:
    is_user = message.role == "user"
    chat_bubble(
        without_images(message.text),
        is_user=is_user,
        logo=PERSON_URI if is_user else icon_uri(),
        key=message.id,
    )
