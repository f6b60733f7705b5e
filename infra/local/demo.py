"""`make demo`: a victim's story, over HTTP on the deployed template, from case to message.

It reports what local AWS recorded as sent.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from infra.harness.web_page import Page
from infra.local import drop_feed
from infra.local.http_browser import Browser, PageError, text_of
from infra.local.run import bring_up, end_on_signals, say
from infra.local.sam_build import BuildError
from infra.local.sent_messages import SentEmail, Text
from infra.local.stack import PATIENCE, LocalAws, StackError, wait_for
from infra.message_checks.wording import opening
from infra.repository import ROOT

DEMO_FILE = ROOT / "build" / "demo.json"
CASES = 12  # besides the story's own: its text must not wait for many; `make run` loads 500


class Demo:
    """The story, one method per step, and its results."""

    def __init__(
        self, aws: LocalAws, story: dict[str, Any], sample: Path, started: float | None = None
    ) -> None:
        self.aws = aws
        self.started = time.monotonic() if started is None else started
        self.story = story
        self.sample = sample
        self.language: str = story["language"]
        self.browser = Browser(aws.portal_url)
        self.strings = _strings(self.language)
        self.result: dict[str, Any] = {
            "case_number": story["case_number"],
            "language": self.language,
        }

    def find_and_verify(self) -> Page:
        """Switch the language, find the case and verify the visitor; return the status page."""
        page = self.browser.submit(self.browser.open(), "step", lang=self.language)
        page = self._expect(page, "the first page in the victim's language")
        page = self.browser.submit(page, "step", number=self.story["case_number"])
        page = self._expect(page, "the page that asks who is there")
        page = self.browser.submit(
            page,
            "step",
            last_name=self.story["last_name"],
            birth_date=self.story["birth_date"],
        )
        page = self._expect(page, "the case's status")
        self.result["status_shown"] = text_of(page, "state")
        self.result["assigned_shown"] = text_of(page, "assigned")
        say(f"demo:   the status is '{self.result['status_shown']}'")
        say(f"demo:   the person assigned is '{self.result['assigned_shown']}'")
        return page

    def enroll(self, page: Page) -> None:
        """Sign up a phone and an email."""
        answers = {"consent": "yes"}
        for contact in ("phone", "email"):
            answers[contact] = self.story[contact]
            answers[contact + "_safe"] = "yes"
            answers[contact + "_language"] = self.language
        page = self._expect(self.browser.open("alerts"), "the page to sign up")
        page = self._expect(self.browser.submit(page, "enroll", **answers), "the confirmation")
        self.result["enrolled"] = page.url.endswith("/done") and bool(text_of(page, "good"))
        say(f"demo:   the portal says '{text_of(page, 'good')}'")
        self.wait_for_message(self._texts, "the first text")
        seconds = time.monotonic() - self.started
        self.result["first_text_seconds"] = round(seconds, 1)
        say(f"demo:   the first text came {seconds:.0f} s after the start")
        for text in self._texts():
            say(f"demo:   text to {text.phone}: {text.body}")
        self.wait_for_message(self._emails, "the first email")
        for email in self._emails():
            say(f"demo:   email to {', '.join(email.to)}: {email.subject}")

    def arrest(self) -> None:
        """Drop the arrest into the feed, and wait for the text and the email."""
        self.aws.clear_sent()
        self._drop_arrest("incoming/arrests_1.csv")
        # Routine news of before may still come: it waits for what a person needs first.
        self.wait_for_message(lambda: all(self._of_the_arrest()), "the arrest's text and email")
        self.aws.wait_until_quiet()
        texts, emails = self._of_the_arrest()
        self.result["sms"] = [{"to": text.phone, "text": text.body} for text in texts]
        self.result["emails"] = [
            {"to": list(email.to), "subject": email.subject, "text": email.text} for email in emails
        ]
        self.result["duplicates"] = len(texts) - 1 + len(emails) - 1
        for text in texts:
            say(f"demo:   text to {text.phone}: {text.body}")
        for email in emails:
            say(f"demo:   email to {', '.join(email.to)}: {email.subject}")

    def arrest_again(self) -> None:
        """Drop the same file twice more, under its own name and another's; nothing may be sent."""
        self.aws.clear_sent()
        for key in ("incoming/arrests_1.csv", "incoming/arrests_2.csv"):
            self._drop_arrest(key)
        self.aws.wait_until_quiet()
        texts, emails = self._of_the_arrest()
        again = len(texts) + len(emails)
        self.result["duplicates"] += again
        say(f"demo:   {again} more messages of the arrest were sent")

    def wait_for_message(self, check: Callable[[], Any], what: str) -> None:
        """Wait for a message to the victim.

        Raises:
            StackError: when it does not come; the error says which messages did.
        """
        try:
            wait_for(check, PATIENCE, what)
        except StackError as error:
            came = [f"text: {text.body}" for text in self._texts()]
            came += [f"email: {email.subject}" for email in self._emails()]
            seen = "\n".join(f"  {message}" for message in came) or "  no message"
            raise StackError(f"{error} To this victim came:\n{seen}") from error

    def _drop_arrest(self, key: str) -> None:
        dropped_at = datetime.now(UTC)
        drop_feed.drop(self.aws, self.sample / self.story["arrest_file"], key)
        drop_feed.wait_for_import(self.aws, key, dropped_at)

    def _of_the_arrest(self) -> tuple[list[Text], list[SentEmail]]:
        told = opening("arrest", self.language)
        return self._texts(told.sms), self._emails(told.subject)

    def _texts(self, words: str = "") -> list[Text]:
        mine = _digits(self.story["phone"])
        texts = [text for text in self.aws.sent_texts() if _digits(text.phone).endswith(mine)]
        return [text for text in texts if words in text.body]

    def _emails(self, words: str = "") -> list[SentEmail]:
        emails = [email for email in self.aws.sent_emails() if self.story["email"] in email.to]
        return [email for email in emails if words in email.subject]

    def _expect(self, page: Page, what: str) -> Page:
        if page.status != 200 or page.lang != self.language:
            raise PageError(f"instead of {what} came '{page.heading}' ({page.status}, {page.lang})")
        say(f"demo:   {what}: '{page.heading}'")
        return page

    def is_good(self) -> bool:
        """Whether every step succeeded."""
        result = self.result
        return bool(
            result["enrolled"]
            and len(result["sms"]) == 1
            and len(result["emails"]) == 1
            and not result["duplicates"]
            and not result["access_denied"]
        )


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit())[-10:]


