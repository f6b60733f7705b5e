"""Puts an agency's settings over the preset that they extend (`infra/agency/presets/`).

The rule: a group of settings is joined line by line, and the agency's line wins. A list counts as
one line. An offense that the agency lists leaves the preset's group. The feed's codes of a preset
count only for columns that the agency maps. Each line keeps its file, so that a mistake is reported
where it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.compiler import yaml_lines
from infra.compiler.yaml_lines import Problem, Where, YamlFile

FOLDER = Path(__file__).resolve().parents[1] / "agency/presets"
SHOWN = "infra/agency/presets"
SETTINGS = "settings"  # the part of a preset's file that an agency takes over


def read(agency: Path, shown: str = "") -> YamlFile:
    """Read an agency's settings, with those of the preset that they extend.

    Args:
        shown: the file's name in messages; the path itself unless given.
    """
    own = yaml_lines.read(agency, shown)
    name = own.data.get("extends") if isinstance(own.data, dict) else None
    if not isinstance(name, str) or name not in names():
        return own  # the schema refuses a name that is not a preset's
    preset = yaml_lines.read(FOLDER / f"{name}.yaml", f"{SHOWN}/{name}.yaml")
    if not isinstance(preset.data, dict):
        return replace(own, data=None, problems=(*preset.problems, *own.problems))
    taken = _without_moved(preset.data[SETTINGS], own.data)
    lines = {w[1:]: line for w, line in preset.lines.items() if w[:1] == (SETTINGS,)}
    return YamlFile(
        own.file,
        _joined(taken, own.data),
        lines | dict(own.lines),
        (*preset.problems, *own.problems, *_needs(preset.data, own)),
        {where: preset.file for where in lines if where not in own.lines},
    )


def names() -> list[str]:
    """Return the names of the presets that ship with the product."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def _joined(base: Any, over: Any) -> Any:
    """Return one value over another: mappings are joined, anything else is replaced."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    joined = {key: _joined(value, over.get(key, value)) for key, value in base.items()}
    return joined | {key: value for key, value in over.items() if key not in base}


def _without_moved(preset: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a preset's settings without offenses and columns that the agency decides itself."""
    listed = {code: group for group, codes in _offenses(own).items() for code in codes}
    groups = {}
    for name, group in preset["offense_groups"].items():
        left = {c: n for c, n in group["offenses"].items() if listed.get(c, name) == name}
        if left or name in _offenses(own):
            groups[name] = group | {"offenses": left}
    feed = {
        kind: {"values": {c: v for c, v in file["values"].items() if c in _columns(own, kind)}}
        for kind, file in preset["feed"].items()
    }
    return {**preset, "offense_groups": groups, "feed": feed}


def _needs(preset: Mapping[str, Any], own: YamlFile) -> Iterator[Problem]:
    """Yield the columns that a preset's choices depend on and the agency does not map."""
    for kind, columns in preset["needs"].items():
        for column, why in columns.items():
            if column not in _columns(own.data, kind):
                where: Where = ("feed", kind, "columns", column)
                text = f"is missing; the preset {preset['name']} needs it: {why}"
                yield own.problem(where, text)


def _columns(settings: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return _mapping(_mapping(_mapping(settings, "feed"), kind), "columns")


def _offenses(settings: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    groups = _mapping(settings, "offense_groups")
    return {name: _mapping(group, "offenses") for name, group in groups.items()}


def _mapping(value: Any, key: str) -> Mapping[str, Any]:
    """Return a group of settings by its name; an empty one if it is not there or no group."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}
