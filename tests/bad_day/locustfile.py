"""What Locust plays: visitors of the portal and members of the desk, each with a browser.

Runs in Locust's own environment, so it imports nothing of the repository. BAD_DAY names a JSON
file: addresses, cases and accounts. Each answer is one line of the `answers` file: when, who,
which page, status, milliseconds, and a heading when it was not a page of the journey.

A visitor comes once a minute, so as many users as visitors come in a minute, however slow the
answers are: a visit that takes longer than a minute lets its next one be late.
"""

import html
import json
import os
import random
import re
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from locust import HttpUser, constant_pacing, task
from requests.cookies import RequestsCookieJar

PLAN = json.loads(Path(os.environ["BAD_DAY"]).read_text(encoding="utf-8"))
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)
LINK = re.compile(r'href="(case\?c=[^"]+)"')
SIGN_UPS = 0.05  # of visitors: the portal takes a hundred new contacts an hour (docs/security.md)
SECONDS = 60  # API Gateway answers after 29 at the latest; local AWS may not
ANSWERS = Path(PLAN["answers"]).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115 - to the end


class Jar(RequestsCookieJar):
    """Sends cookies for secure pages over HTTP too, as browsers do for localhost."""

    def set_cookie(self, cookie, *args, **kwargs):
        """Keep a cookie."""
        cookie.secure = False
        super().set_cookie(cookie, *args, **kwargs)


class Browser(HttpUser):
    """A person with a browser that keeps cookies and follows redirects."""

    abstract = True
    who = ""
    wait_time = constant_pacing(60)

    def on_start(self):
        """Open the browser."""
        self.client.cookies = Jar()
        self.dice = random.Random(f"{self.who}{id(self)}")
        time.sleep(self.dice.random() * min(60, PLAN["seconds"] / 4))  # not everybody at once

    def ask(self, name, method, path, form=None):
        """Make a request, note what came of it, and return the page, None for an error's."""
        url = urljoin(self.client.base_url + "/", path)
        headers = {"Accept-Language": "en-US,en;q=0.8", "X-Forwarded-For": self.address}
        if form is not None:
            headers["Origin"] = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        began = time.time()
        reply = self.client.request(
            method, url, name=name, data=form, headers=headers, timeout=SECONDS
        )
        took = (time.time() - began) * 1000
        body = reply.text or ""
        heading = HEADING.search(body)
        words = html.unescape(re.sub(r"<[^>]+>", "", heading[1])).strip() if heading else ""
        good = reply.status_code == 200
        line = {"at": began, "who": self.who, "page": name, "status": reply.status_code}
        line |= {"ms": round(took, 1), "heading": words if not good else ""}
        # Polite: says what happened in words, in both languages or the visitor's, and the way on.
        line["polite"] = good or (bool(words) and "<a " in body)
        line["says_when"] = bool(reply.headers.get("Retry-After"))
        ANSWERS.write(json.dumps(line) + "\n")
        self.url = reply.url
        return body if good else None

    def form(self, page, **values):
        """Return what a page's form sends: its hidden fields, and what a person types."""
        return {name: html.unescape(value) for name, value in HIDDEN.findall(page)} | values


class Visitor(Browser):
    """A victim who looks at her case; one of twenty signs up for alerts."""

    who = "visitor"
    host = PLAN["portal"]
    fixed_count = PLAN["visitors"]

    @task
    def visit(self):
        """Find the case, see its status, perhaps sign up, and leave."""
        self.client.cookies.clear()
        case = self.dice.choice(PLAN["cases"])
        self.address = f"198.18.{self.dice.randrange(256)}.{self.dice.randrange(1, 255)}"
        if self.ask("first page", "GET", "") is None:
            return
        page = self.ask("find", "POST", "find", {"number": case["number"]})
        if page is None:
            return
        time.sleep(self.dice.uniform(0.5, 3))
        typed = {"last_name": case["last_name"], "birth_date": case["birth_date"]}
        page = self.ask("verify, then status", "POST", "verify", self.form(page, **typed))
        if page is None or "status" not in self.url:
            return
        time.sleep(self.dice.uniform(1, 5))
        if self.dice.random() < SIGN_UPS:
            self.sign_up(case)
        page = self.ask("help", "GET", "help")
        if page is not None:
            self.ask("status again", "GET", "status")

    def sign_up(self, case):
        """Leave an email of one's own."""
        page = self.ask("alerts", "GET", "alerts")
        if page is None:
            return
        form = self.form(page, email=case["other_email"], email_safe="yes", consent="yes")
        self.ask("sign up", "POST", "enroll", form | {"email_language": "en"})


class Member(Browser):
    """A member of the desk: signs in once, then looks at tasks, a case, the report's figures."""

    who = "desk"
    host = PLAN["desk"]
    fixed_count = len(PLAN["accounts"])
    wait_time = constant_pacing(12)
    signed_in = False
    took = iter(PLAN["accounts"])

    def on_start(self):
        """Take an account."""
        super().on_start()
        self.account = next(Member.took)
        self.address = "198.51.100.7"

    @task
    def work(self):
        """Look at what a morning's work looks at."""
        if not self.signed_in:
            self.sign_in()
            return
        tasks = self.ask("desk: tasks", "GET", "tasks")
        found = LINK.findall(tasks or "")
        if found:
            self.ask("desk: case", "GET", html.unescape(self.dice.choice(found)))
        self.ask("desk: inbox", "GET", "inbox")
        page = self.ask("desk: find", "GET", "find")
        if page is not None:
            number = self.dice.choice(PLAN["cases"])["number"]
            self.ask("desk: find", "POST", "find", self.form(page, q=number, number=number))
        self.ask("desk: figures", "GET", "figures")

    def sign_in(self):
        """Accept the banner, and type name and password on the service's own page."""
        page = self.ask("desk: sign in", "POST", "sign-in", {"accept": "yes"})
        if page is None or 'name="username"' not in page:
            return
        action = re.search(r'<form[^>]*action="([^"]+)"', page)
        name, password = self.account
        form = self.form(page, username=name, password=password)
        where = urljoin(self.url, html.unescape(action[1])) if action else self.url
        page = self.ask("desk: sign in", "POST", where, form)
        self.signed_in = page is not None and "sign-out" in page
