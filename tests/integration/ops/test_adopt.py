"""`aviso adopt`: a new stack has what people decided in the former one."""

from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.domain import restriction
from aviso.domain.name_search import keys_of
from aviso.domain.reasons import Restriction
from aviso.notices import planning, sending
from aviso.staff import case_decisions
from aviso.storage import (
    cases,
    guard_items,
    name_index,
    name_key,
    notices,
    sending_controls,
    suppressions,
)
from infra.deploy import adopt
from infra.harness.builders import NOW, NUMBER, a_case, an_arrest_case, an_invocation
from infra.harness.portal_browser import store
from infra.harness.staff_browser import subjects
from infra.ops import restore
from infra.ops.connection import operator
from tests.conftest import REGION

MOMENT = restore.Moment(datetime(2126, 11, 26, 12, 0, tzinfo=UTC))
OLD, NEW = ({name: of(name) for name in restore.ALL} for of in (MOMENT.copy_of, str))

pytestmark = pytest.mark.in_memory_tables


@pytest.fixture
def destroyed(keep, lose):
    """Leave the tables to a deleted stack, and make empty ones."""

    def go() -> None:
        keep()
        lose(*restore.ALL)

    return go


@pytest.fixture
def adopted(database):
    def go() -> None:
        adopt.copy_all(database, OLD, NEW)

    return go


@pytest.fixture
def typed(database, monkeypatch):
    """Type the command, where a stack was deleted and another one has its keys and buckets."""
    old = OLD | {"OptoutKey": "old-key", "AuditBucket": "old-copy"}
    new = NEW | {"OptoutKey": "new-key", "AuditBucket": "new-copy"}
    vault = boto3.client("secretsmanager", region_name=REGION)
    s3 = boto3.client("s3", region_name=REGION)
    for name, key in (("old-key", "of-the-stops"), ("new-key", "another")):
        vault.create_secret(Name=name, SecretString=f'{{"key": "{key}"}}')
    for name in (old["AuditBucket"], new["AuditBucket"]):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for name in restore.ALL:
        monkeypatch.setenv(f"{name.upper()}_TABLE", name)
    monkeypatch.setenv("AWS_REGION", REGION)
    clients = partial(boto3.client, region_name=REGION)
    monkeypatch.setattr(adopt, "_names", lambda _, stack: old if stack == "aviso" else new)
    monkeypatch.setattr(adopt, "check", lambda *_: None)
    monkeypatch.setattr(adopt, "clients_of", lambda _: clients)
    return lambda: adopt.adopt("aviso", None, "aviso-2", REGION)


