"""Runs of letters: crashes, repetition, and letters that come back."""

from collections import Counter
from datetime import timedelta

import pytest

from aviso.content import messages
from aviso.domain.errors import Conflict
from aviso.domain.model import Channel
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.letters import bucket, final_check, print_run
from aviso.notices import monitoring, receipts
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.staff.actor import Actor
from aviso.staff.case_decisions import Correction
from aviso.storage import cases, notices, print_runs
from infra.harness.builders import NOW, NUMBER
from infra.harness.staff_browser import audited
from infra.ops import letters
from infra.ops.connection import operator
from tests.support.post import BUCKET, NO_PHONE, arrested, change, posted


def crash_at(monkeypatch, module, name, after=0):
    """Make the worker die when it calls this for the nth time."""
    call, calls = getattr(module, name), []

    def dies(*args, **kwargs):
        calls.append(name)
        if len(calls) > after:
            raise SystemExit("the worker dies")
        return call(*args, **kwargs)

    monkeypatch.setattr(module, name, dies)


CRASHES = {
    "before the PDF is stored": (bucket, "put_letters", 0),
    "between PDF and manifest": (bucket, "put_manifest", 0),
    "between manifest and marks": (notices, "mark", 0),
    "between two marks": (notices, "mark", 1),
    "before it lets the printer go": (print_runs, "end", 0),
}


class TestRun:
    def test_printed_again_gives_the_same_letters(self, post):
        post.queue()
        post.print()
        before = post.get("runs/run-1/letters.pdf"), post.get("runs/run-1/manifest.csv")
        assert post.print(token="again") == {"printed": 1}
        assert before == (post.get("runs/run-1/letters.pdf"), post.get("runs/run-1/manifest.csv"))
        assert len(post.only().attempts) == 1

    @pytest.mark.parametrize("next_run", ["run-1", "run-2"])
    @pytest.mark.parametrize("killed", [False, True], ids=["raises", "is killed"])
    @pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
    def test_loses_and_repeats_no_letter_in_a_crash(
        self, post, monkeypatch, crash, killed, next_run
    ):
        people = arrested()
        for n in range(2, 5):
            people = people.with_victim(f"v{n}", **NO_PHONE)
        post.queue(people.case)
        with monkeypatch.context() as broken:
            crash_at(broken, *crash)
            if killed:
                broken.setattr(print_runs, "pause", lambda token, now: None)
            with pytest.raises(SystemExit):
                post.print("run-1")
        post.now += timedelta(minutes=16)
        post.print(next_run, token="the next one")
        in_runs = Counter(
            row["notice"]
            for key in post.stored()
            if key.endswith("manifest.csv")
            for row in post.manifest(key.split("/")[1])
        )
        assert in_runs == {n.id: 1 for n in post.all()}
        assert {n.state for n in post.all()} == {State.PRINTED}
        assert all(len(n.attempts) == 1 for n in post.all())
        for key in post.stored():  # no PDF that a person could post by mistake
            assert key.replace("letters.pdf", "manifest.csv") in post.stored()

    def test_started_twice_at_once_is_one(self, post, monkeypatch):
        post.queue()
        check = final_check.check

        def meanwhile(*args):
            with pytest.raises(Conflict):
                post.print("run-2")
            return check(*args)

        monkeypatch.setattr(print_run, "check", meanwhile)
        assert post.print("run-1") == {"printed": 1}
        assert post.print("run-2") == {}

    def test_mailed_twice_counts_once(self, post):
        post.queue()
        post.print()
        posted("run-1", post.now)
        assert posted("run-1", post.now + timedelta(days=1)) == {"mailed_before": 1}
        assert post.only().told_at == NOW

    def test_that_never_was_cannot_be_mailed(self, post):
        with pytest.raises(LookupError):
            posted("run-9", post.now)
        with pytest.raises(SystemExit, match="none yet"):
            letters.mailed("run-9", operator("dana"))

    def test_without_files_can_be_mailed(self, post):
        post.queue()
        post.print()
        for key in post.stored():
            post.s3.delete_object(Bucket=BUCKET, Key=key)
        monitoring.watch(post.settings, post.now)
        with pytest.raises(SystemExit, match="run-1"):
            letters.mailed("run-9", operator("dana"))
        letters.mailed("run-1", operator("dana"))
        assert post.only().state is State.MAILED
        assert post.only().attempts[-1].state is State.MAILED
        assert print_runs.unposted() == (post.now, {})
        assert ("operator:dana", "letter_mailed", NUMBER) in audited()

    def test_keeps_a_count_that_came_meanwhile(self, post, monkeypatch):
        print_runs.put_unposted({"run-1": 1, "run-2": 1}, post.now)
        read, later = print_runs.unposted, post.now + timedelta(minutes=5)

        def and_then_counted():
            found = read()
            print_runs.put_unposted({"run-2": 1, "run-3": 1}, later)
            return found

        monkeypatch.setattr(print_runs, "unposted", and_then_counted)
        print_runs.posted("run-1")
        assert read() == (later, {"run-2": 1, "run-3": 1})

    def test_goes_past_a_letter_that_fails(self, post, monkeypatch):
        post.queue(arrested().with_victim("v2", **NO_PHONE).case)
        render = messages.render
        first: list[bool] = []

        def broken(*args):
            if not first:
                first.append(True)
                raise KeyError("a template asks for too much")
            return render(*args)

        monkeypatch.setattr(messages, "render", broken)
        assert post.print() == {"failed": 1, "printed": 1}
        assert Counter(n.state for n in post.all()) == {State.QUEUED: 1, State.PRINTED: 1}

    def test_leaves_the_rest_to_the_next(self, post):
        post.queue()
        assert post.print(seconds=30.0) == {"left_for_next_run": 1}
        assert post.print("run-2") == {"printed": 1}

    @pytest.mark.parametrize("run", ["", "../x", "a/b", "a b", "é"])
    def test_name_cannot_leave_its_folder(self, post, run):
        with pytest.raises(ValueError, match="letters, digits and dashes"):
            post.print(run)