def _strings(language: str) -> dict[str, str]:
    path = ROOT / "templates" / "locales" / language / "strings.yaml"
    strings: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return strings


def play(cases: int) -> dict[str, Any]:
    """Play the whole story on a stack of its own; return its results.

    Raises:
        StackError, BuildError, PageError: when a step did not go as a visitor would expect.
    """
    started = time.monotonic()
    sample = ROOT / "build" / "demo-sample"
    with LocalAws() as aws:
        story = bring_up(aws, sample, cases)
        demo = Demo(aws, story, sample, started)
        say("demo: 1. A victim opens the portal in Spanish and finds the case")
        page = demo.find_and_verify()
        say("demo: 2. She signs up her phone and her email")
        demo.enroll(page)
        say("demo: 3. The suspect is arrested; the records system exports it")
        demo.arrest()
        say("demo: 4. The records system exports the same arrest again, twice")
        demo.arrest_again()
        demo.result["access_denied"] = aws.access_denied()
    demo.result["seconds"] = round(time.monotonic() - started, 1)
    text = json.dumps(demo.result, indent=2, ensure_ascii=False) + "\n"
    DEMO_FILE.write_text(text, encoding="utf-8")
    if not demo.is_good():
        raise StackError("The story did not come true; build/demo.json says what came instead.")
    return demo.result


def main() -> int:
    """Play the story; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    arguments = parser.parse_args()
    end_on_signals()
    DEMO_FILE.unlink(missing_ok=True)
    try:
        result = play(arguments.cases)
    except KeyboardInterrupt:
        say("\ndemo: stopped; nothing is left running.")
        return 130
    say(
        f"demo: done in {result['seconds']:.0f} s, the first text after "
        f"{result['first_text_seconds']:.0f} s: 1 text and 1 email of the arrest, no duplicate, "
        "no call denied. build/demo.json has it all; nothing is left running."
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (StackError, BuildError, PageError) as error:
        sys.exit(f"demo: {error}")
