"""One column's settings, in a panel of its own. What is changed counts at once.

The settings stand in the comparison; the widgets only show them, and tell what a person
changed. So all tabs, and what is changed for all columns at once, show the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from falcon.compare_run import Column, ColumnSettings
from falcon.comparison import Comparison
from falcon.containers import CONTAINER_NAMES
from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError
from falcon.models import MODELS, find_model
from falcon.parameters import BOUNDS, GenerationParameters, ParameterName
from falcon.presets import Preset, find_equal
from falcon.ui import texts
from falcon.ui.backend import Target
from falcon.ui.compare.settings import name_of, target_of, with_target
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.parameters.own_presets import all_presets, preset_label

NUMBERS: tuple[tuple[ParameterName, ParameterName], ...] = (
    ("temperature", "top_p"),
    ("max_new_tokens", "seed"),
)
"""Side by side, two by two."""
STEPS: Mapping[ParameterName, float] = {"temperature": 0.1, "top_p": 0.05}
# A browser's numbers are exact up to here.
LARGEST_NUMBER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Panel:
    """Draws the widgets of one column."""

    comparison: Comparison
    column: Column
    defaults: GenerationParameters
    """Those of the settings, which a preset starts from."""
    targets: tuple[Target | None, ...]
    """The endpoints to choose from."""

    def draw(self) -> None:
        settings = self.column.settings
        self._select(
            "preset",
            say("Preset"),
            all_presets(),
            self._preset(),
            self._use_preset,
            preset_label,
        )
        for pair in NUMBERS:
            for place, name in zip(st.columns(2), pair, strict=True):
                with place:
                    self._number(name)
        if others := ", ".join(self._others()):
            st.caption(say(texts.COMPARE_OTHERS_SET, names=others))
        key, shown = self._show("system_prompt", settings.system_prompt)
        st.text_area(
            say("System prompt"),
            shown,
            key=key,
            height=96,
            on_change=self._changed,
            args=(key, _with_system_prompt),
        )
        targets = {name_of(target): target for target in self.targets}
        self._select(
            "endpoint",
            say("Endpoint"),
            targets,
            name_of(target_of(settings)),
            self._use_target,
            lambda name: say(name) if targets[name] is None else name,
        )
        with st.expander(say("Another endpoint"), type="compact"):
            self._draw_form()

    def _preset(self) -> str | None:
        equal = find_equal(
            all_presets().values(),
            self.column.settings.parameters,
            system_prompt=self.column.settings.system_prompt,
            base=self.defaults,
        )
        return equal.name if equal else None

    def _select(
        self,
        name: str,
        label: str,
        options: Mapping[str, object],
        chosen: str | None,
        choose: Callable[[ColumnSettings, Any], ColumnSettings],
        display: Callable[[str], str],
    ) -> None:
        def change(settings: ColumnSettings, option: str | None) -> ColumnSettings:
            return settings if option is None else choose(settings, options[option])

        key, shown = self._show(name, chosen)
        names = list(options)
        st.selectbox(
            label,
            names,
            names.index(shown) if shown in names else None,
            key=key,
            format_func=display,
            placeholder=say("Values of your own"),
            on_change=self._changed,
            args=(key, change),
        )

    def _number(self, name: ParameterName) -> None:
        bounds = BOUNDS[name]
        number = int if bounds.is_integer else float
        key, shown = self._show(name, self._number_of(name))
        st.number_input(
            name,
            number(bounds.minimum),
            number(min(bounds.maximum, LARGEST_NUMBER)),
            shown,
            number(STEPS.get(name, bounds.step)),
            key=key,
            placeholder=say("default"),
            help=say(texts.PARAMETER_HELP[name]),
            on_change=self._changed,
            args=(key, _with_parameter(name)),
        )

    def _number_of(self, name: ParameterName) -> Any:  # int or float, by its bounds
        """Return a parameter's value; None: it has none, or none that fits a field."""
        value = getattr(self.column.settings.parameters, name)
        if value is None or value > LARGEST_NUMBER:
            return None
        return value if BOUNDS[name].is_integer else float(value)

    def _others(self) -> Iterator[str]:
        """Yield the names of what is set and stands in no field."""
        fields = [name for pair in NUMBERS for name in pair]
        shown = [name for name in fields if self._number_of(name) is not None]
        for name in self.column.settings.parameters.changed:
            if name not in shown:
                yield name

    def _draw_form(self) -> None:
        """Draw the form for an endpoint that is named by hand."""
        target = target_of(self.column.settings)
        with st.form(self._key("form"), border=False):
            name = st.text_input(say("Endpoint name"), placeholder="falcon-7b-instruct")
            region = st.text_input(
                say("Region"),
                target.endpoint.region if target else "",
                placeholder="us-east-1",
            )
            model = st.selectbox(say("Model behind it"), [model.id for model in MODELS])
            container = st.selectbox(
                say("Container"),
                (None, *CONTAINER_NAMES),
                format_func=lambda name: name or say("What SageMaker says"),
                help=say(texts.CONTAINER_HELP),
            )
            if not st.form_submit_button(say("Use this endpoint"), width="stretch"):
                return
            try:
                endpoint = Endpoint(
                    name=name.strip(),
                    region=region.strip(),
                    profile=target.endpoint.profile if target else None,
                )
            except ConfigurationError as error:
                st.error(plain(say(error)))
                return
        named = Target(endpoint=endpoint, model=find_model(model), container=container)
        self.comparison.change(self.column.name, lambda s: with_target(s, named))
        st.rerun()

    def _use_preset(self, settings: ColumnSettings, preset: Preset) -> ColumnSettings:
        try:
            parameters = preset.applied_to(self.defaults)
        except ConfigurationError as error:
            st.toast(plain(say(error)))
            return settings
        prompt = preset.system_prompt
        return replace(
            settings,
            parameters=parameters,
            system_prompt=settings.system_prompt if prompt is None else prompt,
        )

    def _use_target(
        self, settings: ColumnSettings, target: Target | None
    ) -> ColumnSettings:
        return with_target(settings, target)

    def _key(self, name: str) -> str:
        return f"compare_{self.comparison.id}_{self.column.name}_{name}"

    def _show(self, name: str, value: Any) -> tuple[str, Any]:
        """Return the key and the default with which a widget shows this value.

        It is another widget once the value is not what the person made of the last one.
        A value put into the session's state would not do: the browser begins to draw a
        panel when it is opened, and then knows only the defaults.
        """
        drawn = f"{self._key(name)}_drawn"
        number, default = st.session_state.get(drawn, (0, value))
        if st.session_state.get(f"{self._key(name)}_{number}", default) != value:
            number, default = number + 1, value
        st.session_state[drawn] = (number, default)
        return f"{self._key(name)}_{number}", default

    def _changed(
        self, key: str, change: Callable[[ColumnSettings, Any], ColumnSettings]
    ) -> None:
        value = st.session_state[key]
        self.comparison.change(
            self.column.name, lambda settings: change(settings, value)
        )


def _with_parameter(
    name: ParameterName,
) -> Callable[[ColumnSettings, Any], ColumnSettings]:
    def change(settings: ColumnSettings, value: float | None) -> ColumnSettings:
        if value is None and name == "max_new_tokens":
            return settings
        said: dict[str, Any] = {name: value}
        return replace(settings, parameters=replace(settings.parameters, **said))

    return change


def _with_system_prompt(settings: ColumnSettings, text: str) -> ColumnSettings:
    return replace(settings, system_prompt=text.strip())
