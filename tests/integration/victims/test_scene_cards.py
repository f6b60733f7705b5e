"""A card from the scene leads to the early sign-up; its second use becomes a task, unseen."""

import os
import random
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel
from aviso.domain.settings import Settings
from aviso.storage import cases, guard_items
from aviso.victims import early_sign_up, rate_limits, scene_cards
from aviso.victims.sign_up_form import Asked
from aviso.victims.verification import Claim
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_visitor
from infra.harness.portal_browser import Visitor, aws_calls, store

CARDS = int(os.environ.get("CARDS", "150"))  # CARDS=10000 is the whole trial
MISTYPED, HOURS, MINUTES = 0.05, 239, 5
FORM = {
    "number": NUMBER,
    "last_name": "munoz v1",
    "birth_date": "April 12, 1985",
    "phone": "520 555 0142",
    "phone_safe": "yes",
    "consent": "yes",
    "consent_asked": "yes",
}
BORN = (date(1985, 4, 12),)


@pytest.fixture
def code(clock):
    return scene_cards.issue(1, NOW)[0]


def use(code: str, source: str = "203.0.113.7", **changes: str):
    return Visitor(source=source).post("/early", **FORM | {"card": code} | changes)


def reasons():
    return [item.reason for item in guard_items.GuardItem.by_task.query(guard_items.EARLY_TASK)]


def addresses(number: str = NUMBER):
    return [c.address for e in cases.read_case(number).enrollments for c in e.contacts]


class TestPage:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_asks_for_the_number_on_the_card(self, clock, code, language):
        page = Visitor(language=language).get(f"/card?card={code}")
        assert page.status == 200
        assert f'value="{code}"' in page.body
        again = use(code, number="no")
        assert 'id="number-error"' in again.body
        assert f'value="{code}"' in again.body


class TestCard:
    def test_ties_one_sign_up_and_looks_the_same_again(self, clock, settings, code):
        typed = f"{code[:5].lower()} {code[5:]}"
        first = use(typed)
        second = use(code, source="198.51.100.8", phone="520 555 0177")
        never = use("", source="198.51.100.9", phone="520 555 0178")
        assert first.body == second.body == never.body
        store(a_case().with_victim("v1").case)
        for _ in range(2):
            early_sign_up.tie_all(settings, NOW)
        assert sorted(addresses()) == ["+15205550142", "+15205550178"]
        assert reasons() == ["card_again"]

    def test_makes_as_many_calls_at_each_later_use(self, clock, code):
        counts = []
        for n in range(rate_limits.EARLY_OF_ONE_NUMBER + 2):
            with aws_calls() as calls:
                use(code, phone=f"520 555 017{n}")
            counts.append(len(calls))
        assert len(set(counts)) == 1

    @pytest.mark.parametrize("all_of", ["one number", "one network"])
    def test_of_ours_goes_through_when_others_used_up(self, clock, settings, code, all_of):
        """Who knows the number guesses; many people share a hospital's or a carrier's address."""
        for n in range(rate_limits.EARLY_A_DAY):
            number = NUMBER if all_of == "one number" else f"261124001{n}"
            use("", number=number, birth_date=f"May {n + 1}, 1985", phone=f"520 555 017{n}")
        use("MADEUP0000", phone="520 555 0188")
        use(code)
        use(code, phone="520 555 0199")
        store(a_case().with_victim("v1").case)
        ends = early_sign_up.tie_all(settings, NOW)
        assert (addresses(), ends["early_card_again"]) == (["+15205550142"], 0)

    @pytest.mark.parametrize(
        ("code", "later"), [("MADEUP0000", timedelta()), ("", scene_cards.LASTS)]
    )
    def test_made_up_or_out_of_date_is_a_task(self, clock, settings, code, later):
        code = code or scene_cards.issue(1, NOW - later)[0]
        use(code)
        store(a_case().with_victim("v1").case)
        early_sign_up.tie_all(settings, NOW)
        assert (addresses(), reasons()) == ([], ["card_again"])

    def test_on_a_restricted_case_is_a_task(self, clock, settings, code):
        use(code)
        store(a_case().with_report(offense=STALKING).with_victim("v1").case)
        early_sign_up.tie_all(settings, NOW)
        assert (addresses(), reasons()) == ([], ["restricted"])


def phone(n: int) -> str:
    return f"+1602555{n:04d}"


def mistyped(number: str, chance: random.Random) -> str:
    """Return a number with another digit near its end: mostly that of another case."""
    place = chance.randrange(len(number) - 2, len(number))
    other = chance.choice([d for d in "0123456789" if d != number[place]])
    return number[:place] + other + number[place + 1 :]


def sign_up(n: int, number: str, typed: str, code: str, settings: Settings) -> None:
    claim = Claim(number=typed, last_name=f"Muñoz-{number}", birth_dates=BORN, source=f"from-{n}")
    asked = [Asked(channel=Channel.SMS, address=phone(n), language="es", safe=True)]
    early_sign_up.leave(claim, asked, a_visitor(settings, NOW), card=code)


def report(number: str) -> None:
    builder = a_case().with_report(number=number, origin=number)
    store(replace(builder.with_victim(last_name=f"Muñoz-{number}").case, number=number))


class TestMany:
    def test_are_tied_at_once_and_to_nobody_else(self, clock, settings):
        """Each hour's file brings the reports of that hour, in any order of the cards."""
        chance = random.Random(36)
        numbers = [str(2611300000 + n) for n in range(CARDS)]
        wrong = {number for number in numbers if chance.random() < MISTYPED}
        files: dict[int, list[str]] = {}
        for n, code in enumerate(scene_cards.issue(CARDS, NOW)):
            number = numbers[n]
            typed = mistyped(number, chance) if number in wrong else number
            sign_up(n, number, typed, code, settings)
            files.setdefault(chance.randrange(HOURS), []).append(number)
        late = 0
        for hour, came in sorted(files.items()):
            for number in came:
                report(number)
            for minutes in range(early_sign_up.EVERY, MINUTES + 1, early_sign_up.EVERY):
                early_sign_up.tie_all(settings, NOW + timedelta(hours=hour, minutes=minutes))
            late += sum(not addresses(number) for number in came if number not in wrong)
        assert len(wrong) > 0
        assert late <= 0.01 * (CARDS - len(wrong))
        for n, number in enumerate(numbers):
            assert set(addresses(number)) <= {phone(n)}
