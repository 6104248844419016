"""The async mode that the tests were asked for, and nothing else of the environment."""


def only_mode(environ):
    """Return what of the environment is meant for the tests."""
    name = "CHARTSERVER_ASYNC_MODE"
    return {name: environ[name]} if name in environ else {}
