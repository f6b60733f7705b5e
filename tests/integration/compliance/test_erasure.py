"""What a victim is shown of what is held, and what goes when they are erased."""

import json
import re

import boto3
import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.domain.errors import Conflict
from aviso.domain.model import AuditEntry, Kind
from aviso.reporting import erased_rows
from aviso.storage import audit, cases, inbox, inbox_tasks, notices
from aviso.storage.audited_change import AuditRow
from infra.harness.builders import NOW, NUMBER, a_case, a_contact
from tests.conftest import REGION
from tests.support.closed_case import (
    ELSEWHERE,
    HERS,
    LATER,
    SHARED,
    STRANGE,
    answered_under_the_later_number,
    closed,
    everything_stored,
    keep,
    lead,
    note,
    renumbered,
)
from tests.support.sending import World


class TestExport:
    def test_shows_the_victim_all_and_only_hers(self, stored, settings) -> None:
        stored("OPEN", NOW)
        export = retention.export(NUMBER, "v1", "records", settings, NOW)
        shown = json.dumps(export, default=str)
        assert "own@example.org" in shown
        assert "v1@example.com" in shown
        assert re.search(r"\bv2\b", shown) is None
        assert Kind.REPORT_RECEIVED in shown or Kind.FIRST_CONTACT in shown

    def test_and_erasure_are_audited_with_their_actor(self, stored, settings) -> None:
        stored("OPEN", NOW)
        retention.export(NUMBER, "v1", "records", settings, NOW)
        retention.erase(NUMBER, "v1", "records", settings, NOW)
        done = {(e.actor, e.action) for e in audit.of_case(NUMBER)}
        assert {("records", "victim_exported"), ("records", "victim_erased")} <= done

    @pytest.mark.parametrize("id", ["v1", "v9"])
    def test_and_erasure_take_either_id(self, aws, settings, id) -> None:
        keep(settings, renumbered())
        asked = answered_under_the_later_number()
        note(LATER, "moved to 12 Elm")
        lead()
        everything = (
            "own@example.org",
            "v1@example.com",
            "+15205550177",
            "a private thing",
            "12 Elm",
        )
        held = json.dumps(retention.export(NUMBER, id, "records", settings, NOW), default=str)
        assert [word for word in (*everything, asked) if word not in held] == []
        retention.erase(LATER if id == "v1" else NUMBER, id, "records", settings, NOW)
        assert [word for word in everything if word in everything_stored()] == []
        with pytest.raises(LookupError):
            retention.erase(NUMBER, id, "records", settings, NOW)

    @pytest.mark.parametrize("table", ["Cases", "Notices"])
    def test_and_erasure_reach_rows_of_a_newer_release(self, aws, settings, table) -> None:
        keep(settings, renumbered())
        answered_under_the_later_number()
        client = boto3.client("dynamodb", region_name=REGION)
        for item in client.scan(TableName=table)["Items"]:
            if item["sk"]["S"] != "CASE":
                item["type"] = {"S": item["type"]["S"] + "_9"}
                client.put_item(TableName=table, Item=item)
        private = ("own@example.org", "v1@example.com", "a private thing")
        held = json.dumps(retention.export(NUMBER, "v1", "records", settings, NOW), default=str)
        assert [word for word in private if word not in held] == []
        retention.erase(NUMBER, "v1", "records", settings, NOW)
        assert [word for word in private if word in everything_stored()] == []


OTHER = "2611240077"
RECORD = AuditRow(entry=AuditEntry(at=NOW, actor="a", action="b", case=""), keep_days=1)


def a_text(id, phone, maybe_stop=False, cases=()):
    data = {"text": f"text {id}", "address": phone, "address_key": "k", "at": NOW.isoformat()}
    inbox_tasks.put_reply(id, data | {"maybe_stop": maybe_stop, "cases": list(cases)}, NOW)


def asks_for_property():
    data = {"text": "property", "address_key": "", "at": NOW.isoformat(), "maybe_stop": False}
    inbox_tasks.put_asked("asked", data | {"victim": "v1", "cases": [NUMBER]}, RECORD, NOW)


def texts():
    return {text.id for text in inbox.texts()}


