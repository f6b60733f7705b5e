"""The made-up case that ends a deployment reaches the operator and nobody else."""

from datetime import datetime, timedelta

import boto3
import pytest
from botocore.stub import Stubber
from msgspec.structs import replace

from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, State
from aviso.domain.settings import Settings
from aviso.feed.file_names import Upload
from aviso.feed.importer import import_object
from aviso.notices import planning
from aviso.storage import cases, notices, sending_controls
from infra.deploy import deployment, smoke_test, smoke_test_push, smoke_test_reply, stacks
from infra.deploy.smoke_test_rows import Operator
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row
from tests.conftest import REGION

STACK = {"PortalUrl": "", "FeedBucket": "feed", "Name": "aviso"}


STACK |= {"CasesTable": "Cases", "GuardsTable": "Guards"}


OPERATOR = Operator(phone="+15205550123", email="operator@example.org", texts_from="+18445550123")


@pytest.fixture
def s3(aws):
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(
        Bucket="feed", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    return client


def database():
    return boto3.client("dynamodb", region_name=REGION)


def keys(s3) -> list[str]:
    return [row["Key"] for row in s3.list_objects_v2(Bucket="feed").get("Contents", ())]


@pytest.fixture
def imported(s3, settings):
    """Import the made-up case's files as the portal does; return their summaries."""

    def load(now=NOW):
        keys = smoke_test.send_files(s3, "feed", settings, OPERATOR, now)
        return [
            import_object(
                Upload(bucket="feed", key=key), settings, now, lambda: 900_000, lambda: None
            )
            for key in keys
        ]

    return load


def walk_over(settings: Settings, monkeypatch) -> None:
    """Run the smoke test as far as its files, which nobody imports."""
    monkeypatch.setattr(smoke_test, "released", lambda *_: "released")
    monkeypatch.setattr(smoke_test, "page", lambda *_: "page")
    monkeypatch.setattr(smoke_test, "letter", lambda: "letter")
    clients = {"lambda": None, "s3": boto3.client("s3", region_name=REGION)}
    clients |= {"dynamodb": database()}
    for _ in smoke_test.walk(clients.__getitem__, STACK, settings, OPERATOR, NOW, wait_seconds=0):
        pass


@pytest.fixture
def told(imported, settings):
    """Have the made-up arrest handed over, and each of its messages reach its last state."""
    imported()
    number = settings.agency.case_number_example
    planning.plan(number, settings, NOW)
    (arrest,) = [n for n in notices.of_case(number) if n.kind is Kind.ARREST]

    def become(state: State = State.SENT, reason: str = "", **attempts: tuple[State, str]):
        ended = [
            Attempt(n=n, channel=Channel(c), address_key="k", state=s, reason=why, at=NOW)
            for n, (c, (s, why)) in enumerate(attempts.items(), start=1)
        ]
        return replace(arrest, state=state, reason=reason, attempts=tuple(ended))

    return become


class TestMadeUpCase:
    def test_is_written_as_the_records_system_does(self, imported) -> None:
        for summary in imported():
            assert (summary["result"], summary["rejected"], summary["warnings"]) == (
                "imported",
                0,
                {},
            )

    def test_has_the_operator_as_only_victim(self, imported, settings) -> None:
        imported()
        (victim,) = cases.read_case(settings.agency.case_number_example).victims
        assert (victim.phone, victim.email) == (OPERATOR.phone, OPERATOR.email)

    def test_is_a_new_arrest_each_run(self, imported, settings) -> None:
        for now in (NOW, NOW + timedelta(days=7)):
            imported(now)
            planning.plan(settings.agency.case_number_example, settings, now)
        told = notices.of_case(settings.agency.case_number_example)
        assert sum(notice.kind is Kind.ARREST for notice in told) == 2

    def test_reaches_the_operator_alone(self, aws) -> None:
        smoke_test.only_the_operator(OPERATOR)
        assert sending_controls.switches().trial
        assert sending_controls.switches().guests == {OPERATOR.phone, OPERATOR.email}

    @pytest.mark.parametrize("people", [True, False])
    def test_is_not_sent_over_a_real_case(self, aws, settings, monkeypatch, people) -> None:
        feed, s3 = Feed(settings), boto3.client("s3", region_name=REGION)
        number = settings.agency.case_number_example
        feed.drop("cases", a_case_row(number=number))
        if people:
            feed.drop("people", a_person_row(number=number), a_suspect_row(number=number))
        before, there = cases.read_case(number), keys(s3)
        for _ in range(2):  # what it would have left must not make the case ours either
            with pytest.raises(
                smoke_test.SmokeError, match=r"is a real case's.*'case_number_example'$"
            ):
                walk_over(settings, monkeypatch)
        assert keys(s3) == there
        assert cases.read_case(number) == before

    def test_may_run_again_after_a_break(self, s3, settings, monkeypatch) -> None:
        for _ in range(2):
            with pytest.raises(smoke_test.SmokeError, match="was not imported"):
                walk_over(settings, monkeypatch)
            (key,) = [k for k in keys(s3) if k.startswith("incoming/cases_")]
            upload = Upload(bucket="feed", key=key)
            import_object(upload, settings, NOW, lambda: 900_000, lambda: None)

    def test_stops_at_rejected_rows(self, imported, s3, settings) -> None:
        imported()
        body = b'{"result": "imported", "rejected": 2}'
        s3.put_object(Bucket="feed", Key="summaries/cases.json", Body=body)
        with pytest.raises(smoke_test.SmokeError, match="rejects/"):
            smoke_test.imported_by(s3, "feed", "cases.csv", "summaries/cases.json")
        assert smoke_test.imported_by(s3, "feed", "other.csv", "summaries/other.json") == ""


LOGS = {"TextLogsRole": "arn:texts", "TextsDeliveredLog": "sns/log", "EmailEventsTopic": "arn:ses"}
ARRIVED = (State.DELIVERED, "")


@pytest.fixture
def receipts(settings, monkeypatch):
    """Wait for receipts of a notice as it is now, and no longer than a moment."""

    def wait(notice, texts_from: str = "+18445550123") -> list[str]:
        monkeypatch.setattr(smoke_test, "_newest", lambda *_: notice)
        monkeypatch.setattr(notices, "read", lambda _: notice)
        operator = replace_operator(texts_from)
        return list(smoke_test.receipts(LOGS, settings, operator, NOW, 0))

    return wait


def replace_operator(texts_from: str) -> Operator:
    return Operator(phone=OPERATOR.phone, email=OPERATOR.email, texts_from=texts_from)


class TestSettings:
    def test_that_hold_a_kind_are_said_beforehand(
        self, aws, imported, settings, capsys, monkeypatch
    ) -> None:
        arrest = settings.kinds[Kind.ARREST]

        def arrests(changed: Settings, now: datetime) -> int:
            imported(now)
            planning.plan(changed.agency.case_number_example, changed, now)
            told = notices.of_case(changed.agency.case_number_example)
            return sum(notice.kind is Kind.ARREST for notice in told)

        later = replace(settings.agency, go_live=NOW + timedelta(days=3))
        off = settings.kinds | {Kind.ARREST: replace(arrest, on=False)}
        for changed, says in (
            (replace(settings, agency=later), "go_live"),
            (replace(settings, kinds=off), "'arrest' off"),
        ):
            assert arrests(changed, NOW) == 0
            (line,) = deployment.untried(changed, NOW)
            assert says in line
            assert line in capsys.readouterr().out
            monkeypatch.setattr(smoke_test, "released", lambda *_: "released")
            monkeypatch.setattr(smoke_test, "page", lambda *_: "page")
            monkeypatch.setattr(smoke_test, "letter", lambda: "letter")
            monkeypatch.setattr(smoke_test, "imported_by", lambda *_: "imported")
            quiet = boto3.client("cloudwatch", region_name=REGION)
            s3 = boto3.client("s3", region_name=REGION)
            clients = {"lambda": None, "s3": s3, "cloudwatch": quiet, "dynamodb": database()}
            walked = list(
                smoke_test.walk(clients.__getitem__, STACK, changed, OPERATOR, NOW, wait_seconds=0)
            )
            assert says in next(
                step for step in walked if step.startswith("notice: none was tried")
            )
        assert deployment.untried(settings, NOW) == []
        assert arrests(settings, NOW) == 1

    def test_that_try_a_channel_later_are_not_awaited(
        self, told, receipts, settings, monkeypatch
    ) -> None:
        arrest = replace(settings.kinds[Kind.ARREST], ladder=((Channel.EMAIL,), (Channel.SMS,)))
        changed = replace(settings, kinds=settings.kinds | {Kind.ARREST: arrest})
        monkeypatch.setattr(smoke_test, "_newest", lambda *_: told(email=ARRIVED))
        monkeypatch.setattr(notices, "read", lambda _: told(email=ARRIVED))
        text, email = smoke_test.receipts(LOGS, changed, OPERATOR, NOW, 0)
        assert "another channel first" in text
        assert email == "email: arrived, by its receipt"


OUTPUTS = {
    "Release": "ab" * 32,
    "PortalUrl": "https://x.execute-api.example.org/portal",
    "Links": "https://cases.example.org",
    "StaffUrl": "https://desk.example.org/staff",
    "StaffFunction": "staff",
}


def live(release: str = OUTPUTS["Release"], **variables: str):
    """Return Lambda's client, whose alias leads to a version of this release and environment."""
    version = {"Description": f"The desk {release}", "Environment": {"Variables": variables}}
    called = {"FunctionName": "staff", "Qualifier": "live"}
    functions = boto3.client("lambda", region_name=REGION)
    stub = Stubber(functions)
    stub.add_response("get_function_configuration", version, called)
    stub.activate()
    return functions


class TestReleaseCheck:
    def test_finds_this_release_and_addresses(self, aws) -> None:
        assert "1 functions" in smoke_test.released(live(STAFF_URL=OUTPUTS["StaffUrl"]), OUTPUTS)

    @pytest.mark.parametrize(
        ("found", "says"),
        [
            ({"release": "cd" * 32}, "an earlier release"),
            ({"STAFF_URL": "https://desk.invalid"}, "desk.invalid for STAFF_URL"),
            ({"PORTAL_URL": OUTPUTS["PortalUrl"]}, "for PORTAL_URL, not https://cases.example.org"),
        ],
    )
    def test_tells_an_alias_left_behind(self, aws, found, says) -> None:
        with pytest.raises(smoke_test.SmokeError, match=says):
            smoke_test.released(live(**found), OUTPUTS)


ON_ITS_WAY = (State.SENT, "")


class TestNotice:
    def test_held_is_told_with_its_reason(self, imported, settings) -> None:
        imported()
        number = settings.agency.case_number_example
        planning.plan(number, settings, NOW)
        notice = next(n for n in notices.of_case(number) if n.kind is Kind.ARREST)
        assert smoke_test._outcome(notice) == ""
        held = replace(notice, state=State.HELD, reason="restricted_offense")
        with pytest.raises(smoke_test.SmokeError, match="held: restricted_offense"):
            smoke_test._outcome(held)
        for reason, says in (
            ("account_quota", "account_quota"),
            ("not_authorized", r"not_authorized.*'Resource policy'.*sns\.amazonaws\.com"),
        ):
            with pytest.raises(smoke_test.SmokeError, match=says):
                smoke_test._outcome(replace(notice, state=State.WAITING, reason=reason))

    def test_ends_with_a_receipt_for_each_channel(self, told, receipts) -> None:
        text, email = receipts(told(sms=ARRIVED, email=ARRIVED))
        assert text == "text: arrived, by its receipt"
        assert email == "email: arrived, by its receipt"

    @pytest.mark.parametrize(
        ("ends", "says"),
        [
            (
                {"sms": ON_ITS_WAY, "email": ARRIVED},
                "no receipt of the text .* arn:texts .* sns/log",
            ),
            ({"sms": ARRIVED, "email": ON_ITS_WAY}, "no receipt of the email .* arn:ses"),
            ({"sms": (State.FAILED, "takes_no_texts"), "email": ARRIVED}, "operator_phone"),
            ({"sms": ARRIVED, "email": (State.FAILED, "invalid_address")}, "operator_email"),
            ({"email": ARRIVED}, "no receipt of the text"),
        ],
    )
    def test_unconfirmed_is_no_success(self, told, receipts, ends, says) -> None:
        with pytest.raises(smoke_test.SmokeError, match=says):
            receipts(told(**ends))


class TestSandbox:
    def test_says_what_is_not_proved(self, told, receipts) -> None:
        waiting = told(State.WAITING, "account_sandbox", email=ARRIVED)
        text, email = receipts(waiting)
        assert "text: not proved" in text
        assert "Sandbox destination phone numbers" in text
        assert email == "email: arrived, by its receipt"
        text, email = receipts(told(State.WAITING, "account_sandbox"))
        assert "not proved" in text
        assert "Create identity" in email
        assert "waits" in smoke_test._outcome(told(State.WAITING, "account_sandbox"))

    @pytest.mark.parametrize("text", [ON_ITS_WAY, (State.FAILED, "carrier_filter")])
    def test_is_no_fault_without_a_number(self, told, receipts, text) -> None:
        said, _ = receipts(told(sms=text, email=ARRIVED), texts_from="none")
        assert "not proved" in said
        assert "'sms_number'" in said

    def test_is_said_again_at_the_end(self, monkeypatch, settings, aws) -> None:
        lines = ["page: answers", "text: not proved: no number", "alarms: all quiet"]
        monkeypatch.setattr(smoke_test, "walk", lambda *_, **_how: iter(lines))
        monkeypatch.setattr(smoke_test_push, "walk", lambda *_, **_how: iter(()))
        monkeypatch.setattr(smoke_test_reply, "walk", lambda *_: iter(["reply: not proved: x"]))
        monkeypatch.setattr(stacks, "bind", lambda *_: None)
        given = {"operator_phone": OPERATOR.phone, "operator_email": OPERATOR.email}
        given["region"] = "us-west-2"
        left = deployment.run_smoke_test(None, given | {"sms_number": "none"}, settings, {})
        assert left == [f"smoke test: {line}" for line in (lines[1], "reply: not proved: x")]
