"""`python -m chartserver`: the command line."""

from chartserver.cli import main

if __name__ == "__main__":
    main()
