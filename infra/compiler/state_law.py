"""What a state's law asks for each kind of notice, and which settings do less.

`kinds.yaml` of a folder of `infra/law` has it. An agency may have reasons to do less, such as
rights that its officers hand out on paper, so a build says it and refuses nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aviso.domain.model import Kind
from aviso.domain.settings import KindSettings, build
from infra.compiler import yaml_lines

OF_SETTINGS = ("told", "deadline", "age_limit")
OF_KIND = {*OF_SETTINGS, "tells", "clause"}  # what a line of `kinds.yaml` may have
NEEDED = ("state", "postal")  # in `clauses.yaml`
TOLD = ("if_requested", "unless_waived", "always")  # from the fewest victims to all of them


def problems(law: Path) -> Iterator[yaml_lines.Problem]:
    """Yield what is missing in a law's files, or unknown: left out, it would ask for less."""
    clauses, kinds = law / "clauses.yaml", law / "kinds.yaml"
    known = yaml_lines.read(clauses).data if clauses.is_file() else {}
    for name in NEEDED:
        if not isinstance(known, Mapping) or not known.get(name):
            yield yaml_lines.Problem(clauses.as_posix(), 1, (name,), "is missing")
    asked: object = asked_of_kinds(law)
    if not isinstance(asked, Mapping):
        yield yaml_lines.Problem(kinds.as_posix(), 1, (), "has no kinds of notices")
        return
    for kind, row in asked.items():
        keys = set(row) if isinstance(row, Mapping) else set()
        found = ["is not a kind of notice"] if kind not in Kind else []
        found += [f"{key} is unknown" for key in sorted(keys - OF_KIND)]
        found += [] if "clause" in keys else ["names no clause"]
        for sentence in found:
            yield yaml_lines.Problem(kinds.as_posix(), 1, (kind,), sentence)


def names_of_state(law: Path) -> tuple[str, str]:
    """Return what roads are named after: the state's postal abbreviation, and its name."""
    known = yaml_lines.read(law / "clauses.yaml").data
    return known["postal"], known["state"].upper()


def asked_of_kinds(law: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what the folder of a law asks for, by kind; nothing without the file."""
    file = law / "kinds.yaml"
    return yaml_lines.read(file).data if file.is_file() else {}


def kinds_by_law(raw: Mapping[str, Any], law: Path) -> dict[Kind, KindSettings]:
    """Return the settings' kinds, each that the law names as the law has it at the least."""
    asked = asked_of_kinds(law)
    changed = {
        kind: own | {"on": True} | _settings(asked[kind]) if kind in asked else own
        for kind, own in raw["kinds"].items()
    }
    return dict(build({**raw, "kinds": changed}).kinds)


def below_the_law(raw: Mapping[str, Any], law: Path) -> Iterator[str]:
    """Yield a sentence for each kind that the settings give to fewer, later or not at all."""
    ours, least = build(raw), kinds_by_law(raw, law)
    for name, asked in asked_of_kinds(law).items():
        own, wanted = ours.kinds[Kind(name)], least[Kind(name)]
        less = not own.on or name in ours.only_on_page
        less |= TOLD.index(own.told) < TOLD.index(wanted.told)
        less |= own.deadline > wanted.deadline or own.age_limit < wanted.age_limit
        if less:
            needs = ", ".join(f"{key}: {value}" for key, value in _settings(asked).items())
            yield (
                f"law: kinds.{name} does less than we read in {asked['clause']}: on, {needs} "
                f"(infra/law/{law.name}). Ask your counsel."
            )


def _settings(asked: Mapping[str, Any]) -> dict[str, str]:
    return {key: asked[key] for key in OF_SETTINGS if key in asked}
