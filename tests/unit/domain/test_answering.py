"""Who may ask for a right, or give it up, for a victim."""

from datetime import date
from typing import Any

import pytest

from aviso.domain.contacts import DESK
from aviso.domain.model import Channel, Holder
from aviso.domain.speakers import who_answers
from infra.harness.builders import NOW, a_case, a_contact, case_at

CHILD: dict[str, Any] = {"birth_date": date(2015, 3, 1)}
DEAD: dict[str, Any] = {"deceased": True}
INCAPACITATED: dict[str, Any] = {"incapacitated": True, "judged_at": NOW}
BY_MISTAKE = {"differs": ("deceased",), "overruled": ("deceased",), "judged_at": NOW}
SUSPECT = {"first_name": "Sam", "last_name": "Poole-s1", "birth_date": None}


def luz(**changes):
    holder = Holder(first_name="Luz", last_name="Rey", agreed_at=changes.pop("agreed_at", NOW))
    values = {"id": "luz", "level": DESK, "holder": holder} | changes
    return a_contact("luz@example.org", Channel.EMAIL, **values)


def named(who, contact):
    return a_case().with_victim(**who).with_enrollment("v1", contact)


def spoken(who, relation, **speaker):
    return a_case().with_victim(**who).with_suspect().with_speaker(relation=relation, **speaker)


ANSWERS = {
    "an adult": (spoken({}, "representative"), {"v1"}),
    "an organization": (spoken({"victim_type": "organization"}, "representative"), {"v1"}),
    "an adult called dead by mistake": (spoken(BY_MISTAKE, "next_of_kin"), {"v1"}),
    "a child": (spoken(CHILD, "guardian"), {"r1"}),
    "a child, not by a relative": (spoken(CHILD, "next_of_kin"), set()),
    "a child, not by a suspect": (spoken(CHILD, "guardian", **SUSPECT), set()),
    "a child, by who was named": (named(CHILD, luz(level="code")), {"luz"}),
    "the dead": (spoken(DEAD, "next_of_kin"), {"r1"}),
    "the dead, not by a guardian": (spoken(DEAD, "guardian"), set()),
    "the incapacitated": (spoken(INCAPACITATED, "guardian"), {"r1"}),
    "the incapacitated, by who was named at the desk": (named(INCAPACITATED, luz()), {"luz"}),
    "the incapacitated, not by who was named on the portal": (
        named(INCAPACITATED, luz(level="code")),
        set(),
    ),
    "the incapacitated, not before a yes": (named(INCAPACITATED, luz(agreed_at=None)), set()),
    "the incapacitated, by nobody": (a_case().with_victim(**INCAPACITATED), set()),
}


class TestWhoAnswers:
    @pytest.mark.parametrize(("built", "answer"), ANSWERS.values(), ids=list(ANSWERS))
    def test_is(self, settings, built, answer):
        found = who_answers(case_at(built.case, settings), built.case.victims[0])
        assert set(found) == answer
        assert all(found.values())
