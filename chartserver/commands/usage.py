"""What is wrong with a command line, in one line: what we got; what we wanted; an example."""

import re

import click

from chartserver.known_names import nearest

QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'")


def in_our_words(error: click.ClickException) -> str:
    """Return what click has found, as we say it."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.BadOptionUsage):
        return f"got {error.option_name} without a value; expected one: --help tells of it"
    if context is None:
        return error.format_message()
    return f"{_fault(error, context)}, such as: {_example(context)}"


def _fault(error: click.ClickException, context: click.Context) -> str:
    match error:
        case click.NoSuchOption():
            own = [name for one in context.command.params for name in one.opts if name[0] == "-"]
            wanted = nearest(error.option_name, own, "--") or "an option that this command has"
            return f"got {error.option_name}; expected {wanted}"
        case click.MissingParameter():
            return f"got no {_name(error)}; expected one"
        case click.BadParameter():
            value = _value(error.message)
            return f"{_name(error)} is {value}; expected {_wanted(error.param, value)}"
    command = context.command
    if isinstance(command, click.Group):
        names = command.list_commands(context)
        given = _value(error.message)
        wanted = nearest(given.strip("'"), names) or f"a command, one of {', '.join(names)}"
        return f"got {given}; expected {wanted}"
    extra = re.search(r"\((.*)\)", error.message)
    places = [one.make_metavar(context) for one in command.params if one.opts[0][0] != "-"]
    return f"got {extra[1] if extra else error.message}; expected only {' '.join(places)} there"


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return error.param_hint if isinstance(error.param_hint, str) else "an argument"
    name = error.param.opts[0]
    return name if name.startswith("-") else name.upper()


def _value(message: str) -> str:
    quoted = QUOTED.search(message)
    return quoted[0] if quoted else message.split()[0]


def _wanted(parameter: click.Parameter | None, value: str) -> str:
    kind = parameter.type if parameter is not None else None
    match kind:
        case click.Choice():
            choices = [str(one) for one in kind.choices]
            return nearest(value.strip("'"), choices) or f"one of {', '.join(choices)}"
        case click.IntRange():
            return f"a whole number from {kind.min}"
        case click.FloatRange():
            return f"a number {'above' if kind.min_open else 'from'} {kind.min:g}"
    return "what --help tells of"


def _example(context: click.Context) -> str:
    """Return the first example of the command's help."""
    for line in (context.command.epilog or "").splitlines():
        if line.strip().startswith("chartserver ") or f"chartserver {context.info_name}" in line:
            return re.split(r"\s{2,}", line.strip())[0]
    return f"{context.command_path} --help"
