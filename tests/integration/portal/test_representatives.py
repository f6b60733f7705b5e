"""A representative: named with a code, asked by a link, ended at once; and who tries to be one."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.representatives import ANSWER_WITHIN
from aviso.domain.requests import Right, Rights
from aviso.domain.text import shown
from aviso.runtime import hashing
from aviso.storage import audit, cases, notices, suppressions
from infra.harness.builders import NOW, NUMBER, STALKING, a_case
from infra.harness.portal_browser import Visitor
from tests.integration.portal.naming import FORM, LUZ, end, flow, name
from tests.support.sending import EMAIL, HOME, PHONE, arrested
from tests.support.visitor import by_knowledge, stored, with_code

SUSPECT = {"first_name": "Sam", "last_name": "Poole", "phone": "+15205550166", **HOME}
R = HoldReason
# Whom nobody asks before a member has looked, and why.
DOUBTED = {
    "a suspect": ({"first_name": "Sam", "last_name": "Poole"}, R.CONTACT_OF_SUSPECT),
    "his phone": ({"email": "", "phone": "520-555-0166"}, R.CONTACT_OF_SUSPECT),
    "his name": ({"first_name": "Sammy", "last_name": "Poole-Rey"}, R.REPRESENTATIVE_IN_DOUBT),
    "his home": (
        {"street": HOME["street"], "postal_code": HOME["postal_code"]},
        R.REPRESENTATIVE_IN_DOUBT,
    ),
}


class TestDeadVictim:
    """For whom the desk alone names somebody: nobody would be asked, and the family not know."""

    def test_has_no_page_and_the_family_may_call(self, world, settings):
        case = a_case().with_victim(deceased=True).with_speaker(relation="next_of_kin").case
        world.store(case)
        visitor = with_code(settings)
        assert 'href="speaks"' not in visitor.get("/status").text
        page = visitor.get("/speaks")
        assert (page.status, "call" in page.text.lower()) == (404, True)
        assert stored().contacts == ()


def question(world):
    (asked,) = [n for n in world.all(Kind.ENROLLMENT_CONFIRMED) if n.attempts]
    return links.token(LinkPurpose.SPEAK, asked.id, asked.attempts[0].n)


def without_tokens(text):
    """Leave out the signed tokens of links: random letters may spell a name."""
    return re.sub(r"t=[\w.-]+", "", text)


def say(token, answer, times=2):
    return [Visitor().post("/speak", t=token, answer=answer) for _ in range(times)][-1]


@pytest.fixture
def asked(world, settings):
    """Let the victim name Luz with a code, and the question go out; return her visit."""
    world.store(arrested().case)
    flow(world)
    visitor = with_code(settings)
    for _ in range(2):
        assert name(visitor).headers["Location"] == "speaks"
    assert flow(world) == {PHONE, EMAIL, LUZ}
    return visitor


def an_arrest(world, id):
    world.store(arrested().with_arrest(id).case)
    return flow(world)


class TestQuestion:
    def test_names_nobody_and_tells_nothing_of_the_case(self, world, asked):
        (message,) = [m for m in world.provider.sent if m.address == LUZ]
        said = f"{message.subject} {message.text} {message.html}"
        page = Visitor().get("/speak", t=question(world))
        for text in (without_tokens(said), page.text):
            assert not [word for word in ("Ana", "Muñoz", "Luz", "Rey", NUMBER) if word in text]
            assert "arrest" not in text.lower()
        assert "Say yes or no" in said
        assert "Do you want to speak for someone?" in page.text

    def test_changes_nothing_when_it_is_opened(self, world, asked):
        for _ in range(2):
            assert Visitor().get("/speak", t=question(world)).status == 200
        assert stored().representatives[0].holder.agreed_at is None
        assert LUZ not in an_arrest(world, "a2")

    def test_yes_brings_the_news_and_tells_the_victim(self, world, asked):
        assert "Thank you" in say(question(world), "yes").text
        assert flow(world) == {PHONE, EMAIL}  # that Luz said yes
        assert an_arrest(world, "a2") == {PHONE, EMAIL, LUZ}
        (news,) = [m for m in world.provider.sent if m.address == LUZ and "rrest" in m.text]
        assert "because you speak for someone" in news.text
        actions = [e.action for e in audit.of_case(NUMBER)]
        assert actions.count("representative_agreed") == 1

    def test_no_takes_the_contact_off(self, world, asked):
        token = question(world)
        assert "You said no" in say(token, "no", times=2).text
        assert say(token, "yes", times=1).status == 400
        assert stored().representatives == ()
        assert LUZ not in flow(world) | an_arrest(world, "a2")

    def test_is_a_record_of_the_victim(self, world, asked):
        (record,) = stored().requests
        assert (record.right, record.answer) == (Right.REPRESENTATIVE, Rights.REQUESTED)
        assert (record.proof, record.about) == ("code", stored().representatives[0].id)
        assert "Named someone to speak for you" in asked.get("/record").text

    @pytest.mark.parametrize(
        ("said", "answer", "words"),
        [("yes", Rights.REQUESTED, "Said yes to speaking"), ("no", Rights.WAIVED, "Said no to")],
    )
    def test_has_an_answer_that_is_a_record(self, world, asked, said, answer, words):
        (luz,), (named,) = stored().representatives, stored().requests
        say(question(world), said, times=1)
        if said == "yes":
            say(question(world), said, times=1)
        before, record = stored().requests
        assert (before, record.right, record.answer) == (named, Right.SPEAKING, answer)
        assert (record.about, record.place, record.proof) == (luz.id, "link", "link")
        assert (record.at, record.language) == (NOW, "en")
        page = asked.get("/record").text
        assert words in page
        assert "By a link that we sent to that person" in page
        held = retention.export(NUMBER, "v1", "operator:x", world.settings, NOW)
        assert [one["right"] for one in held["requests"]] == ["representative", "speaking"]
        assert {one["person"] for one in held["requests"]} == {"Luz Rey"}

    def test_has_answers_told_apart_by_name(self, world, asked):
        name(asked, first_name="Ana", last_name="Vega", email="ana@example.org")
        say(question(world), "no", times=1)
        page = asked.get("/record").text
        assert "Said no to speaking for you, as the person named: Luz Rey" in page
        for named in ("Luz Rey", "Ana Vega"):
            assert f"Named someone to speak for you: {named}" in page
        held = retention.export(NUMBER, "v1", "operator:x", world.settings, NOW)["requests"]
        said = [(one["right"], one["person"]) for one in held]
        assert said[-1] == ("speaking", "Luz Rey")
        assert ("representative", "Ana Vega") in said

    def test_has_a_later_no_after_the_yes(self, world, asked):
        token = question(world)
        say(token, "yes")
        say(token, "no", times=1)
        given = [(r.right, r.answer) for r in stored().requests[1:]]
        assert given == [(Right.SPEAKING, Rights.REQUESTED), (Right.SPEAKING, Rights.WAIVED)]


class TestEnd:
    def test_is_at_once_and_tells_the_victim_alone(self, world, asked):
        say(question(world), "yes")
        flow(world)
        (luz,) = stored().representatives
        csrf = asked.get("/speaks").value("csrf")
        for _ in range(2):
            asked.post("/speaks", csrf=csrf, end=luz.id)
        assert stored().representatives == ()
        given = [r.answer for r in stored().requests if r.right is Right.REPRESENTATIVE]
        assert given == [Rights.REQUESTED, Rights.WAIVED]
        assert flow(world) == {PHONE, EMAIL}
        assert an_arrest(world, "a2") == {PHONE, EMAIL}

    def test_makes_an_old_link_dead(self, world, asked):
        token, (luz,) = question(world), stored().representatives
        asked.post("/speaks", csrf=asked.get("/speaks").value("csrf"), end=luz.id)
        assert say(token, "yes").status == 400
        assert stored().representatives == ()


class TestAttack:
    @pytest.mark.parametrize(("form", "reason"), DOUBTED.values(), ids=list(DOUBTED))
    def test_by_an_ex_partner_who_names_himself_is_a_task(self, world, settings, form, reason):
        """He has her code. No page says whether he is a suspect, or what is known of him."""
        world.store(arrested().with_suspect("s9", **SUSPECT).case)
        flow(world)
        his = with_code(settings)

        def try_to_name(typed):
            said = name(his, **typed)
            told = flow(world)
            (named,) = stored().representatives
            words = (named.holder.first_name, named.holder.last_name, shown(named.address))
            pages = [his.get("/speaks").text, his.get("/record").text.partition("Who saw")[0]]
            for word in words:
                pages = [page.replace(word, "") for page in pages]
            end(his, named.id)
            flow(world)
            return (said.status, said.headers, said.body, pages[0]), told, pages[1]

        anybody, everyone, _ = try_to_name({})
        his_own, told, record = try_to_name(form)
        assert his_own == anybody
        assert (everyone, told) == ({PHONE, EMAIL, LUZ}, {PHONE, EMAIL})
        assert "A person here is taking care of it" not in record
        name(his, **form)
        flow(world)
        waiting = [n.reason for n in world.all(Kind.ENROLLMENT_CONFIRMED) if n.state is State.HELD]
        assert waiting == [reason]

    def test_that_she_cannot_get_is_no_supervisors(self, world, settings):
        world.store(arrested().case)
        flow(world)
        name(with_code(settings))
        suppressions.opt_out(hashing.address_key(LUZ), "reply", world.now)
        flow(world)
        (asked,) = world.all(Kind.ENROLLMENT_CONFIRMED)
        assert asked.reason == "no_other_contact"

    def test_on_her_sister_with_a_suspects_name_is_a_look(self, world, settings):
        """A member releases the question, and she is told once she says yes."""
        world.store(arrested().with_suspect("s9", **SUSPECT).case)
        flow(world)
        name(with_code(settings), last_name="Poole")
        flow(world)
        (held,) = [n for n in world.all(Kind.ENROLLMENT_CONFIRMED) if n.state is State.HELD]
        doubt = (HoldReason.REPRESENTATIVE_IN_DOUBT,)
        notices.move(held, State.PLANNED, due_at=NOW, released_by="staff:a", overruled=doubt)
        assert flow(world) == {LUZ}
        say(question(world), "yes")
        flow(world)
        assert LUZ in an_arrest(world, "a2")

    def test_cannot_name_her_own_phone(self, world, settings):
        world.store(arrested().with_suspect("s9", **SUSPECT).case)
        page = name(with_code(settings), email=EMAIL, last_name="Poole")
        assert (page.status, "your own phone or email" in page.text) == (400, True)
        assert stored().contacts == ()

    def test_by_knowledge_alone_names_nobody(self, world, settings):
        world.store(arrested().case)
        his = by_knowledge()
        csrf = his.get("/status").value("csrf")
        assert his.post("/speaks", csrf=csrf, **FORM).headers["Location"] == "code?next=speaks"
        assert stored().contacts == ()

    def test_by_a_forwarded_link_gains_nothing(self, world, asked):
        """A stranger says yes: Luz's contact gets the news, and he sees and gets none."""
        page = say(question(world), "yes")
        assert "Thank you" in page.text
        body = without_tokens(page.body)
        assert not [word for word in ("Ana", "Muñoz", NUMBER, LUZ) if word in body]
        assert page.cookies == []
        assert an_arrest(world, "a2") == {PHONE, EMAIL, LUZ}

    def test_by_an_old_link_is_refused(self, clock, world, asked):
        token = question(world)
        clock.shift(ANSWER_WITHIN + timedelta(minutes=1))
        assert say(token, "yes").status == 400
        assert stored().representatives[0].holder.agreed_at is None

    def test_by_a_link_of_another_purpose_is_refused(self, world, asked):
        (found,) = [n for n in world.all(Kind.ENROLLMENT_CONFIRMED) if n.attempts]
        stop = links.token(LinkPurpose.STOP, found.id, found.attempts[0].n)
        assert say(stop, "yes").status == 400

    def test_on_a_restricted_case_waits_for_a_person(self, world, asked):
        say(question(world), "yes")
        flow(world)
        world.store(arrested().with_report(offense=STALKING).with_arrest("a2").case)
        assert flow(world) == set()
        (news,) = [n for n in world.all(Kind.ARREST) if n.fact == "arrest:a2"]
        assert (news.state, news.reason) == (State.HELD, HoldReason.RESTRICTED_OFFENSE)
        assert news.attempts == ()

    def test_by_one_who_is_accused_before_the_yes(self, world, asked):
        token = question(world)
        world.store(arrested().with_suspect("s2", first_name="Luz", last_name="Rey").case)
        assert say(token, "yes").status == 400
        assert stored().representatives[0].holder.agreed_at is None

    def test_by_a_representative_who_is_accused_later(self, world, asked):
        say(question(world), "yes")
        flow(world)
        world.store(arrested().with_suspect("s2", first_name="Luz", last_name="Rey").case)
        assert an_arrest(world, "a2") == {PHONE, EMAIL}


class TestRestrictedCase:
    def test_asks_nobody_before_a_person_accepts(self, world, settings):
        world.store(arrested().case)
        flow(world)
        name(with_code(settings))
        case = cases.read_case(NUMBER)
        cases.write_row(NUMBER, *restricted(case))
        assert LUZ not in flow(world)
        (question,) = world.all(Kind.ENROLLMENT_CONFIRMED)
        assert question.state is State.HELD


def restricted(case):
    return replace(case.report, offense=STALKING, digest="restricted"), case.report
