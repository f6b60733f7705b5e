"""People on the portal and at the desk, played by Locust, and what became of their requests."""

import json
import os
import signal
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.local import bootstrap
from infra.local.downloads import TOOLS
from infra.repository import ROOT
from tests.bad_day.people import BORN_TYPED, TOLD, Case

HERE = Path(__file__).resolve().parent
FOLDER = ROOT / "build" / "bad-day"
LOCUST = TOOLS / "locust"
PINS = ROOT / "infra/local/requirements-locust.txt"
SHARES = (0.5, 0.95, 0.99)
OWN = " (the gateway's own page)"
LAST_REQUESTS = 40  # seconds that requests under way may still take


def provide() -> Path:
    """Return Locust's Python; its environment is made at the first use, from pinned hashes."""
    if not bootstrap.is_done(LOCUST, PINS):
        print("bad-day: fetching Locust into .tools/locust", flush=True)
        bootstrap.make_environment(bootstrap.fetch_uv(), LOCUST, PINS)
    return LOCUST / "bin/python"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request got.

    Attributes:
        at: when it was asked, in epoch seconds.
        status: HTTP's; 0 when no answer came.
        heading: of an error's page.
        polite: whether the page says what happened and the way on.
        says_when: whether it says when to come back (Retry-After).
        by_gateway: whether the gateway gave its own page because the function had failed. Only a
            day in memory knows.
    """

    at: float
    who: str
    page: str
    status: int
    ms: float
    heading: str
    polite: bool
    says_when: bool
    by_gateway: bool = False


class Visitors:
    """Locust as a context: started on entry, stopped at the end of its time or on exit."""

    def __init__(
        self,
        portal: str,
        desk: str,
        cases: Sequence[Case],
        *,
        visitors: int,
        accounts: Mapping[str, str],
        seconds: float,
    ) -> None:
        self.seconds = seconds
        self.answers_file = FOLDER / "answers.jsonl"
        self.plan: dict[str, Any] = {
            "portal": portal,
            "desk": desk,
            "visitors": visitors,
            "seconds": seconds,
            "answers": str(self.answers_file),
            "accounts": [list(account) for account in accounts.items()],
            "cases": [
                {"number": c.number, "last_name": c.last_name, "birth_date": BORN_TYPED}
                | {"other_email": c.signed_up}
                for c in cases
                if c.end == TOLD  # the portal shows nothing of a restricted case
            ],
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Let people come."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.answers_file.write_text("", encoding="utf-8")
        plan = FOLDER / "plan.json"
        plan.write_text(json.dumps(self.plan), encoding="utf-8")
        users = self.plan["visitors"] + len(self.plan["accounts"])
        with (FOLDER / "locust.log").open("wb") as log:
            self._process = subprocess.Popen(
                [provide(), "-m", "locust", "--headless", "--only-summary", "--locustfile",
                 HERE / "locustfile.py", "--users", str(users), "--spawn-rate", str(users),
                 "--run-time", f"{self.seconds:.0f}s", "--stop-timeout", str(LAST_REQUESTS)],
                env=os.environ | {"BAD_DAY": str(plan), "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=FOLDER,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send everybody away."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def wait(self) -> None:
        """Wait until everybody's time is over.

        Raises:
            subprocess.TimeoutExpired: when Locust does not end.
        """
        if self._process is not None:
            self._process.wait(self.seconds + LAST_REQUESTS + 60)

    def answers(self) -> list[Answer]:
        """Return what everybody got so far, in the order of the answers."""
        lines = self.answers_file.read_text(encoding="utf-8").splitlines()
        return [Answer(**json.loads(line)) for line in lines if line.endswith("}")]


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
    return answer.status in (0, 429) or answer.status >= 500


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
        f"{a.status or 'no answer'}: {a.heading or 'no page'}{OWN * a.by_gateway}" for a in bad
    )
    return dict(kinds.most_common())


def bare(answers: Iterable[Answer]) -> int:
    """Return how many errors were not a page that says what happened and what to do."""
    return sum(is_error(a) and not a.polite for a in answers if a.status)


def unanswered(answers: Iterable[Answer]) -> int:
    """Return how many requests got no answer in time: local AWS, unlike AWS, cuts none short."""
    return sum(not a.status for a in answers)


def told_when(answers: Iterable[Answer]) -> dict[str, Any]:
    """Return how many errors there were, and how many said when; the gateway's own apart."""
    bad = [a for a in answers if is_error(a) and a.status]
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
        "unanswered": unanswered(answers),
        "say_when": told_when(answers),
    }
