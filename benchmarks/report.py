"""The tables of a run, as text for a terminal and for docs/performance.md (Markdown is both)."""

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.programs import PEERS, TITLES


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table, its columns aligned for whoever reads it as text."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [row[0].ljust(widths[0]), *(v.rjust(w) for v, w in zip(row[1:], widths[1:], strict=True))]
        for row in cells
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def _cell(value: Any) -> str:
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and value < 1000
        else (f"{value:,.0f}" if isinstance(value, int | float) else str(value))
    )


def tables(result: dict[str, Any]) -> str:
    """Return every table of a run."""
    parts = {
        "cold": _cold,
        "cold_without_bytecode": _cold,
        "warm": _warm,
        "journey": _journey,
    }
    return "\n".join(f"\n{part(name, result)}\n" for name, part in parts.items() if name in result)


def _cold(name: str, result: dict[str, Any]) -> str:
    cold = result[name]
    head = ("cold start to first byte" + (", no bytecode shipped" * (name != "cold")),
            "CPU ms", "wall ms", "peak MB", "× floor (CPU)", "× floor (wall)")  # fmt: skip

    def row(title: str, values: dict[str, float]) -> tuple[Any, ...]:
        return (title, values["cpu_ms"], values["wall_ms"], values["peak_mb"],
                f"{values['ratio']:.2f}", f"{values['wall_ratio']:.2f}")  # fmt: skip

    rows = [
        row(TITLES[program] + ", status page" * (program == "portal"), values)
        for program, values in sorted(cold["programs"].items(), key=lambda p: p[1]["ratio"])
    ]
    if "first_page" in cold:
        rows.append(row("Aviso, first page (no call)", cold["first_page"]))
        rows.append(row("Aviso, staff desk's figures *", cold["staff"]))
        rows.append(row("Aviso, one notice sent *", cold["send_notice"]))
    return table(head, rows)


def _warm(name: str, result: dict[str, Any]) -> str:
    warm = result[name]
    pages = table(
        ("warm request", "calls", "CPU ms", "floor ms", "own ms", "× floor"),
        (
            (page, result.get("journey", {}).get("steps", {}).get(page, {}).get("calls", ""),
             row["cpu_ms"], row["floor_ms"], row["own_ms"], f"{row['ratio']:.2f}")
            for page, row in warm["pages"].items()
        ),
    )  # fmt: skip
    beside = table(
        ("warm status page", "× floor"),
        [("Aviso", f"{warm['ratio']:.2f}")]
        + [(TITLES[name], f"{warm['peers'][name]:.2f}") for name in PEERS],
    )
    return f"{pages}\n\n{beside}"


def _journey(name: str, result: dict[str, Any]) -> str:
    journey = result[name]
    rows = [(s, v["calls"], v["rcu"], v["wcu"]) for s, v in journey["steps"].items()]
    rows.append(("a visitor's whole journey", journey["calls"], journey["rcu"], journey["wcu"]))
    return table(("step", "calls to AWS", "read units", "write units"), rows)
