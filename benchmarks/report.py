"""The tables of a run, for a terminal, and the budgets for docs/performance.md."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.programs import PEERS, TITLES

WORTH_A_WORD = 0.05  # a path that takes so much more is named


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table, its columns aligned for people who read it as text."""
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


def budgets(result: dict[str, Any]) -> str:
    """Return the budgets beside what a whole run measured."""
    steps, cold, warm = result["journey"]["steps"], result["cold"], result["warm"]
    counts = " · ".join(str(steps[step]["calls"]) for step in ("find", "verify", "status"))
    machine = result.get("machine")

    def both(of: dict[str, Any], kind: str) -> str:
        low, high = of["quartiles"]
        said = f"{of['ratio']:.2f} × in processor time (quartiles {low:.2f} to {high:.2f})"
        return said + (f", {machine[kind]['portal']:.2f} × in instructions" if machine else "")

    status = warm["pages"]["status"]
    peers = {kind: min(result[kind]["peers"].values()) for kind in ("cold", "warm")}
    feed = result["feed"]
    return table(
        ("what", "budget", "measured"),
        [
            (
                "first visit, all bytes on the wire",
                "≤ 14 KB",
                f"{result['page']['first_bytes'] / 1024:.1f} KB",
            ),
            (
                "calls: find · verify · status · enroll",
                "0 · ≤ 4 · ≤ 4 · 1 transaction",
                f"{counts} · 1 transaction of {steps['enroll']['calls']} calls",
            ),
            (
                "cold start to first byte, a status page",
                "≤ 1.15 × floor, ahead of every peer",
                f"{both(cold, 'cold_ratio')}; the nearest peer {peers['cold']:.2f}",
            ),
            ("the same, the first page (no client)", "≤ 1.15 × floor",
             f"{cold['first_page']['ratio']:.2f} ×"),
            (
                "warm status page",
                "≤ 1.20 × floor",
                f"{both(status, 'warm_ratio')}; the nearest peer {peers['warm']:.2f}",
            ),
            (
                "feed row: unchanged, changed",
                "0, 1 writes",
                f"{feed['writes_unchanged']:.0f}, {feed['writes_changed']:.0f}",
            ),
            ("notice, from planned to sent", "≤ 4 writes", str(result["notice"]["writes"])),
        ],
    )  # fmt: skip


