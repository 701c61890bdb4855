"""Who may ask: the key of a request, compared in constant time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from falcon.api.messages import ApiError

if TYPE_CHECKING:
    from falcon.api.messages import ApiRequest
    from falcon.api.settings import ApiSettings


def find_caller(request: ApiRequest, settings: ApiSettings) -> str:
    """Return who asks, as falcon/limits.py counts them; never a key itself.

    Raises ApiError for those who are not answered.
    """
    if not settings.keys:
        if settings.keyless == "everybody" or (
            settings.keyless == "this machine" and request.is_local
        ):
            return f"address {request.source}"
        raise ApiError(
            403,
            "keys_not_configured",
            "No API key is configured here, and so the API answers only programs on "
            "the machine that it runs on, where no proxy stands in front. Set "
            "FALCON_API_KEYS to one or more keys, separated by commas, and start "
            "again.",
        )
    digests = [sha256(key.encode()).digest() for key in settings.keys]
    found = None
    given = list(_given(request.headers))
    for key in given:
        digest = sha256(key.encode()).digest()
        # Every key is compared, and as a digest: the time tells neither which of them
        # begins like this one nor how long they are.
        for configured in digests:
            if compare_digest(digest, configured):
                found = digest
    if found is not None:
        return f"key {found.hex()[:16]}"
    raise ApiError(
        401,
        "invalid_api_key" if given else "missing_api_key",
        "This API key is not one of those configured here."
        if given
        else "Send an API key, as x-api-key or as Authorization: Bearer.",
        headers={"www-authenticate": "Bearer"},
    )


def _given(headers: Mapping[str, str]) -> Iterator[str]:
    if key := headers.get("x-api-key", "").strip():
        yield key
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        yield key.strip()
