"""The only module that reads `os.environ`: names of this function's resources in the template.

Values are read on use, not at import, so that a function that lacks a name can import a module.
"""

import os


def name(variable: str, default: str | None = None) -> str:
    """Return an environment variable's value.

    Raises:
        KeyError: when it is not set and has no default: the template is wrong.
    """
    return os.environ[variable] if default is None else os.environ.get(variable, default)


class Variable:
    """A class attribute that is an environment variable, read on each use."""

    def __init__(self, variable: str, default: str) -> None:
        self.variable, self.default = variable, default

    def __get__(self, instance: object, owner: type) -> str:
        """Return the current value."""
        return name(self.variable, self.default)
