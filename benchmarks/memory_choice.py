"""What the times by memory decide: what a victim waits."""

import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks import memory_tables
from benchmarks.memory_tables import NONE, TITLED, both, of_hand_over, runs_of, whole
from benchmarks.programs import PEERS, TITLES
from benchmarks.report import table
from infra.harness import cloudformation

SEND = "send_notice"
KINDS = {"burst": "cold", "warm": "warm"}


def tables(found: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """Return when it was measured, and what a victim waits."""
    samples, *_ = memory_tables.undisturbed(found)
    said = (
        f"Measured on {run['at'][:10]} at commit {run['commit']}, on {found['processors']} "
        f"processors. The machine's load average was {run['load']} at the end."
    )
    return f"{said}\n\n{_felt(samples)}"


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