def brought_back(post, run):
    """Print and mail what is queued; three days later the post brings it back, as is said twice."""
    post.print(run)
    posted(run, post.now)
    post.now += timedelta(days=3)
    said = [receipts.returned(post.only().id, post.now) for _ in range(2)]
    assert said == ["returned", "returned_before"]
    return post.only()


def brought_back_once(post):
    """Say that the letter printed last was posted, and came back."""
    posted("run-1", post.now)
    post.now += timedelta(days=3)
    assert receipts.returned(post.only().id, post.now) == "returned"
    return post.only()


class TestReturnedLetter:
    def test_told_nobody_and_is_a_task(self, post):
        post.queue()
        notice = brought_back(post, "run-1")
        assert (notice.state, notice.told_at) == (State.PLANNED, None)
        assert [(a.state, a.reason) for a in notice.attempts] == [(State.FAILED, "returned")]
        post.send(notice)
        held = post.only()
        assert (held.state, held.reason) == (State.HELD, "letter_returned")
        (victim,) = cases.read_case(NUMBER).victims
        change(post, victim, street="9 W Elm St")
        for run in ("run-2", "run-3"):  # released twice: each release is for one more letter
            released = notices.move(
                post.only(), State.PLANNED, due_at=post.now, overruled=(HoldReason.LETTER_RETURNED,)
            )
            post.send(released)
            assert post.only().state is State.QUEUED
            post.send(brought_back(post, run))
            assert (post.only().state, post.only().reason) == (State.HELD, "letter_returned")
        assert len(post.only().attempts) == 3

    def test_is_followed_by_one_to_the_new_address(self, post):
        from aviso.domain.staff import Member, Role
        from aviso.staff import case_decisions

        clerk = Member(
            key="k",
            id="id-records",
            name="records",
            roles=frozenset({Role.RECORDS}),
            csrf="c",
            created_at=NOW,
            idle_until=NOW,
            max_until=NOW,
        )
        post.queue()
        case = cases.read_case(NUMBER)
        victim = case.victims[0]
        old = f"{victim.street}\n{victim.city}, {victim.region} {victim.postal_code}"
        actor = Actor.member(clerk, NOW)
        home = ("8 W Fir Rd", "Sonora Wells", "AZ", "85702")
        correction = Correction(
            case=case, victim=victim, old=old, channel=Channel.LETTER, address="", home=home
        )
        case_decisions.correct_home(correction, "She moved.", actor)  # while the letter waits
        post.print()
        (row,) = post.manifest()
        assert "8 W FIR RD" in row["address"]
        change(post, cases.read_case(NUMBER).victims[0], street="999 N New Ave")
        post.send(brought_back_once(post))
        released = notices.move(
            post.only(), State.PLANNED, due_at=post.now, overruled=(HoldReason.LETTER_RETURNED,)
        )
        post.send(released)  # the feed brought an address that nobody has judged
        assert post.only().state is State.HELD

    def test_is_followed_by_a_text_to_a_known_phone(self, post, monkeypatch):
        class Provider:
            def send(self, message, seconds_left):
                return Handed("id-1")

        monkeypatch.setattr(sender, "sender", lambda channel: Provider())
        post.queue()
        notice = brought_back(post, "run-1")
        (victim,) = cases.read_case(NUMBER).victims
        change(post, victim, phone="+15205550155")
        post.send(notice)
        assert (post.only().state, post.only().channel) == (State.SENT, "sms")

    def test_must_have_been_mailed(self, post):
        post.queue()
        for act in (lambda: None, lambda: post.print()):
            act()
            with pytest.raises(LookupError):
                receipts.returned(post.only().id, post.now)
        with pytest.raises(LookupError):
            receipts.returned("no-such-notice", post.now)

    def test_is_recorded_with_who_said_so(self, post):
        post.queue()
        post.print()
        letters.mailed("run-1", operator("dana"))
        letters.mailed("run-1", operator("dana"))
        letters.returned(post.only().id, operator("dana"))
        said = [row for row in audited() if row[0] == "operator:dana"]
        assert said == [
            ("operator:dana", "letter_mailed", NUMBER),
            ("operator:dana", "letter_returned", NUMBER),
        ]
