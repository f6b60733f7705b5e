"""The staff desk as its people meet it, and the cases that wait there in these tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import yaml
from playwright.sync_api import Locator, Page, expect

from infra.compiler.compile import DESK_STRINGS
from infra.harness import web_page
from infra.local.stack import PATIENCE, LocalAws, wait_for
from infra.repository import ROOT
from tests.browser.feed_cases import STAMP

ORDINARY = "2611248201"  # with a phone and an email in the report
RESTRICTED = "2611248202"  # stalking: held for a person
UNREACHED = "2611248203"  # no contact at all: held for a person
BY_POST = "2611248204"  # an address alone: a letter
RETURNED = "2611248205"  # the same, and the post brings it back
RESENT = "2611248207"  # the same, and somebody asks for the letter again
CAREFUL = "2611248206"  # ordinary, until somebody restricts it
MOVED = "2611248208"  # a phone and a wrong address; the suspect's phone is known
GUARDED = "2611248209"  # stalking, and an address alone; the suspect's phone is known
BOTH = "2611248210"  # an address alone: both its notices are letters
WHO = ".who-am-i"
SUSPECTS = "505-555-0199"
HIS_OF_GUARDED = "505-555-0198"


def files(now: datetime) -> dict[str, str]:
    """Return an export with these cases, in the agency's local time."""
    local = now - timedelta(hours=7)
    at, before = (f"{local - timedelta(days=days):{STAMP}}" for days in (0, 2))
    reports = ["INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,STATUS_DT,RPT_DT,DIV,LAST_UPD"]
    people = [
        "INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,PHONE,EMAIL,ADDR,CITY,STATE,ZIP,"
        "LANG,LAST_UPD"
    ]
    for n, offense, phone, email, home in (
        (ORDINARY, "13-1507", "505-555-0121", "desk-01@example.com", ",,,"),
        (RESTRICTED, "13-2923", "505-555-0122", "desk-02@example.com", ",,,"),
        (UNREACHED, "13-1507", "", "", ",,,"),
        (BY_POST, "13-1507", "", "", "12 E Pima St,Sonora Wells,AZ,85701"),
        (RETURNED, "13-1507", "", "", "14 E Pima St,Sonora Wells,AZ,85701"),
        (RESENT, "13-1507", "", "", "16 E Pima St,Sonora Wells,AZ,85701"),
        (CAREFUL, "13-1507", "505-555-0123", "desk-06@example.com", ",,,"),
        (MOVED, "13-1507", "505-555-0124", "", "18 E Pima St,Sonora Wells,AZ,85701"),
        (GUARDED, "13-2923", "", "", "22 E Pima St,Sonora Wells,AZ,85701"),
        (BOTH, "13-1507", "", "", "24 E Pima St,Sonora Wells,AZ,85701"),
    ):
        reports.append(f"{n},{offense},ACTIVE,{before},{before},Midtown,{at}")
        people.append(f"{n},V{n},VIC,Ana,Tolano,04/12/1985,{phone},{email},{home},ENG,{at}")
        his = {MOVED: SUSPECTS, GUARDED: HIS_OF_GUARDED}.get(n, "")
        people.append(f"{n},S{n},SUS,Travis,Boone,07/02/1991,{his},,,,,,ENG,{at}")
    rows = {"cases.csv": reports, "people.csv": people}
    return {name: "\n".join(lines) + "\n" for name, lines in rows.items()}


@cache
def strings(language: str) -> Mapping[str, str]:
    """Return what the desk's pages say in a language."""
    folder = ROOT / "templates" / "locales" / language
    said: dict[str, str] = {}
    for name in DESK_STRINGS:
        said |= yaml.load((folder / name).read_text(encoding="utf-8"), yaml.CSafeLoader)
    return said


