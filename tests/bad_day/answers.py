"""What became of the requests of people on the portal and at the desk."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

SHARES = (0.5, 0.95, 0.99)
OWN = " (the gateway's own page)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request got."""

    at: float  # when it was asked
    who: str
    page: str
    status: int
    ms: float
    heading: str  # of an error's page
    polite: bool  # it says what happened and the way on
    says_when: bool  # to come back (Retry-After)
    by_gateway: bool  # whose own page it is, because the function had failed


def by_page(answers: Iterable[Answer]) -> dict[str, dict[str, float]]:
    """Return for each page the answers, the errors of 5xx and 429, and latency in milliseconds."""
    pages: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        pages[answer.page].append(answer)
    found = {}
    for page, got in sorted(pages.items()):
        times = sorted(a.ms for a in got)
        found[page] = {
            "answers": len(got),
            "errors": sum(is_error(a) for a in got),
            **{f"p{share * 100:.0f}": percentile(times, share) for share in SHARES},
            "longest": times[-1],
        }
    return found


def is_error(answer: Answer) -> bool:
    """Whether an answer is a failure of the site, not of what was typed."""
    return answer.status == 429 or answer.status >= 500


def percentile(times: Sequence[float], share: float) -> float:
    """Return the smallest of sorted times that this share does not exceed."""
    return times[min(len(times) - 1, int(share * len(times)))]


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return median, 95th and 99th percentile and the longest of sorted seconds."""
    if not seconds:
        return {}
    shares = {f"p{s * 100:.0f}": percentile(seconds, s) for s in SHARES}
    return {k: round(v, 1) for k, v in {**shares, "longest": seconds[-1]}.items()}


def errors(answers: Iterable[Answer]) -> dict[str, int]:
    """Return how many answers were not a page of the journey, by status and heading."""
    bad = (a for a in answers if a.status != 200)
    kinds: Counter[str] = Counter(
        f"{a.status}: {a.heading or 'no page'}{OWN * a.by_gateway}" for a in bad
    )
    return dict(kinds.most_common())


def bare(answers: Iterable[Answer]) -> int:
    """Return how many errors were not a page that says what happened and what to do."""
    return sum(is_error(a) and not a.polite for a in answers)


def told_when(answers: Iterable[Answer]) -> dict[str, Any]:
    """Return how many errors there were, and how many said when; the gateway's own apart."""
    bad = [a for a in answers if is_error(a)]
    return {
        name: {"errors": len(some), "say_when": sum(a.says_when for a in some)}
        for name, own in (("site", False), ("gateway", True))
        for some in ([a for a in bad if a.by_gateway == own],)
    }


def figures(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return all that a day's figures say of its answers."""
    return {
        "pages": by_page(answers),
        "answers": len(answers),
        "errors": errors(answers),
        "bare": bare(answers),
        "say_when": told_when(answers),
    }
