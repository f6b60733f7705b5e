"""What goes on while a release takes over: visits, an import, a message; and what is seen of it."""

import re
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.error import URLError

from infra.harness.feed_files import complete
from infra.local import drop_feed
from infra.local.http_browser import Browser, PageError
from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.e2e.arrested_case import EMAIL, NUMBER, VICTIM, files, items

LINK = re.compile(r"https?://\S+/((?:stop|not-me)\?t=[\w.-]+)")
BORN = "4/12/1985"
PAUSE = 0.5  # seconds between two visits


@dataclass
class Traffic:
    """Visitors who come all the time, one of them signed in by the first release."""

    aws: LocalAws
    folder: Path
    visitor: Browser
    link: str  # of a message that the first release sent
    visits: list[int] = field(default_factory=list)  # each answer's status
    trouble: list[str] = field(default_factory=list)
    stayed: list[int] = field(default_factory=list)  # of the signed-in visitor's page, by change
    asked: list[int] = field(default_factory=list)  # of the link's page, by change
    imported: list[str] = field(default_factory=list)  # cases
    _over: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def begun(cls, aws: LocalAws, folder: Path) -> "Traffic":
        """Sign a visitor in, and take the link from the email that the release has sent."""
        visitor = Browser(aws.portal_url)
        page = visitor.submit(visitor.open(), "step", number=NUMBER)
        visitor.submit(page, "step", last_name="Ñáñez", birth_date=BORN)
        texts = (email.text for email in aws.sent_emails() if EMAIL in email.to)
        link = next(found[1] for text in texts if (found := LINK.search(text)))
        return cls(aws, folder, visitor, link)

    @contextmanager
    def during(self, change: str) -> Iterator[None]:
        """Let visitors come, import a case with an arrest, and see it told, during a change."""
        self._over.clear()
        visits = threading.Thread(target=self._visit, daemon=True)
        visits.start()
        try:
            before = self._drop(f"{change}a")
            yield
            after = self._drop(f"{change}b")
            for number in (before, after):
                wait_for(partial(told, self.aws, number), PATIENCE, f"the arrest of {number}")
            self.stayed.append(self.visitor.open("status").status)
            self.asked.append(Browser(self.aws.portal_url).open(self.link).status)
        finally:
            self._over.set()
            visits.join()
        self.aws.wait_until_quiet()

    def _visit(self) -> None:
        while not self._over.is_set():
            browser = Browser(self.aws.portal_url)
            try:
                page = browser.open()
                self.visits.append(page.status)
                self.visits.append(browser.submit(page, "step", number=NUMBER).status)
            except (URLError, OSError, PageError) as error:
                self.trouble.append(str(error))
            self._over.wait(PAUSE)

    def _drop(self, mark: str) -> str:
        """Drop the files of a case of its own; return its number."""
        number = f"{int(NUMBER) + len(self.imported) + 1}"
        self.imported.append(number)
        now = datetime.now(UTC)
        for name, text in files(now).items():
            own = text.replace(NUMBER, number).replace(VICTIM, f"U{number}")
            own = own.replace("OPS1", f"S{number}").replace("OPA1", f"A{number}")
            own = own.replace(EMAIL, f"{number}@example.com")
            path = self.folder / f"{mark}_{name}"
            path.write_text(complete(name, own), encoding="utf-8-sig")
            drop_feed.drop(self.aws, path, f"incoming/{mark}_{name}")
        return number


def told(aws: LocalAws, number: str) -> bool:
    """Whether the arrest in a case was told."""
    rows = [n for n in items(aws, "NoticesTable") if n.get("case") == number]
    return any(n.get("kind") == "arrest" and n["state"] == "sent" for n in rows)


def messages_to(aws: LocalAws, number: str, subjects: Collection[str]) -> int:
    """Return how many emails the victim of a case got whose subject has one of these words."""
    mine = [email for email in aws.sent_emails() if f"{number}@example.com" in email.to]
    return sum(any(words in email.subject for words in subjects) for email in mine)
