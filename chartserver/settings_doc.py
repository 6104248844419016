"""The settings as a page of the docs, from the same table that drives everything else."""

from dataclasses import fields

from chartserver.settings import Settings, default_of, option_of, variable_of

HEAD = """# Settings

Each is an option of `chartserver serve` and an environment variable; the option goes first. A
setting that may be given several times is separated by blanks in its variable. A `CHARTSERVER_…`
variable that is no setting is an error. Written by `script/settings-doc`.

| option | variable | default | |
|---|---|---|---|
"""


def settings_doc() -> str:
    """Return docs/settings.md."""
    rows = []
    for one in fields(Settings):
        variables = " ".join(
            f"`{name}`" for name in (variable_of(one), one.metadata["also"]) if name
        )
        default = default_of(one)
        shown = "" if default == () else f"`{default}`"
        option = f"`{option_of(one)} {one.metadata['metavar']}`"
        rows.append(f"| {option} | {variables} | {shown} | {one.metadata['help']} |\n")
    return HEAD + "".join(rows)
