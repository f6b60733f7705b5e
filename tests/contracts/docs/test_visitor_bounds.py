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
    .partition("### ")[0]
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


# Past the bound, each active contact and each on file may be called unsafe once more.
WARNED_PAST = (
    sign_up_rules.EVER_BY_KNOWLEDGE
    + sign_up_rules.EVER_AT_DESK
    + sign_up_rules.MOST_CONTACTS
    + 2 * ON_FILE
)


STORED = sign_up_rules.EVER_BY_KNOWLEDGE + sign_up_rules.EVER_BY_CODE + WARNED_PAST


def cost(texts: int, settings: Settings) -> str:
    """Return what so many texts cost at most."""
    cents = ceil(texts * PARTS * settings.messages.sms_cost_microdollars / 10_000)
    return f"${cents / 100:.2f}"


class TestBounds:
    def test_are_those_of_the_code(self, settings: Settings) -> None:
        policy = settings.verification
        network, everyone = str(policy.fails_per_source), str(policy.changes_overall)
        ended, warned = STAND + ADDED, STAND + ADDED + ON_FILE

        def a_day(texts: int, whose: str = "case") -> str:
            return f"{cost(texts, settings)} a {whose} and day"

        expected = {
            "adding a contact with a code": (
                f"{WITH_CODE} ({sign_up_rules.EVER_BY_CODE} for good)",
                *(network, everyone, str(HEAR), a_day(WITH_CODE * HEAR)),
            ),
            "waiving the rights": (
                f"in the same {WITH_CODE}",
                *(f"in the same {network}", f"in the same {everyone}", str(HEAR), "in the same"),
            ),
            "ending that consent": (
                f"in the same {WITH_CODE}, and one end more",
                *("never refused", "never refused", str(HEAR), a_day(HEAR)),
            ),
            "adding one by knowledge": (
                f"{BY_KNOWLEDGE} ({sign_up_rules.EVER_BY_KNOWLEDGE} for good)",
                *(f"{network} forms of {len(PARSERS)} contacts", f"{everyone} forms"),
                *(str(HEAR + 1), a_day(BY_KNOWLEDGE * (HEAR + 1))),
            ),
            "taking one off": (
                f"once a contact: {STAND} that are active and {ADDED} added that day",
                *("never refused", "never refused", str(HEAR), a_day(ended * HEAR)),
            ),
            "calling a contact unsafe": (
                f"once a contact: the same {ended} and {ON_FILE} on file",
                *("never refused", "never refused", str(HEAR), a_day(warned * HEAR)),
            ),
            "locking and unlocking": (
                f"{LOCKS}, and one lock more",
                *(f"{network}, and one lock a case", f"{everyone}, and one lock a case"),
                *(str(HEAR), a_day((LOCKS + 1) * HEAR)),
            ),
            "having a code sent": (
                f"{CODES}, and {CODES} to each contact that is typed",
                *(network, everyone, "1", a_day(CODES + TO_TYPED)),
            ),
            "signing up before the report": (
                f"{rate_limits.EARLY_OF_ONE_NUMBER} birth dates a number"
                f" in {policy.early_enrollment_days} days",
                *(f"{rate_limits.EARLY_A_DAY} forms a day", f"{policy.fails_overall} forms"),
                *(str(HEAR), "in what is added by knowledge"),
            ),
            "a text to us": (
                f"{ANSWERS_A_DAY} answers a phone and day",
                *("", everyone, "1", a_day(ANSWERS_A_DAY, "phone")),
            ),
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
            f"{cost(day, settings)} a case on its worst day",
            f"cost at most {cost(STORED * (2 * HEAR + 1), settings)} for as long",
            f"{STORED} can be stored",
            f"{cost(locks + codes, settings)} a day besides",
            f"{policy.fails_per_source} codes: {cost(policy.fails_per_source * each, settings)}.",
            f"early sign-ups, {cost(policy.changes_overall * each + answers_and_early, settings)}.",
            f"at most {cost(ends * HEAR, settings)} for each case",
        ):
            assert said in " ".join(PROSE.split()), said
