"""The truth against the dashboard, and the page for readers."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tests.simulation import behavior
from tests.simulation.dashboard_reader import Shown

# What the case study published, by the dashboard's figures; "" where it names none.
PUBLISHED: Mapping[str, str] = {
    "logins": "more than 5,000 in five months",
    "visitors": "",
    "enrolled": "more than 1,500",
    "enrolled_share": "31%",
    "contacts": "",
    "contacts_new_share": "91%",
    "arrest_notices": "nearly 1,300",
    "arrest_enrolled_share": "23%",
    "arrest_portal_share": "",
    "arrests_owed": "",
    "arrest_on_time_share": "",
    "victims_owed": "",
    "victims_told": "",
    "victims_told_share": "",
    "told_by_person": "",
    "victims_notified": "",
    "letters": "",
    "letter_share": "22%, down from 96%",
    "surveys_sent": "",
    "responses": "",
    "response_rate": "about 17%, up from 1% on paper",
    "satisfaction": "4.2 of 5",
    "still_called_share": "fewer calls",
    "hours_saved": "more than 120 a year",
    "money_saved": "about $4,000 a year",
    "bounces": "",
    "opt_outs": "",
}
# The tables of which truth knows every row.
WHOLE = ("day", "month", "group", "division", "language", "answers")
SHARES = frozenset(name for name in PUBLISHED if name.endswith(("_share", "_rate")))


def compare(truth: Mapping[str, Any], shown: Shown) -> list[str]:
    """Return every figure of the dashboard that is not the truth, in words."""
    found = []
    for name, true in truth["figures"].items():
        if not same(true, shown.figures.get(name)):
            found.append(f"{name}: {true} in truth, {shown.figures.get(name)} on the dashboard")
        elif shown.tiles[name] not in tiles(name, true):
            found.append(f"{name}: {true} in truth, '{shown.tiles[name]}' on the page")
    for table, rows in truth["tables"].items():
        for label, row in rows.items():
            for name, true in row.items():
                value = shown.tables[table].get(label, {}).get(name)
                if not same(true, value) and (true or value):  # a row of nothing may be left out
                    where = f"{name}, {table} {label}"
                    found.append(f"{where}: {true} in truth, {value} on the dashboard")
    return found + list(_made_up(truth, shown))


def _made_up(truth: Mapping[str, Any], shown: Shown) -> Iterator[str]:
    """Yield what the dashboard shows in a row that truth does not have."""
    for table in (t for t in WHOLE if t in truth["tables"]):
        rows = truth["tables"][table]
        names = {name for row in rows.values() for name in row}
        for label in shown.tables[table].keys() - rows.keys():
            for name in sorted(names):
                if value := shown.tables[table][label].get(name):
                    yield f"{name}, {table} {label}: nothing in truth, {value} on the dashboard"


def compared(truth: Mapping[str, Any]) -> int:
    """Return how many numbers of the dashboard's tables are held against the truth."""
    return sum(len(row) for rows in truth["tables"].values() for row in rows.values())


def same(true: float | None, shown: float | None) -> bool:
    """Whether a number is shown right; the files round to four decimals."""
    if true is None or shown is None:
        return true is shown
    return round(true, 4) == round(shown, 4)


def tiles(name: str, value: float | None) -> set[str]:
    """Return how a number may be written: at a half, its last bit decides how it is rounded."""
    near = (value,) if value is None else (value - 1e-9, value, value + 1e-9)
    return {tile(name, one) for one in near}


def tile(name: str, value: float | None) -> str:
    """Return how the dashboard's page writes a number."""
    if value is None:
        return "None"
    if name in SHARES:
        return f"{value * 100:.1f}%"
    if name == "money_saved":
        return f"${value:,.0f}"
    return f"{value:,.1f}" if name in ("hours_saved", "satisfaction") else f"{value:,.0f}"


def _as_shown(name: str, true: float | None, shown: float | None) -> str:
    """Return a number of the dashboard; its file is rounded, which may change the last digit."""
    return tile(name, true if same(true, shown) else shown)


def recounted() -> list[str]:
    """Return every counter that its rows do not bear out, in words."""
    from aviso.domain.settings import Settings
    from infra.ops.counter_differences import differences

    return [
        f"recount: {d.day} {d.metric} {d.cut}: counted {d.counted}, again {d.recounted}"
        for d in differences(Settings.current())
    ]


def sealed(today: date) -> tuple[int, int]:
    """Return how many days are sealed with their counters, and how many should be by last night."""
    from aviso.domain.settings import Settings
    from aviso.reporting.sealing import open_days
    from aviso.storage import counters

    agency = Settings.current()
    live = agency.agency.go_live.astimezone(agency.agency.zone).date()
    due = (today - live).days - open_days(agency)
    return sum(counts is not None for _, counts in counters.seals()), max(0, due)