@dataclass
class Desk:
    """Someone at the desk, with a pointer."""

    page: Page
    url: str
    language: str = "en"

    def open(self, path: str = "") -> int:
        """Open a page by its address under the desk's own; return its status."""
        response = self.page.goto(f"{self.url}/{path}")
        return response.status if response else 0

    def ask(self, method: str, path: str, **form: str) -> web_page.Page:
        """Return an answer to the browser's session, which shows nothing of it.

        For what the desk decides, whatever a page looks like: it takes a tenth of the time.
        """
        address = f"{self.url}/{path}"
        answer = self.page.request.fetch(address, method=method, form={**form} or None)
        return web_page.Page(answer.status, answer.text(), url=answer.url)

    def says(self, key: str, **values: object) -> str:
        """Return a string of the desk."""
        return strings(self.language)[key].format(**values)

    def sign_in(self, name: str, password: str) -> None:
        """Accept the banner, and sign in on the service's own page."""
        self.give(name, password)
        expect(self.page.locator(WHO)).to_contain_text(name)

    def give(self, name: str, password: str) -> None:
        """Accept the banner, and give the service's page a name and a password."""
        self.open("sign-in")
        self.page.check("[name=accept]")
        self.page.click("main button")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", password)
        self.page.click("[type=submit]")

    def is_signed_in(self) -> bool:
        """Whether the page says who is signed in."""
        return self.page.locator(WHO).count() > 0

    def goes_on(self) -> bool:
        """Whether the browser's session is still open; the browser shows nothing of the answer."""
        return bool(self.ask("GET", "").of_class(WHO.removeprefix(".")))

    def press(self, key: str, within: Locator | None = None, **values: object) -> None:
        """Press the first button with this string, on the page or a part of it."""
        name = self.says(key, **values)
        with self.page.expect_navigation():
            (within or self.page).get_by_role("button", name=name, exact=True).first.click()

    def send(self, act: str, **fields: str) -> None:
        """Send a form that no page shows, with the session's own token."""
        self.page.locator("form[action=sign-out]").evaluate(
            """(form, [act, fields]) => {
                form.action = act;
                for (const [name, value] of Object.entries(fields)) {
                    const field = document.createElement("input");
                    form.append(Object.assign(field, {type: "hidden", name, value}));
                }
            }""",
            [act, fields],
        )
        self.press("desk_sign_out")

    def confirm(self) -> None:
        """Say yes on a confirmation page."""
        self.press("desk_yes")

    def find(self, what: str) -> None:
        """Find a case by what somebody typed."""
        self.open("find")
        self.page.fill("#what", what)
        self.press("desk_find")

    def sees(self, heading: str) -> None:
        """Wait for the page with this first heading."""
        expect(self.page.locator("h1").first).to_have_text(heading)

    def correct(self, old: str, new: str) -> None:
        """Put a contact in place of another on a case's page, having looked at it."""
        self.type_instead(old, typed=new)
        self.sees(self.says("desk_correct_confirm"))
        self.page.fill("#why", "She told us so.")
        self.press("desk_correct_yes")

    def type_instead(self, old: str, **fields: str) -> None:
        """Type what takes a contact's place on a case's page, and ask to see it first."""
        row = self.page.locator(".contact", has_text=old)
        row.locator("summary").click()
        for name, value in fields.items():
            row.locator(f"input[name={name}]").fill(value)
        with self.page.expect_navigation():
            row.get_by_role("button", name=self.says("desk_correct_look")).click()

    def post_letters(self, aws: LocalAws, number: str) -> None:
        """Print what is queued, a case's letter among it, and say that it was posted.

        A run that other tests began takes along every letter there is.
        """
        states = ("queued", "printed", "mailed")
        wait_for(
            lambda: any(number in held(aws, s) for s in states), PATIENCE, "a letter to be queued"
        )
        if number in held(aws, "queued"):
            self.open("letters")
            self.press("desk_print_now")
            wait_for(
                lambda: number not in held(aws, "queued"), PATIENCE, "the letters to be printed"
            )
        for _ in range(4):  # other runs may wait for the post as well, oldest first
            if number in held(aws, "mailed") and number not in held(aws, "printed"):
                return
            self.open("letters")
            self.press("desk_mailed")
            self.sees(self.says("desk_confirm_mailed"))
            expect(self.page.locator("main li").first).to_contain_text(self.says("desk_run"))
            self.confirm()
        raise AssertionError("the letters are printed, and nobody could say that they were posted")

    def batch(self, run: str) -> Locator:
        """Return the row of a batch of letters."""
        return self.page.locator("tr", has=self.page.locator(f"[name=run][value='{run}']"))

    def tell(self, within: Locator | None = None) -> None:
        """Say on a task's card that the person was told by phone."""
        self.press("desk_i_told_by_phone", within or self.page.locator(".todo").first)

    def pick(self, number: str) -> None:
        """Check the box of a case's first person in the list."""
        self.page.locator("tr", has_text=number).first.locator("input[type=checkbox]").check()

    def state(self) -> str:
        """Return the state of the first notice on a case's page."""
        return self.page.locator(".knows .tag").first.text_content() or ""

    @property
    def text(self) -> str:
        """All that the page says."""
        return self.page.inner_text("body")


def held(aws: LocalAws, state: str = "held") -> set[str]:
    """Return the cases of the notices that are in a state now."""
    return {row["case"] for row in notices(aws) if row["state"] == state}


def notices(aws: LocalAws, number: str = "") -> list[dict[str, str]]:
    """Return the notices that there are, or those of one case, each as far as it is of words."""
    found = aws.client("dynamodb").scan(TableName=aws.outputs["NoticesTable"])["Items"]
    words = ({name: value["S"] for name, value in row.items() if "S" in value} for row in found)
    return [row for row in words if row["sk"] == "NOTICE" and number in ("", row["case"])]
