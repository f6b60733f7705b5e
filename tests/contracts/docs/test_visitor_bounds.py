"""The bounds and costs in docs/security.md are those of the code and of the sample settings."""

from math import ceil

from aviso.domain.settings import Settings
from aviso.notices.inbound import ANSWERS_A_DAY
from aviso.victims import change_limits, code_delivery, rate_limits, self_service, sign_up_rules
from aviso.victims.sign_up_form import PARSERS
from infra.repository import ROOT

SECTION = (
    (ROOT / "docs/security.md")
    .read_text(encoding="utf-8")
    .partition("## What visitors can cause")[2]
    .partition("\n## ")[0]
)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SECTION.splitlines()
    if line.startswith("| ")
]
PROSE = " ".join(
    line for line in SECTION.replace("\n", "\n ").splitlines() if not line.startswith(" |")
)
PARTS = 2  # of a text, at most: `infra.message_checks` refuses a longer one
ON_FILE = len(PARSERS)  # a phone and an email, and as many on one form
HEAR = sign_up_rules.MOST_CONTACTS + 1  # the phones left with a code, and the one on file
WITH_CODE, BY_KNOWLEDGE = change_limits.CHANGES_A_DAY, sign_up_rules.MOST_A_DAY
LOCKS = self_service.LOCK_CHANGES_A_DAY
CODES, TO_TYPED = code_delivery.MOST_A_DAY, code_delivery.MOST_A_DAY * HEAR
STAND, ADDED = 2 * sign_up_rules.MOST_CONTACTS, WITH_CODE + BY_KNOWLEDGE


def cost(texts: int, settings: Settings) -> str:
    """Return what so many texts cost at most."""
    cents = ceil(texts * PARTS * settings.messages.sms_cost_microdollars / 10_000)
    return f"${cents / 100:.2f}"


class TestBounds:
    def test_are_those_of_the_code(self, settings: Settings) -> None:
        policy = settings.verification
        network, everyone = str(policy.fails_per_source), str(policy.changes_overall)
        expected = {
            "adding a contact with a code": (
                f"{WITH_CODE} ({sign_up_rules.EVER_BY_CODE} for good)",
                *(network, everyone),
            ),
            "adding one by knowledge": (
                f"{BY_KNOWLEDGE} ({sign_up_rules.EVER_BY_KNOWLEDGE} for good)",
                *(f"{network} forms of {len(PARSERS)} contacts", f"{everyone} forms"),
            ),
            "locking and unlocking": (
                f"{LOCKS}, and one lock more",
                *(f"{network}, and one lock a case", f"{everyone}, and one lock a case"),
            ),
            "having a code sent": (
                f"{CODES}, and {CODES} to each contact that is typed",
                *(network, everyone),
            ),
            "signing up before the report": (
                f"{rate_limits.EARLY_OF_ONE_NUMBER} birth dates a number"
                f" in {policy.early_enrollment_days} days",
                *(f"{rate_limits.EARLY_A_DAY} forms a day", f"{policy.fails_overall} forms"),
            ),
            "a text to us": (f"{ANSWERS_A_DAY} answers a phone and day", "", everyone),
        }
        for means, cells in expected.items():
            (row,) = [row for row in ROWS if row[0].startswith(means)]
            assert tuple(row[1:]) == cells, means

    def test_add_up_to_the_sums_below(self, settings: Settings) -> None:
        policy = settings.verification
        a_form = (
            len(PARSERS) * HEAR + 1
        )  # a phone and an email are announced, the phone is confirmed
        codes, ends = CODES + TO_TYPED, 2 * (STAND + ADDED) + ON_FILE + 1
        locks = (LOCKS + 1) * HEAR
        day = WITH_CODE * HEAR + BY_KNOWLEDGE * (HEAR + 1) + ends * HEAR + locks + codes
        each = HEAR + a_form + HEAR + 1  # an addition, a form by knowledge, a lock, a code
        answers_and_early = policy.changes_overall + policy.fails_overall * len(PARSERS) * HEAR
        for said in (
            f"A case costs at most {cost(day, settings)} on its worst day.",
            f"A network causes at most {cost(policy.fails_per_source * each, settings)} an hour",
            f"together {cost(policy.changes_overall * each + answers_and_early, settings)}, plus",
            f"plus {cost(ends * HEAR, settings)} for each case",
            f"a change is announced to at most {HEAR} phones",
            f"{sign_up_rules.EVER_BY_KNOWLEDGE} by knowledge, {sign_up_rules.EVER_BY_CODE} with a"
            f" code, {sign_up_rules.EVER_AT_DESK} at the desk",
        ):
            assert said.lower() in " ".join(PROSE.split()).lower(), said
