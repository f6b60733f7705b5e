"""Reads a YAML file with the line of every setting, so that mistakes can be located.

This is the first step of the build's compiler (`compile.py`); nothing of it runs in production.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Where = tuple[str | int, ...]  # the path from the top of a file to one setting


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file, as reported to a person."""

    file: str
    line: int
    where: Where
    sentence: str

    def __str__(self) -> str:
        """Return `file:line: setting: sentence`, the form editors can jump to."""
        setting = ".".join(str(step) for step in self.where)
        return f"{self.file}:{self.line}: {setting + ': ' if setting else ''}{self.sentence}"


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A YAML file's content, the line of each setting, and the mistakes found while reading."""

    file: str
    data: Any = None
    lines: Mapping[Where, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    files: Mapping[Where, str] = field(default_factory=dict)  # of settings from another file

    def problem(self, where: Where, sentence: str) -> Problem:
        """Describe a mistake at a setting, on its own line or that of the nearest one around it."""
        inner = where
        while inner and inner not in self.lines:
            inner = inner[:-1]
        file = self.files.get(inner, self.file)
        return Problem(file, self.lines.get(inner, 1), where, sentence)


class _Loader(yaml.SafeLoader):
    """Only YAML 1.2's core types: `on`, `no`, 21:00 and 2026-01-01 are what they look like."""


_Loader.yaml_implicit_resolvers = {}  # none of YAML 1.1's
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(0|[1-9][0-9]*)\.[0-9]+", list("-+0123456789")),
):
    _whole = re.compile(f"^(?:{_pattern})$")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _whole, _first)


class _Quick(yaml.CSafeLoader):
    """The same in C, ten times as fast; what it says of a mistake is short."""


_Quick.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


def read(path: Path, shown: str = "") -> YamlFile:
    """Read a YAML file.

    Args:
        shown: the file's name in messages; the path itself unless given.
    """
    file = shown or path.as_posix()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return YamlFile(file, problems=(Problem(file, 1, (), "there is no such file"),))
    except UnicodeDecodeError:
        return YamlFile(file, problems=(Problem(file, 1, (), "this is not UTF-8 text"),))
    with suppress(yaml.YAMLError):
        return _loaded(file, _Quick(text))
    try:
        return _loaded(file, _Loader(text))
    except yaml.reader.ReaderError:
        return YamlFile(file, problems=(Problem(file, 1, (), "this is not UTF-8 text"),))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return YamlFile(file, problems=(Problem(file, line, (), f"{error.problem} (YAML)"),))


def _loaded(file: str, loader: _Loader | _Quick) -> YamlFile:
    node = loader.get_single_node()
    if node is None:
        return YamlFile(file, problems=(Problem(file, 1, (), "the file is empty"),))
    lines: dict[Where, int] = {}
    twice = [Problem(file, line, where, text) for line, where, text in _walk(node, (), lines)]
    return YamlFile(file, loader.construct_document(node), lines, tuple(twice))


def _walk(
    node: yaml.Node, where: Where, lines: dict[Where, int]
) -> Iterator[tuple[int, Where, str]]:
    """Record every setting's line, and yield the keys that are not text or are repeated."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line, inner = key.start_mark.line + 1, (*where, str(key.value))
            if key.tag != "tag:yaml.org,2002:str":
                yield line, inner, "put this name in quotes"
            if inner in lines:
                yield line, inner, f"is here twice; the first is on line {lines[inner]}"
            lines[inner] = line
            yield from _walk(value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[*where, index] = value.start_mark.line + 1
            yield from _walk(value, (*where, index), lines)