PAGE = """# Results of a simulated half year, and of storms

`make simulate` wrote this page; [the storms](#storms) below are of `make storm`. The first plays
half a year of an invented city, at {scale:g} of Tucson's
size: {victims:,} victims, {messages:,} messages, {letters:,} letters and {logins:,} logins, all
through the product's own functions. *Truth* is the simulation's own ledger of what its people did
and of which messages and letters were handed over, written before anybody looks at the dashboard.
*Dashboard* is what the staff desk's page shows afterwards.

**{differences} of {count} figures differ**, and a recount finds {recount} differences. All
{cuts} numbers that the simulation can know agree too, in the tables by day, month, offense group,
division, language, kind, channel and answer. No table has a row without a truth. **{sealed} days
are sealed** by then, and compared with their seals: retention has let {forgotten} closed cases go
(the simulated agency keeps them for only {kept} days). Later days are compared with their rows.

**What this shows, and what it does not.** It shows that the dashboard counts right. How many people
log in, sign up or answer is an **assumption**: the probabilities in `tests/simulation/behavior.py`
were set so that the figures come out near those of the case study. They are not a forecast for your
city, and no evidence that people would act this way.

| figure | published by the case study | simulated truth | dashboard |
| --- | --- | ---: | ---: |
{rows}

The case study covers the Tucson police's victim information portal, July to December 2020: a city
of half a million people, with 2,000 to 3,000 victims a month. Its counts are of the whole city,
ours of {scale:g} of one. Shares can be compared. [Figures](figures.md) defines each figure.

Figures with the same name may differ in meaning:

- **To enrolled victims** (`arrest_enrolled_share`) is the case study's 23%: victims who had
  enrolled when the arrest came. `arrest_portal_share` is stricter: only the portal brought the
  contact.
- **Money** is paper and postage of the letters that nobody had to write. Hours of staff are counted
  separately, and in money where the agency states what an hour costs. We do not know what the case
  study's $4,000 include. We have no figure for the 250 hours that it says were saved on reaching
  victims.
- **Savings** are compared with the 96% of victims who got a letter before, as the case study says.
  An agency states its own share (`messages.letter_share_before`).

**Other agencies, and who speaks for a victim.** With a code, {agreed:,} victims let the jail and
the prosecutor have their request, and {ended:,} took it back. The truth is what a clerk of the
other agency read on the desk's page: {read:,} requests. None was for another agency, and none that
was owed was missing. Their emails name no report. Victims named {named:,} people to speak for them.
{yes:,} said yes, and got {beside:,} messages. Nobody got news before a yes or after the end.

**Closing calls.** The simulated agency calls some victims when work on their case stops.
Clerks saw {to_call:,} on the desk's list and reached {closed:,}; the report counts as many.

**Wishes.** {waived:,} victims waived in the report, and {opted_in:,} of them asked for news again
on the portal, with a code. No news went to anybody between. {hidden:,} victims have a confidential
home and no other address. No letter went to any of them: a person tells them, or a message does.

**What it does not play.** Nobody signs up before the report is there. Staff only post letters and
telephone: no hold is released, nothing is resent, corrected or restricted by hand, no letter comes
back. A request that no other agency confirmed stays a task. Nobody gets a message for want of an
answer to a closing call. The surveys of called victims are not compared with those of others. No
victim is an organization. No case has two arrests. Clocks do not change in Arizona. Nothing is
compared by channel other than letters. By kind, arrests and the first contact are compared: owed,
told on time, and how. Nor are the figures compared of notices of all kinds. Only unit tests and the
recount check these.

## What happened

| act | times |
| --- | ---: |
{acts}
"""


def page(result: Mapping[str, Any]) -> str:
    """Return docs/results.md."""
    rows = (
        f"| `{name}` | {PUBLISHED[name]} | {tile(name, true)} "
        f"| {_as_shown(name, true, result['dashboard'][name])} |"
        for name, true in result["truth"].items()
    )
    acts = (f"| {what} | {count:,} |" for what, count in result["acts"].items())
    did = result["acts"]
    return PAGE.format(
        scale=result["scale"],
        victims=result["victims"],
        messages=sum(n for what, n in did.items() if what.startswith("handed over")),
        letters=sum(n for what, n in did.items() if what.startswith("printed")),
        logins=result["truth"]["logins"],
        differences=result["differences"],
        count=len(result["truth"]),
        cuts=f"{result['compared']:,}",
        recount=result["recount"],
        sealed=result["sealed"],
        kept=behavior.KEEPS_CLOSED_CASES,
        forgotten=did["cases forgotten"],
        agreed=did["requests let to other agencies"],
        ended=did["requests taken back"],
        read=result["requests_read"],
        named=did["people named to speak"],
        yes=did["those named said yes"],
        beside=did["messages to those who speak"],
        to_call=result["to_call"],
        hidden=result["hidden"],
        waived=did["waived in the report"],
        opted_in=did.get("asked for news again after a waiver", 0),
        closed=did["told by telephone: closing call"],
        rows="\n".join(rows),
        acts="\n".join(acts),
    )
