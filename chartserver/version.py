"""The version of the package, read by `setup.cfg` and shown by `chartserver --version`."""

VERSION = "0.1.0"
