"""`chartserver` and `python -m chartserver`: the command line, and how it starts quickly."""

import gc


def main() -> None:
    """Run the command line.

    What is imported stays: the collector would look through it again and again while it grows,
    which takes a fifth of the start.
    """
    gc.disable()
    from chartserver import cli

    gc.freeze()
    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
