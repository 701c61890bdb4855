"""Names and words that nobody has heard of."""

from __future__ import annotations

import random

_ONSETS = (
    *("b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v"),
    *("w", "z", "br", "ch", "dr", "gr", "kr", "sh", "st", "th", "tr"),
)
_VOWELS = ("a", "e", "i", "o", "a", "e", "i", "o", "u", "ai", "ea", "ie", "oo")
_ENDS = ("", "", "", "n", "r", "s", "l", "k", "m", "nd", "th", "x")
_FAMILIES: tuple[str, ...] = ("", "", *"김이박최정강조윤장임한오")
_SYLLABLES = tuple(
    "민서지우현준영수진하은도윤예채원유빈호성태경희정아라솔별재혁승훈미선나연주"
)
_KEYS = ("abcdefghijklmnopqrstuvwxyz", "asdfghjkl", "qwertyuiop", "zxcvbnm", "xzqwkj")
_KOREAN_KEYS = ("ㅁㄴㅇㄹㅂㅈㄷㄱㅋㅎㅠㅏㅣ", "뷁쉟갹뙤뭵쇍룐퓽깕둛찟콥욹벩")


def invented_name(rng: random.Random, *, korean: bool = False) -> str:
    """Return a pronounceable word: copying is to be learned, not a list of names."""
    if korean:
        return rng.choice(_FAMILIES) + "".join(rng.sample(_SYLLABLES, 2))
    parts = [
        rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.randint(1, 3))
    ]
    return ("".join(parts) + rng.choice(_ENDS)).capitalize()


def gibberish(rng: random.Random, *, korean: bool = False) -> str:
    """Return something that nobody can answer."""
    words = [_keys_hit(rng, korean=korean) for _ in range(rng.randint(1, 4))]
    return " ".join(words)


def _keys_hit(rng: random.Random, *, korean: bool) -> str:
    keys = rng.choice(_KOREAN_KEYS if korean else _KEYS)
    chance = rng.random()
    if chance < 0.2 and not korean:
        return invented_name(rng).lower()
    if chance < 0.3:
        return rng.choice(keys) * rng.randint(2, 6)
    return "".join(rng.choice(keys) for _ in range(rng.randint(2, 9)))
