"""What the times by memory decide: what a victim waits, before and after, and a month's dollars."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import memory_tables
from benchmarks.memory_tables import NONE, TITLED, both, of_hand_over, runs_of, whole
from benchmarks.month import BEFORE
from benchmarks.programs import PEERS, TITLES
from benchmarks.report import between_marks, table
from infra.harness import cloudformation

SEND = "send_notice"
KINDS = {"burst": "cold", "warm": "warm"}


def into(document: Path, found: Mapping[str, Any], run: Mapping[str, Any]) -> None:
    """Put all tables of a run between their marks in a document.

    Args:
        found: what `memory.measured` gave, and the dollars of `month`.
        run: when, at which commit and under which load it ran.
    """
    parts = {"choice": tables(found, run), "memory": memory_tables.tables(found)}
    between_marks(document, "make bench ONLY=memory writes it", parts)


def tables(found: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """Return when it was measured, what a victim waits, and what the portal's memory changed."""
    samples, *_ = memory_tables.undisturbed(found)
    said = (
        f"Measured on {run['at'][:10]} at commit {run['commit']}, on {found['processors']} "
        f"processors. The machine's load average was {run['load']} at the end."
    )
    return "\n\n".join((said, _felt(samples), _before(samples), _month(found["month"])))


def _felt(samples: Mapping[str, Any]) -> str:
    """Return what a victim waits with the template's memory, beside the nearest peer."""
    given = cloudformation.memory_of_functions()
    rows = []
    for page, title in TITLED.items():
        for how, said in KINDS.items():
            mb = given["portal"]
            peer = nearest(samples, page, mb, how)
            times = (_pages(samples, name, page, mb, how) for name in ("portal", peer))
            rows.append((f"{title}, {said}", f"{mb:,}", *map(both, times), TITLES.get(peer, NONE)))
    mb = given[SEND]
    for how, said in KINDS.items():
        bare = of_hand_over(samples, mb, how, floor=True) if how != "warm" else []
        cells = both(of_hand_over(samples, mb, how)), both(bare)
        title = f"arrest to hand-over, {said}"
        rows.append((title, f"{mb:,}", *cells, TITLES["floor"] if bare else NONE))
    head = ("what a victim waits, ms", "template MB", "Aviso", "nearest peer", "which")
    return table(head, rows)


def _before(samples: Mapping[str, Any]) -> str:
    """Return the portal's cold pages with the memory before and now, beside the nearest peer."""
    sizes = BEFORE["portal"], cloudformation.memory_of_functions()["portal"]
    rows = [
        (
            f"cold {TITLED[page]}",
            *(_median(_pages(samples, "portal", page, mb, "burst")) for mb in sizes),
            *(
                _median(_pages(samples, nearest(samples, page, mb, "burst"), page, mb, "burst"))
                for mb in sizes
            ),
        )
        for page in TITLED
    ]
    was, now = (f"{mb:,} MB" for mb in sizes)
    head = ("with the burst, median ms", f"before, {was}", f"now, {now}", "nearest peer, before",
            "nearest peer, now")  # fmt: skip
    return table(head, rows)


def nearest(samples: Mapping[str, Any], page: str, mb: int, how: str) -> str:
    """Return the peer with the smallest median on a page, empty when none has a run."""
    medians = {
        peer: statistics.median(times)
        for peer in PEERS
        if (times := _pages(samples, peer, page, mb, how))
    }
    return min(medians, key=lambda peer: medians[peer], default="")


def _pages(samples: Mapping[str, Any], name: str, page: str, mb: int, how: str) -> list[float]:
    return [whole(sample) for sample in runs_of(samples, f"{name} {page}", mb, how)]


def _median(times: Sequence[float]) -> str:
    return f"{statistics.median(times):,.0f}" if times else NONE


def _month(month: Mapping[str, Any]) -> str:
    """Return `make cost`, and how much more it is than with the memory before."""
    now, before = month["now"], month["before"]
    rows = [("fixed", f"{now['fixed_usd']:,.2f}", f"{now['fixed_usd'] - before['fixed_usd']:.2f}")]
    for victims, dollars in now["usage_usd"].items():
        more = dollars - before["usage_usd"][victims]
        rows.append((f"usage, {int(victims):,} victims a month", f"{dollars:,.2f}", f"{more:,.2f}"))
    head = ("`make cost`, dollars a month without messages", "now", "more than before")
    return table(head, rows)