class TestCommand:
    def test_as_typed_keeps_what_people_decided(
        self, destroyed, typed, settings, provider, monkeypatch
    ):
        case = an_arrest_case().case
        store(case)
        found, ana = cases.read_case(NUMBER), operator("ana")
        phone = found.victims[0].phone
        case_decisions.mark_unsafe(found, found.victims[0], phone, "He reads it", ana)
        sending_controls.turn(kinds_off=["status"], brake="notices", trial=False)
        suppressions.opt_out("of-her-phone", "reply", NOW)
        planning.plan(NUMBER, settings, NOW)
        owed = {one.id for one in notices.of_case(NUMBER)}
        destroyed()
        sending_controls.turn(trial=True)
        store(a_day_later(case))  # the nightly file came before the command was typed
        planning.plan(NUMBER, settings, NOW)
        typed()
        vault = boto3.client("secretsmanager", region_name=REGION)
        assert "of-the-stops" in vault.get_secret_value(SecretId="new-key")["SecretString"]
        assert guard_items.get("OPTOUT#of-her-phone")
        found = cases.read_case(NUMBER)
        assert restriction.restriction_of(found, settings) is Restriction.DESK
        assert {one.id for one in notices.of_case(NUMBER)} == owed
        now = sending_controls.switches()
        assert (now.kill, now.trial) == (True, True)
        assert (sorted(now.kinds_off), now.brake) == (["status"], "notices")
        typed()  # as it advises
        sending_controls.turn(kill=False, trial=False, brake="")
        for n, id in enumerate(owed):
            sending.send(id, an_invocation(settings, lambda: NOW, token=f"t{n}"))
        assert provider.sent == []

    def test_typed_again_leaves_on_what_a_person_turned_on(self, destroyed, adopted):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        destroyed()
        adopted()
        sending_controls.turn(kinds_off=[], brake="", trial=False)
        adopted()
        now = sending_controls.switches()
        assert (sorted(now.kinds_off), now.brake) == ([], "")

    def test_typed_again_undoes_nothing_that_a_person_decided(self, destroyed, adopted, settings):
        store(an_arrest_case().case)
        case_decisions.restrict(cases.read_case(NUMBER), operator("ana"))
        suppressions.not_me("of-her-phone", NUMBER, NOW)
        retention.hold(NUMBER, "ana", settings, NOW)
        destroyed()
        adopted()
        assert guard_items.get(f"NOTME#of-her-phone#{NUMBER}")
        suppressions.not_me_undone("of-her-phone", NUMBER)
        retention.hold(NUMBER, "ana", settings, NOW, on=False)
        seen = {Restriction.DESK}
        case_decisions.lift(cases.read_case(NUMBER), seen, "they called", operator("ana"))
        adopted()
        assert guard_items.get(f"NOTME#of-her-phone#{NUMBER}") is None
        assert not retention.held(cases.read_case(NUMBER))
        assert cases.read_case(NUMBER).report.desk_restriction == ""

    def test_typed_again_after_it_stopped_halfway_copies_the_rest(
        self, destroyed, adopted, monkeypatch
    ):
        store(an_arrest_case().case)
        destroyed()
        with monkeypatch.context() as patch:
            rows = adopt.adopted_rows

            def stops(database, old, name):
                if name == "Cases":
                    raise ConnectionError
                return rows(database, old, name)

            patch.setattr(adopt, "adopted_rows", stops)
            with pytest.raises(ConnectionError):
                adopted()
        adopted()
        assert cases.read_case(NUMBER).victims

    def test_typed_again_brings_no_stop_that_was_taken_back(self, database, destroyed, adopted):
        suppressions.opt_out("of-her-phone", "reply", NOW)
        destroyed()
        adopted()
        suppressions.opt_in("of-her-phone", NOW + timedelta(days=1))
        adopted()
        assert guard_items.get("OPTOUT#of-her-phone") is None

    def test_typed_again_brings_nobody_back_who_was_erased(self, destroyed, typed, settings):
        store(an_arrest_case().case)
        destroyed()
        typed()
        (victim,) = cases.read_case(NUMBER).victims
        retention.erase(NUMBER, victim.id, "Records", settings, NOW)
        typed()
        assert cases.read_case(NUMBER).victims == ()
        assert cases.read_case(NUMBER).suspects


class TestSwitches:
    def test_leave_off_what_was_off(self, destroyed, adopted):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        destroyed()
        sending_controls.turn(trial=True, kill=True)
        adopted()
        now = sending_controls.switches()
        assert (sorted(now.kinds_off), now.brake) == (["arrest"], "notices")
        assert (now.trial, now.kill) == (True, True)

    def test_turned_off_are_in_the_trail(self, destroyed, typed):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        destroyed()
        sending_controls.turn(trial=True)
        typed()
        acts = subjects()
        for act, about in (("kill_on", ""), ("kind_off", "arrest"), ("brake_on", "")):
            assert ("operator:aviso adopt", f"switch_{act}", about) in acts

    def test_were_on_or_off_as_it_says(self, destroyed, adopted, capsys):
        sending_controls.turn(trial=False, kill=True)
        destroyed()
        adopted()
        said = capsys.readouterr().out
        assert "adopt: trial mode was off before" in said
        assert "adopt: the kill switch was on before" in said

    def test_are_left_trial_mode_first(self):
        assert adopt.NEXT.index("--trial off") < adopt.NEXT.index("--kill off")


class TestPerson:
    def test_of_before_is_found_by_name(self, destroyed, adopted):
        store(a_case().with_report().with_victim(last_name="Muñoz").case)
        assert found() == [NUMBER]
        destroyed()
        name_key.forget()
        name_key.made()  # `make deploy` ends with a smoke test, which imports people
        assert found() == []
        adopted()
        assert found() == [NUMBER]


def a_day_later(case):
    """Return the case as a file brings it again, the next day."""
    people = {
        name: tuple(replace(row, first_seen=NOW + timedelta(days=1)) for row in getattr(case, name))
        for name in ("victims", "suspects")
    }
    return replace(case, **people)


def found():
    return name_index.cases_named(keys_of("Ana Muñoz"), ())[0]
