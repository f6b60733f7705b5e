"""What the schema cannot say of the call-back list; `settings_checks` runs it."""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.compiler.yaml_lines import Where


def calls_fit(data: Mapping[str, Any]) -> Iterator[tuple[Where, str]]:
    """Check that the call-back list names statuses with news and groups that may be called."""
    calls = data.get("call_backs", {})
    for n, code in enumerate(calls.get("statuses", ())):
        if not data["statuses"].get(code, {}).get("tells"):
            yield ("call_backs", "statuses", n), f"'{code}' is not a status that has `tells`"
    for name in calls.get("shares", {}):
        if data["offense_groups"].get(name, {"restricted": True})["restricted"]:
            yield (
                ("call_backs", "shares", name),
                f"victims of the offense group '{name}' may not be called: the group is unknown or "
                "restricted",
            )
