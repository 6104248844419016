"""`chartserver` and `python -m chartserver`: the command line, in a process of its own."""

import os

from chartserver import cli


def main() -> None:
    """Run the command line."""
    # No task of ours looks a name up, for which eventlet would import a library.
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
    cli.main()


if __name__ == "__main__":
    main()