class TestErasure:
    def test_keeps_the_proof_of_notice(self, stored, settings) -> None:
        stored("OPEN", NOW)
        told = len(notices.of_case(NUMBER))
        assert retention.erase(NUMBER, "v1", "records", settings, NOW) >= 2
        left = everything_stored()
        assert "own@example.org" not in left
        assert "v1@example.com" not in left
        assert "v2@example.com" in left
        assert len(notices.of_case(NUMBER)) == told > 0
        assert [v.id for v in cases.read_case(NUMBER).victims] == ["v2"]

    def test_takes_her_texts_and_none_of_anothers(self, aws, settings):
        case = closed(status="OPEN").with_victim("v1", phone=HERS).with_victim("v2", phone=SHARED)
        keep(settings, case.with_enrollment("v1", a_contact(SHARED), a_contact(ELSEWHERE)))
        other = a_case().with_report(number=OTHER, origin=OTHER).with_victim("v9", phone=ELSEWHERE)
        World(settings, None).store(replace(other.case, number=OTHER))
        for id, phone in (("shared", SHARED), ("elsewhere", ELSEWHERE), ("strange", STRANGE)):
            a_text(id, phone)
        a_text("unread", HERS)
        for id in ("seen", "seen-stop"):
            a_text(id, HERS, maybe_stop=id == "seen-stop")
            inbox.see_to(inbox.one(f"REPLY#{id}"), "records", NOW, RECORD)
        a_text("unread-stop", HERS, maybe_stop=True)  # nobody has handled it yet
        asks_for_property()  # the law owes an answer
        shown = retention.export(NUMBER, "v1", "records", settings, NOW)["texts"]
        assert {text["text"].removeprefix("text ") for text in shown} == {
            *("unread", "seen", "seen-stop", "unread-stop", "property")
        }
        retention.erase(NUMBER, "v1", "records", settings, NOW)
        assert texts() == {"shared", "elsewhere", "strange", "unread-stop", "asked"}

    def test_takes_texts_of_a_phone_hers_alone(self, aws, settings):
        keep(settings, closed(status="OPEN").with_victim("v1", phone=HERS))
        other = a_case().with_report(number=OTHER, origin=OTHER).with_victim("v9", phone=ELSEWHERE)
        World(settings, None).store(replace(other.case, number=OTHER))
        a_text("former", STRANGE, cases=[NUMBER])
        a_text("shared-then", STRANGE, cases=[NUMBER, OTHER])
        a_text("anothers-now", ELSEWHERE, cases=[NUMBER])
        retention.erase(NUMBER, "v1", "records", settings, NOW)
        assert texts() == {"shared-then", "anothers-now"}

    def test_leaves_texts_that_may_be_anothers(self, aws, settings):
        keep(
            settings,
            closed(status="OPEN").with_victim("v1", phone=HERS).with_victim("v2", phone=""),
        )
        a_text("former", STRANGE, cases=[NUMBER])
        retention.erase(NUMBER, "v1", "records", settings, NOW)
        assert texts() == {"former"}

    def test_is_ended_by_asking_again(self, aws, settings, monkeypatch) -> None:
        keep(settings, renumbered())
        lead()
        calls: list[object] = []
        erase = erased_rows.erase

        def stops(*args):
            calls.append(args)
            if len(calls) == 2:
                raise Conflict("a row changed meanwhile")
            return erase(*args)

        monkeypatch.setattr(erased_rows, "erase", stops)
        with pytest.raises(Conflict):
            retention.erase(NUMBER, "v1", "records", settings, NOW)
        retention.erase(NUMBER, "v1", "records", settings, NOW)
        left = everything_stored()
        assert [w for w in ("own@example.org", "v1@example.com", "+15205550177") if w in left] == []

    def test_of_nobody_tells_nobody(self, stored, settings) -> None:
        stored("OPEN", NOW)
        for act in (retention.erase, retention.export):
            with pytest.raises(LookupError):
                act(NUMBER, "v7", "records", settings, NOW)
        assert "v1@example.com" in everything_stored()

    def test_counts_notes_it_leaves(self, stored, settings) -> None:
        stored("OPEN", NOW)
        note(NUMBER, "moved to 12 Elm")
        retention.erase(NUMBER, "v1", "records", settings, NOW)
        assert "12 Elm" in everything_stored()
        assert retention.notes_left(NUMBER) == 1
        retention.erase(NUMBER, "v2", "records", settings, NOW)
        assert retention.notes_left(NUMBER) == 0
