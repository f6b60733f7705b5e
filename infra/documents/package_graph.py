"""Draw the parts of the `aviso` package in docs/architecture.md, from what they really import.

    python -m infra.documents.package_graph

An arrow means "imports". Where a part also imports something further down the same arrows, the
picture has no arrow of its own for that.
"""

import re
from pathlib import Path

import grimp

from infra.repository import ROOT

PAGE = ROOT / "docs/architecture.md"
PICTURE = re.compile(r"(<!-- parts: [^>]+ -->\n\n)```mermaid\n.*?```\n", re.DOTALL)
Arrow = tuple[str, str]


def imports() -> set[Arrow]:
    """Return which part imports which."""
    graph = grimp.build_graph("aviso", cache_dir=None)
    pairs = {
        (module.split(".")[1], imported.split(".")[1])
        for module in graph.modules - {"aviso"}
        for imported in graph.find_modules_directly_imported_by(module) - {"aviso"}
    }
    return {(part, other) for part, other in pairs if part != other}


def reachable(start: str, arrows: set[Arrow]) -> set[str]:
    """Return the parts to which arrows lead from a part, in one step or more."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        steps = {end for begin, end in arrows if begin == ahead[-1]} - found
        ahead.pop()
        found |= steps
        ahead.extend(steps)
    return found


def shortest(arrows: set[Arrow]) -> set[Arrow]:
    """Return the arrows without those that a way over another part implies."""
    return {(a, b) for a, b in arrows if b not in reachable(a, arrows - {(a, b)})}


def drawn(arrows: set[Arrow]) -> str:
    """Return the picture as Mermaid text."""
    lines = "".join(f"  {a} --> {b}\n" for a, b in sorted(shortest(arrows)))
    return f"```mermaid\nflowchart TB\n{lines}```\n"


def with_picture(page: str, picture: str) -> str:
    """Return the page with the picture in its place."""
    return PICTURE.sub(lambda found: found[1] + picture, page)


def main(page: Path = PAGE) -> None:
    """Write the picture into the page."""
    page.write_text(with_picture(page.read_text("utf-8"), drawn(imports())), "utf-8")


if __name__ == "__main__":
    main()