def tables(result: dict[str, Any]) -> str:
    """Return every table of a run."""
    parts = {
        "cold": _cold,
        "cold_without_bytecode": _cold,
        "warm": _warm,
        "machine": _machine,
        "journey": _journey,
        "notice": _notice,
        "growth": _growth,
        "feed_paths": _feed_paths,
        "throughput": _throughput,
        "local_aws": _local_aws,
        "latency": _latency,
        "page": _page,
        "instructions": _instructions,
        "package_bytes": _packages,
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
    text = table(head, rows)
    if "peers_with_our_compiled_templates" in cold:
        compiled = cold["peers_with_our_compiled_templates"].items()
        ratios = ", ".join(f"{TITLES[name]} {ratio:.2f}" for name, ratio in compiled)
        text += (
            "\n\n\\* beside a floor that makes their own calls. The peers compile their templates "
            f"at each cold start, as their authors would. With ours, compiled beforehand: {ratios}."
        )
        first = cold["first_page"].get("peers", {}).items()
        ratios = ", ".join(f"{TITLES[name]} {ratio:.2f}" for name, ratio in first)
        text += f" The first page on them: {ratios}." * bool(first)
    return text


def _warm(name: str, result: dict[str, Any]) -> str:
    warm = result[name]
    steps = result.get("journey", {}).get("steps", {})
    short = [TITLES[peer].partition(" + ")[0] for peer in PEERS]
    pages = table(
        ("warm request, CPU ms", "calls", "floor", "Aviso", "× floor", *short),
        (
            (page, steps.get(page, {}).get("warm_calls", ""), row["floor_ms"], row["cpu_ms"],
             _times(row["ratio"]),
             *(row["peers"][peer]["cpu_ms"] if "peers" in row else "" for peer in PEERS))
            for page, row in warm["pages"].items()
        ),
    )  # fmt: skip
    beside = table(
        ("warm status page", "× floor"),
        [(TITLES["bound"], f"{warm['bound']:.2f}"), (TITLES["portal"], f"{warm['ratio']:.2f}")]
        + [(TITLES[name], f"{warm['peers'][name]:.2f}") for name in PEERS],
    )
    return f"{pages}\n\n{beside}"


def _machine(name: str, result: dict[str, Any]) -> str:
    found = result[name]
    head = ("machine instructions, millions", "cold start", "× floor", "warm request", "× floor",
            "first caches missed, thousands", "second")  # fmt: skip
    rows = [
        (
            TITLES[program] + ", status page" * (program == "portal"),
            found["cold"].get(program, ""),
            f"{found['cold_ratio'][program]:.2f}" if program in found["cold"] else "",
            found["warm"].get(program, ""),
            f"{found['warm_ratio'][program]:.2f}" if program in found["warm"] else "",
            found.get("warm_misses", {}).get(program, ""),
            found.get("warm_misses_2", {}).get(program, ""),
        )
        for program in sorted(found["cold"] | found["warm"], key=lambda p: _order(found, p))
    ]
    return table(head, rows)


def _order(found: dict[str, Any], program: str) -> float:
    return float(found["warm_ratio"].get(program, found["cold_ratio"].get(program)))


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _journey(name: str, result: dict[str, Any]) -> str:
    journey = result[name]
    rows = [(s, v["calls"], v["rcu"], v["wcu"]) for s, v in journey["steps"].items()]
    rows.append(("a visitor's whole journey", journey["calls"], journey["rcu"], journey["wcu"]))
    survey = result["survey"]
    rows.append(("a survey: asked, sent, answered", survey["calls"], survey["rcu"], survey["wcu"]))
    return table(("step, a process's first", "calls to AWS", "read units", "write units"), rows)


def _notice(name: str, result: dict[str, Any]) -> str:
    steps = result[name]["steps"]
    feed = result["feed"]
    rows = [
        (f"a notice: {s}", v["calls"], v["writes"], v["rcu"], v["wcu"]) for s, v in steps.items()
    ]
    rows += [
        (f"a row of {kind}: {became}, of a hundred in a file", v["calls"], v["writes"], v["rcu"],
         v["wcu"])
        for kind, taken in feed["rows"].items()
        for became, v in taken.items()
    ]  # fmt: skip
    return table(("step", "calls to AWS", "items written", "read units", "write units"), rows)


def _growth(name: str, result: dict[str, Any]) -> str:
    head = ("cases", "new feed row, µs", "unchanged feed row, µs", "a case listed, µs", "owed, µs")
    units = ("feed_new_us", "feed_unchanged_us", "scan_us", "owed_us")
    rows = [
        (f"{int(cases):,}", *(took[unit] for unit in units)) for cases, took in result[name].items()
    ]
    return table(head, rows)


def _feed_paths(name: str, result: dict[str, Any]) -> str:
    titles = {"csv": "CSV file", "ndjson": "NDJSON file", "push_100": "pushes of 100 rows",
              "push_1": "pushes of one row"}  # fmt: skip
    head = ("new people by path, one core", "rows", "rows a second", "× CSV's time a row",
            "peak MB at a tenth of the rows", "peak MB")  # fmt: skip
    rows = [
        (titles[path], int(list(found["sizes"])[-1]), found["rows_per_s"], f"{found['ratio']:.2f}",
         *(round(size["peak_mb"]) for size in found["sizes"].values()))
        for path, found in result[name].items()
    ]  # fmt: skip
    return table(head, rows)


def _throughput(name: str, result: dict[str, Any]) -> str:
    found = result[name]
    feed, pages = found["feed"], found.get("pages_per_s", {})
    rows = [
        ("feed rows, unchanged (no botocore in it)", feed["rows_per_s"]),
        ("feed rows, new (no botocore in it)", feed["new_rows_per_s"]),
        ("owed evaluations (no AWS in it)", found["owed_per_s"]),
        *((f"pages: {page}", speed) for page, speed in pages.items()),
    ]
    if "notices_per_s" in found:
        rows.append(("notices, from the stream's record to the provider", found["notices_per_s"]))
    return table(("one core against instant answers", "a second"), rows)


def _local_aws(name: str, result: dict[str, Any]) -> str:
    titles = {
        "first_pages_per_s": "first pages",
        "feed_rows_per_s": "feed rows, new",
        "notices_per_s": "notices, from the arrest's row to the text",
    }
    rows = [(titles[key], speed) for key, speed in result[name].items()]
    return table(("the whole on local AWS, one after the other", "a second"), rows)


def _latency(name: str, result: dict[str, Any]) -> str:
    found = result[name]
    rows = [(step, *took) for step, took in found["steps_ms"].items()]
    last = "p99 ms" if found["arrests"] >= 100 else "longest ms"
    head = (f"an arrest becomes a text, {found['arrests']} on local AWS", "median ms", last)
    return f"{table(head, rows)}\n\nThe first, with every cold start: {found['first_ms']:,} ms."


def _page(name: str, result: dict[str, Any]) -> str:
    sizes = result[name]["all"]
    return table(("page", "bytes on the wire"), sizes.items())


def _instructions(name: str, result: dict[str, Any]) -> str:
    changed = result.get("instructions_changed", {})
    rows = [
        (path, count, f"{changed[path]:+.1%}" if path in changed else "new")
        for path, count in result[name].items()
    ]
    worse = [path for path, share in changed.items() if share > WORTH_A_WORD]
    word = f"\n\nMore than 5 % slower than agreed: {', '.join(worse)}." if worse else ""
    return table(("hot path", "bytecode instructions", "against the baseline"), rows) + word


def _packages(name: str, result: dict[str, Any]) -> str:
    rows = [(program, size / 1e6) for program, size in result[name].items()]
    return table(("package, unpacked, without the runtime's boto3", "MB"), rows)


def into(document: Path, result: dict[str, Any]) -> None:
    """Put the budgets between their marks in a document."""
    between_marks(document, "make bench writes them", {"budgets": budgets(result)})


def between_marks(document: Path, written: str, parts: Mapping[str, str]) -> None:
    """Put each part between its two marks in a document.

    Args:
        written: what the first mark says after the part's name.
        parts: by the name in their marks.

    Raises:
        ValueError: when the document has lost a mark; nothing is written then.
    """
    text = document.read_text(encoding="utf-8")
    for name, said in parts.items():
        before, begin, rest = text.partition(f"<!-- {name}: {written} -->")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        if not begin or not end:
            raise ValueError(f"{document.name} has no marks for {name}")
        text = f"{before}{begin}\n\n{said.strip()}\n\n{end}{after}"
    document.write_text(text, encoding="utf-8")
