"""What the schema cannot say of the report's targets; `settings_checks` runs it."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.compiler.yaml_lines import Where

ASKED = "still_called"  # the question behind this figure (docs/figures.md)
TARGET = "still_called_target"


def targets_measured(data: Mapping[str, Any]) -> Iterator[tuple[Where, str]]:
    """Check that the survey asks what a target is about."""
    questions = {question["id"] for question in data["survey"]["questions"]}
    if TARGET in data.get("report", {}) and ASKED not in questions:
        yield ("report", TARGET), f"needs a question of the survey with the id '{ASKED}'"
