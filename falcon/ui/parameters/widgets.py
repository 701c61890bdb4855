"""One parameter's widget under the other, each with its name, mark and reset button.

What a widget says is kept in falcon/ui/parameters/values.py once it was touched; the
widget is drawn from there whenever Streamlit takes it for a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import streamlit as st

from falcon.parameters import (
    BOUNDS,
    MAX_STOP_SEQUENCES,
    GenerationParameters,
    ParameterName,
)
from falcon.ui import texts
from falcon.ui.language import mark, say, speaker
from falcon.ui.parameters.lines import read_line, read_seed, write_line
from falcon.ui.parameters.values import PREFIX, current, reset, set_values

NEUTRAL: Mapping[ParameterName, float] = MappingProxyType(
    {
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 0,
        "typical_p": 1.0,
        "repetition_penalty": 1.0,
        "frequency_penalty": 0.0,
    }
)
"""The value of each parameter that changes nothing: where its slider rests."""
SAMPLING: tuple[ParameterName, ...] = ("temperature", "top_p", "top_k", "typical_p")
_CHANGED = object()
SWITCH: Mapping[str, bool | None] = MappingProxyType(
    {mark("default"): None, mark("on"): True, mark("off"): False}
)


@dataclass(frozen=True, slots=True)
class Column:
    """Draws one parameter under the other."""

    defaults: GenerationParameters
    most: Mapping[ParameterName, float]
    missing: tuple[str, ...]

    def parameters(self) -> GenerationParameters:
        """Return what is on the screen."""
        found = current(self.defaults)
        numbers: dict[str, Any] = {
            name: _number(name, min(value, self.most[name]))
            for name in BOUNDS
            if (value := getattr(found, name)) is not None
        }
        return replace(found, **numbers)

    def slider(self, name: ParameterName) -> None:
        bounds, most = BOUNDS[name], _number(name, self.most[name])
        value = getattr(current(self.defaults), name)
        shown = min(NEUTRAL[name] if value is None else value, most)
        # Only when Streamlit takes it for a new slider: a value sent in the middle of
        # a drag would undo the drag.
        key = _prepare(name, _number(name, shown), stamp=most)
        with st.container(gap=None):
            self._heading(name)
            st.slider(
                name,
                _number(name, bounds.minimum),
                most,
                # What a browser begins with that was told the session's value while
                # it still loaded the slider: else it begins at the minimum, and says
                # that somebody set it there. So with every widget here.
                _number(name, shown),
                step=_number(name, bounds.step),
                key=key,
                label_visibility="collapsed",
                disabled=self._is_idle(name),
                on_change=_keep,
                args=(name,),
            )

    def number(self, name: ParameterName) -> None:
        most = int(self.most[name])
        value = set_values().get(name)
        key = _prepare(name, value and min(value, most), stamp=most)
        default = getattr(self.defaults, name)
        with st.container(gap=None):
            self._heading(name)
            st.number_input(
                name,
                int(BOUNDS[name].minimum),
                most,
                None,
                key=key,
                placeholder=_default(default),
                label_visibility="collapsed",
                disabled=self._is_idle(name),
                on_change=_keep,
                args=(name,),
            )

    def switch(self, name: str) -> None:
        words = {value: word for word, value in SWITCH.items()}
        shown = words[set_values().get(name)]
        key = _prepare(name, shown)
        with st.container(gap=None):
            self._heading(name)
            st.segmented_control(
                name,
                SWITCH,
                default=shown,
                format_func=speaker(),
                key=key,
                required=True,
                label_visibility="collapsed",
                disabled=self._is_idle(name),
                on_change=_keep,
                args=(name, SWITCH.get),
                width="stretch",
            )

    def seed(self) -> None:
        # Not a number's field: a browser's numbers are exact up to 2 ** 53 only, and
        # the seeds that containers choose for themselves go up to 2 ** 64.
        value = set_values().get("seed")
        shown = "" if value is None else str(value)
        key = _prepare("seed", shown)
        default = self.defaults.seed
        with st.container(gap=None):
            self._heading("seed")
            written = st.text_input(
                "seed",
                shown,
                key=key,
                placeholder=_default(default),
                label_visibility="collapsed",
                disabled=self._is_idle("seed"),
                on_change=_keep,
                args=("seed", read_seed),
            )
            is_wrong = written.strip() and read_seed(written) is None
            caption(f":red[{say(texts.NO_SEED)}]" if is_wrong else "")

    def stop(self) -> None:
        value = [write_line(text) for text in current(self.defaults).stop]
        key = _prepare("stop", value)
        with st.container(gap=None):
            self._heading("stop")
            st.multiselect(
                "stop",
                list(dict.fromkeys((*map(write_line, self.defaults.stop), *value))),
                value,
                key=key,
                accept_new_options=True,
                max_selections=MAX_STOP_SEQUENCES,
                placeholder=say("none"),
                label_visibility="collapsed",
                on_change=_keep_stop,
            )

    def _is_idle(self, name: str) -> bool:
        is_greedy = current(self.defaults).do_sample is False
        return name in self.missing or (is_greedy and name in SAMPLING)

    def _heading(self, name: str) -> None:
        row = st.container(horizontal=True, vertical_alignment="center", wrap=False)
        # Not the widget's own label: a reader of the page aloud would say its markup.
        row.markdown(
            f":small[{name} {self._badge(name)}]",
            width="stretch",
            help=say(texts.PARAMETER_HELP[name]),
        )
        reset_it = say("Reset {name} to its default", name=name)
        row.button(
            reset_it,
            key=f"reset_{name}",
            icon=":material/restart_alt:",
            help=reset_it,
            type="tertiary",
            disabled=name not in set_values(),
            on_click=reset,
            args=(name,),
        )

    def _badge(self, name: str) -> str:
        if name in self.missing:
            return f":gray-badge[{say('not sent')}]"
        if name in set_values():
            word = say("not sent") if set_values()[name] is None else say("set")
            return f":orange-badge[{word}]"
        default = getattr(self.defaults, name)
        known = f"{default:g}" if isinstance(default, int | float) else None
        return f":gray-badge[{_default(known)}]"


def _default(value: object) -> str:
    return say("default") if value is None else say("default {value}", value=value)


def caption(said: str) -> None:
    # Never nothing: what follows keeps its place while an answer is watched.
    if said:
        st.caption(said)
    else:
        st.empty()


def _prepare(name: str, value: object, *, stamp: object = None) -> str:
    """Give a widget that is drawn afresh its value; return its key.

    `stamp` is what makes it a new one for Streamlit.
    """
    key = f"{PREFIX}{name}"
    if key not in st.session_state or st.session_state.get(f"{key}_stamp") != stamp:
        st.session_state[key] = st.session_state[f"{key}_given"] = value
        st.session_state[f"{key}_stamp"] = stamp
    return key


def _is_as_given(key: str) -> bool:
    """Whether a widget says what `_prepare` gave it, and nobody has changed it since.

    Streamlit reports that too: of a slider that comes back with bounds that it had
    before, it remembers the value of then.
    """
    if st.session_state[key] == st.session_state.get(f"{key}_given", _CHANGED):
        return True
    st.session_state.pop(f"{key}_given", None)
    return False


def _number(name: ParameterName, value: float) -> Any:  # int or float, by its bounds
    return int(value) if BOUNDS[name].is_integer else float(value)


def _keep(name: str, read: Callable[[Any], object] = lambda value: value) -> None:
    """Set what a widget says; an empty one sets nothing."""
    if _is_as_given(f"{PREFIX}{name}"):
        return
    value = read(st.session_state[f"{PREFIX}{name}"])
    if value is None:
        set_values().pop(name, None)
    else:
        set_values()[name] = value


def _keep_stop() -> None:
    if _is_as_given(f"{PREFIX}stop"):
        return
    written: list[str] = st.session_state[f"{PREFIX}stop"]
    meant = dict.fromkeys(map(read_line, written))
    set_values()["stop"] = tuple(text for text in meant if text)
