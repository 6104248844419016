"""Where the settings come from: options, then environment variables, then defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, replace
from typing import Any

from chartserver.errors import ConfigError
from chartserver.known_names import nearest
from chartserver.setting_values import Wanted
from chartserver.settings import (
    PREFIX,
    PUSH_TOKEN_VARIABLE,
    TOKEN_VARIABLE,
    Settings,
    option_of,
    variable_of,
)

OF_CLIENTS = (TOKEN_VARIABLE, PUSH_TOKEN_VARIABLE)


def load(options: Mapping[str, str | Sequence[str]], environ: Mapping[str, str]) -> Settings:
    """Return the settings: options go before variables, variables before defaults.

    Args:
        options: raw text by the name of the setting; a sequence for one that may be given several
            times.
        environ: the environment; nothing else is read.

    Raises:
        ConfigError: with a line for each fault, all of them at once.
    """
    faults = list(_unknown_variables(environ))
    values: dict[str, Any] = {}
    for one in fields(Settings):
        where, raw = _given(one, options, environ)
        parsed = []
        for each in raw:
            try:
                parsed.append(one.metadata["parse"](each))
            except Wanted as wanted:
                got = "a secret" if one.metadata["is_secret"] else repr(each)
                faults.append(f"{where} is {got}; expected {wanted}")
        if parsed:
            values[one.name] = tuple(parsed) if one.metadata["is_many"] else parsed[0]
    if faults:
        raise ConfigError(*faults)
    return Settings(**values)


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Return `settings` with `changes` by name, checked as if they were options.

    Raises:
        ConfigError: with a line for each fault, all of them at once.
    """
    table = {one.name: one for one in fields(Settings)}
    faults = []
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in table:
            wanted = nearest(name, table) or "one, such as port"
            faults.append(f"{name} is no setting; expected {wanted}; all of them: docs/settings.md")
            continue
        is_many = table[name].metadata["is_many"]
        given = [value] if isinstance(value, str) or not is_many else value
        try:
            parsed = tuple(table[name].metadata["parse"](str(each)) for each in given)
        except Wanted as wanted:
            got = "a secret" if table[name].metadata["is_secret"] else repr(value)
            faults.append(f"{name} is {got}; expected {wanted}")
            continue
        values[name] = parsed if is_many else parsed[0]
    if faults:
        raise ConfigError(*faults)
    return replace(settings, **values)


def where_given(
    options: Mapping[str, str | Sequence[str]], environ: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the option or the variable that gives each setting; those of default are not in it."""
    places = {one.name: _given(one, options, environ)[0] for one in fields(Settings)}
    return {name: place for name, place in places.items() if place}


def _given(
    one: "Field[Any]", options: Mapping[str, str | Sequence[str]], environ: Mapping[str, str]
) -> tuple[str, Sequence[str]]:
    """Return where a setting is given and the raw texts there; none when it is not."""
    raw = options.get(one.name)
    if raw is not None and raw != ():
        return option_of(one), [raw] if isinstance(raw, str) else raw
    for name in (variable_of(one), one.metadata["also"]):
        if environ.get(name):  # platforms set variables to nothing to take them away
            return name, environ[name].split() if one.metadata["is_many"] else [environ[name]]
    return "", ()


def _unknown_variables(environ: Mapping[str, str]) -> Sequence[str]:
    known = [variable_of(one) for one in fields(Settings)]
    faults = []
    for name in environ:
        if name.startswith(PREFIX) and name not in (*known, *OF_CLIENTS):
            wanted = nearest(name, known, PREFIX) or "one of ours, such as CHARTSERVER_CHARTS"
            faults.append(
                f"{name} is no setting; expected {wanted}; all of them: chartserver serve --help"
            )
    return faults
