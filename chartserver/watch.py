"""`chartserver watch`: a viewer in the terminal."""

import click


@click.command()
@click.argument("url")
def watch(url: str) -> None:
    """Watch the chart at URL in the terminal."""
    click.echo(url)
