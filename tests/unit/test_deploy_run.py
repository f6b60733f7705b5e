"""What `make deploy` says and does around the changes it makes."""

from datetime import UTC, datetime
from pathlib import Path

from aviso.store import guards
from infra.deploy import run, smoke
from tests.unit.test_deploy_answers import GIVEN, OUTPUTS, READ, TOPIC
from tests.unit.test_deploy_checks import aws as stubbed


def test_going_live_is_said_with_the_agency_whose_stack_it_is(capsys) -> None:
    outputs = {"PortalUrl": "https://p", "StaffUrl": "https://s", "FeedBucket": "feed"}
    run.tell_the_end(outputs, "none", [], Path("police.yaml"))
    assert "make switch TRIAL=off AGENCY=police.yaml" in capsys.readouterr().out


def test_a_stack_writes_to_the_operator_alone_until_it_was_deployed_to_its_end(
    aws, capsys, monkeypatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    answers = GIVEN | {"region": "us-west-2"}
    run.begin_in_trial(answers, {})
    assert guards.switches().trial
    assert guards.switches().guests == {answers["operator_phone"], answers["operator_email"]}
    assert "trial mode is on" in capsys.readouterr().out

    guards.put_marker("DEPLOYED", {}, datetime.now(UTC), smoke.FOR_EVER)
    guards.turn(trial=False)
    run.begin_in_trial(answers, {})  # an upgrade of a portal that went live
    assert not guards.switches().trial


def test_an_alarm_address_that_aws_forgot_is_among_what_is_to_be_wired(settings) -> None:
    answers = GIVEN | {"sms_number": "none"}
    outputs = OUTPUTS | {"AlarmTopic": TOPIC}
    clients = stubbed(READ, ("sns", "list_subscriptions_by_topic", {"Subscriptions": []}))
    (step,) = run.to_wire(clients, outputs, answers, settings)
    assert step.arguments["Endpoint"] == answers["alarm_email"]
