"""The portal's pages as ordinary Jinja templates, which a request fills in alone.

The build fills in half of a page (`infra/compiler/pages.py`). Tests compare the result with these,
and the programs that the benchmarks compare us with use them.
"""

import re
from pathlib import Path

from infra.compiler.pages import FOLDER

BUILD = re.compile(r"\[\[ .*? \]\]|\[% .*? %\]", re.DOTALL)
REQUEST = re.compile(r"\{\{ .*? \}\}|\{% .*? %\}", re.DOTALL)


def sources(templates: Path) -> dict[str, str]:
    """Return every template below `pages/` by its name."""
    files = sorted((templates / FOLDER).glob("*.html"))
    return {f"{FOLDER}{file.name}": in_one_pass(file.read_text("utf-8")) for file in files}


def in_one_pass(source: str) -> str:
    """Return a page's source with one kind of delimiters.

    A string of the build that holds an expression of the request becomes that expression, and the
    other way round.
    """
    source = BUILD.sub(lambda code: re.sub(r'"\{\{ (.*?) \}\}"', r"(\1)", code[0]), source)
    source = REQUEST.sub(lambda code: re.sub(r"\[\[ (.*?) \]\]", r'" ~ (\1) ~ "', code[0]), source)
    for build, request in (("[[ ", "{{ "), (" ]]", " }}"), ("[% ", "{% "), (" %]", " %}")):
        source = source.replace(build, request)
    return source
