"""Writes docs/cost.md: a month's bill for a small, a middle and a large city, in whole dollars.

`make cost` calls it with what it computed. Letters and hours come from the sample's settings.
"""

from collections.abc import Mapping
from typing import Any

from infra.repository import ROOT

PAGE = ROOT / "docs/cost.md"
SHOWN = (300, 3_000, 30_000)  # victims a month
TEXT = """# What it costs

`make cost` plays cases through Aviso and counts each call and byte. It multiplies them by AWS's
list prices of {as_of}, and writes the tables of this page. AWS bills your account; nobody has been
billed yet. Aviso itself is free.

## AWS, a month

{bill}

- **Fixed** is what AWS charges without any victim: alarms, figures, the firewall, a key, secrets.
- **Use** is tables, functions, pages, logs and backups.
- **Messages** are {parts:.1f} parts of texts and {emails:.1f} emails for each victim, and a
  toll-free number. A part costs ${part:.4f} at the dearest carrier.

**Left out**: logs while they are kept ($0.03 a GB and month), CloudTrail's data events ($0.10 for
100,000), texts that come in, fees of a 10DLC brand, and a support plan. A vendor that has only SFTP
needs AWS Transfer Family, about $220 a month. Some prices are from memory;
`infra/cost/prices.yaml` says which.

## Letters, a month

Postage costs more than AWS. A victim whom no text or email reaches gets a letter.

{letters}

A letter takes {minutes} minutes of a person, and ${postage:.2f} of paper and postage
(`messages.letter_minutes`, `messages.letter_cost_cents`). In Tucson's case study, {before} of 100
victims got a letter before and {after} with the portal (July to December 2020). The study names
$4,000 a year, and we do not know what that includes. Put your own numbers into your settings, and
the desk shows what you save.

## Hours of staff

- **Calls.** A restricted case sends nothing by itself: a person calls, or releases the notice. How
  many you get depends on your offense groups. `./aviso feed replay` shows it for your own files
  before you go live, and the desk [counts the calls](figures.md).
- **Setting up.** Registering the number for texts takes weeks of waiting. We estimate half a day
  for the deployment, and a day or two for the settings and the vendor's files.
- **Running.** Somebody must read the alarms. Each has an entry in the [runbook](runbook.md).

Larger sizes are in [scaling](scaling.md).
"""


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table whose columns are numbers."""
    lines = [head, ("---:",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bill(result: Mapping[str, Any]) -> str:
    """Return the table of AWS's part: fixed, use, messages, and all three."""
    rows = []
    for victims in SHOWN:
        parts = (
            result["fixed_usd"],
            result["usage_usd"][str(victims)],
            result["messages_usd"][str(victims)],
        )
        dollars = [round(part) for part in parts]
        rows.append((f"{victims:,}", *(f"${one:,}" for one in (*dollars, sum(dollars)))))
    return table(("victims a month", "fixed", "use", "messages", "in all"), rows)


def letters(share: int, messages: Mapping[str, Any]) -> str:
    """Return the table of letters, before and with Aviso.

    Args:
        share: the letters for 100 victims with Aviso.
        messages: this part of the agency's settings.
    """
    rows = []
    for victims in SHOWN:
        cells = [f"{victims:,}"]
        for percent in (messages["letter_share_before"], share):
            count = victims * percent / 100
            dollars = count * messages["letter_cost_cents"] / 100
            hours = count * messages["letter_minutes"] / 60
            cells += [f"{count:,.0f}", f"${dollars:,.0f}", f"{hours:,.0f} h"]
        rows.append(tuple(cells))
    head = (
        "victims a month",
        "letters before",
        "postage",
        "work",
        "letters now",
        "postage",
        "work",
    )
    return table(head, rows)


def text(
    result: Mapping[str, Any],
    prices: Mapping[str, Any],
    assumed: Mapping[str, Any],
    messages: Mapping[str, Any],
) -> str:
    """Return the page.

    Args:
        result: what build/cost.json says.
        prices: AWS's prices.
        assumed: the volumes that a run cannot count.
        messages: this part of the agency's settings.
    """
    a_victim = result["messages_a_victim"]
    return TEXT.format(
        as_of=result["prices_as_of"],
        bill=bill(result),
        letters=letters(assumed["letter_share"], messages),
        parts=a_victim["text_parts"],
        emails=a_victim["emails"],
        part=prices["messages"]["text_parts"],
        minutes=messages["letter_minutes"],
        postage=messages["letter_cost_cents"] / 100,
        before=messages["letter_share_before"],
        after=assumed["letter_share"],
    )
