"""What deploying asks, wires and takes down: asked once, changed only where it differs."""

import json
from pathlib import Path

import pytest

from infra.deploy import adopt, answers, destroy, post_deploy, sending_rates
from infra.deploy.stacks import DeployError
from tests.support.deploy_checks.calls import GIVEN, OUTPUTS, PHONE, READ, TOPIC, WHO, stubbed


class TestAnswers:
    def test_missing_are_named_without_a_person(self) -> None:
        with pytest.raises(answers.AnswersError, match="alarm_email, operator_phone"):
            answers.complete({})
        assert answers.complete(GIVEN)["stack"] == "aviso"

    def test_are_asked_again_until_they_fit(self) -> None:
        typed = iter(["not an address", "it@example.org"])
        said: list[str] = []
        given = answers.complete(GIVEN) | {}
        del given["alarm_email"]
        done = answers.complete(given, lambda question: next(typed), said.append)
        assert done["alarm_email"] == "it@example.org"
        assert "does not fit" in said[0]

    def test_are_asked_once(self, tmp_path: Path) -> None:
        file = answers.file_for(tmp_path / "police.yaml")
        answers.save(file, answers.complete(GIVEN), {})
        assert file.name == "police.deploy.yaml"
        assert answers.complete(answers.read(file)) == answers.complete(GIVEN)

    def test_misspelled_are_refused(self, tmp_path: Path) -> None:
        (file := tmp_path / "x.deploy.yaml").write_text("alarm_mail: it@example.org\n")
        with pytest.raises(answers.AnswersError, match="there is no question 'alarm_mail'"):
            answers.read(file)

    def test_keep_chosen_parameters_in_the_file(self, tmp_path: Path) -> None:
        (file := tmp_path / "x.deploy.yaml").write_text("parameters: {LogRetentionDays: 90}\n")
        chosen = answers.chosen(file, {"LogRetentionDays"})
        answers.save(file, answers.complete(GIVEN | answers.read(file)), chosen)
        assert answers.chosen(file, {"LogRetentionDays"}) == {"LogRetentionDays": "90"}
        assert answers.read(file)["alarm_email"] == GIVEN["alarm_email"]

    @pytest.mark.parametrize(
        ("written", "says"),
        [
            ("{LogDays: 90}", "no template has a parameter 'LogDays'"),
            ("{Canary: true}", 'as text: "tr'),
        ],
    )
    def test_refuse_a_parameter_of_no_template(self, tmp_path: Path, written, says) -> None:
        (file := tmp_path / "x.deploy.yaml").write_text(f"parameters: {written}\n")
        with pytest.raises(answers.AnswersError, match=says):
            answers.chosen(file, {"LogRetentionDays", "Canary"})


@pytest.fixture
def chino(tmp_path: Path, monkeypatch) -> Path:
    """Give the settings of an agency whose stack is neither the default one nor in its region."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")  # a shell's, for something else
    agency = tmp_path / "chino.yaml"
    agency.with_suffix(".deploy.yaml").write_text("stack: chino\nregion: us-east-1\n")
    return agency


class TestStackName:
    def test_is_the_one_that_was_deployed(self, chino):
        assert answers.which(chino, "", "") == ("chino", "us-east-1")
        assert answers.which(chino, "chino-2", "") == ("chino-2", "us-east-1")
        assert answers.which(chino, "", "us-west-2") == ("chino", "us-west-2")
        assert answers.which(None, "", "") == ("aviso", "eu-west-1")

    def test_without_answers_is_none(self, tmp_path: Path):
        for stack, region in (("", ""), ("aviso", ""), ("", "us-west-2")):
            with pytest.raises(answers.AnswersError, match="Correct --agency"):
                answers.which(tmp_path / "mistyped.yaml", stack, region)

    @pytest.mark.parametrize(
        ("command", "act"),
        [
            (destroy, lambda agency: destroy.destroy(agency, "", "", "keep")),
            (adopt, lambda agency: adopt.adopt("aviso", agency, "", "")),
        ],
        ids=["destroy", "adopt"],
    )
    def test_of_the_agency_is_taken_down_or_over(self, command, act, chino, monkeypatch, capsys):
        asked: list[str] = []

        def clients_of(region: str):
            asked.append(region)
            return stubbed(WHO)

        def holdings_of(_: object, stack: str) -> list[object]:
            asked.append(stack)
            return []

        monkeypatch.setattr(command, "clients_of", clients_of)
        monkeypatch.setattr(command.retained_resources, "of", holdings_of)
        monkeypatch.setattr(command.retained_resources, "standing", lambda *_: False)
        with pytest.raises(DeployError):
            act(chino)
        assert asked[0] == "us-east-1"
        assert asked[-1] == "chino"


VOICE = "pinpoint-sms-voice-v2"
LIST = "arn:aws:sms-voice:us-west-2:123456789012:opt-out-list/Default"
OURS = {"Policy": '{"Statement": {"Sid": "AvisoTextsBySns"}}'}
USED_BY_SNS = [(VOICE, "get_resource_policy", OURS)] * 2
BACK = "You will get our texts again"
TEN_DLC = {"NumberType": "TEN_DLC"}
ID = {"PhoneNumberId": "phone-1"}
AGREED = f"{TOPIC}:1234"


def subscribed(*rows: tuple[str, str]):
    """Return clients of an account in which a topic emails these addresses."""
    listed = [
        {"Endpoint": address, "SubscriptionArn": arn, "Protocol": "email"} for address, arn in rows
    ]
    return stubbed(("sns", "list_subscriptions_by_topic", {"Subscriptions": listed}))


def keyword(word: str, message: str = BACK, action: str = "OPT_IN") -> dict[str, str]:
    return {"Keyword": word, "KeywordMessage": message, "KeywordAction": action}


class TestWiring:
    def test_switches_text_receipts_on_where_off(self) -> None:
        off = ("sns", "get_sms_attributes", {"attributes": {"DefaultSMSType": "Transactional"}})
        (step,) = post_deploy.steps(
            stubbed(off), OUTPUTS, "none", carrier_answers_stop=False, back=BACK
        )
        assert step.call == "set_sms_attributes"
        assert step.arguments["attributes"].keys() == {
            "DeliveryStatusIAMRole",
            "DeliveryStatusSuccessSamplingRate",
        }

    def test_names_missing_agreement_to_alarms(self) -> None:
        clients = subscribed(("It@example.org", "PendingConfirmation"), ("b@example.org", AGREED))
        assert post_deploy.unconfirmed(clients, TOPIC, "it@example.org") == ["It@example.org"]

    @pytest.mark.parametrize("rows", [(), (("it@example.org", "Deleted"),), (("b@x.org", AGREED),)])
    def test_asks_a_forgotten_alarm_address_again(self, rows) -> None:
        assert post_deploy.unconfirmed(subscribed(*rows), TOPIC, "it@example.org") == [
            "it@example.org"
        ]
        (step,) = post_deploy.alarms(subscribed(*rows), TOPIC, "it@example.org")
        asked = {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "it@example.org"}
        step.take(stubbed(("sns", "subscribe", {"SubscriptionArn": "pending confirmation"})))
        assert (step.call, step.arguments) == ("subscribe", asked)

    @pytest.mark.parametrize("arn", [AGREED, "PendingConfirmation"])
    def test_asks_an_alarm_address_once(self, arn: str) -> None:
        assert not list(
            post_deploy.alarms(subscribed(("it@example.org", arn)), TOPIC, "it@example.org")
        )

    def test_asks_nobody_where_none_is_emailed(self) -> None:
        assert not list(post_deploy.alarms(subscribed(), TOPIC, ""))
        assert post_deploy.unconfirmed(subscribed(), TOPIC, "") == []

    def test_leaves_alone_what_is_wired(self) -> None:
        phone = PHONE | {
            **TEN_DLC,
            "TwoWayEnabled": True,
            "TwoWayChannelArn": OUTPUTS["InboundTextsTopic"],
            "SelfManagedOptOutsEnabled": True,
        }
        numbers = (VOICE, "describe_phone_numbers", {"PhoneNumbers": [phone]})
        clients = stubbed(READ, numbers, *USED_BY_SNS)
        assert not list(post_deploy.steps(clients, OUTPUTS, "+15205550123", False, BACK))

    def test_lets_sns_use_number_and_stops(self) -> None:
        other = {"Sid": "ForConnect", "Effect": "Allow"}
        clients = stubbed(
            READ,
            (VOICE, "describe_phone_numbers", {"PhoneNumbers": [PHONE | TEN_DLC | ID]}),
            (VOICE, "get_resource_policy", {"Policy": json.dumps({"Statement": [other]})}),
            (VOICE, "get_resource_policy", "ResourceNotFoundException"),
            *[(VOICE, "put_resource_policy", {})] * 2,
        )
        steps = [*post_deploy.steps(clients, OUTPUTS, "+15205550123", False, BACK)][:2]
        for step, resource, actions, before in (
            (steps[0], PHONE["PhoneNumberArn"], ["SendTextMessage"], [other]),
            (steps[1], LIST, ["DescribeOptedOutNumbers", "DeleteOptedOutNumber"], []),
        ):
            assert step.arguments["ResourceArn"] == resource
            *kept, ours = json.loads(step.arguments["Policy"])["Statement"]
            assert kept == before
            assert ours["Principal"] == {"Service": "sns.amazonaws.com"}
            assert ours["Action"] == [f"sms-voice:{action}" for action in actions]
            step.take(clients)

    @pytest.mark.parametrize("carrier", [True, False])
    def test_has_one_party_answer_stop(self, carrier: bool) -> None:
        phone = PHONE | TEN_DLC | {"PhoneNumberId": "phone-1"}
        numbers = (VOICE, "describe_phone_numbers", {"PhoneNumbers": [phone]})
        clients = stubbed(READ, numbers, *USED_BY_SNS)
        (step,) = post_deploy.steps(clients, OUTPUTS, "+15205550123", carrier, BACK)
        assert step.arguments["TwoWayChannelArn"] == OUTPUTS["InboundTextsTopic"]
        assert step.arguments["SelfManagedOptOutsEnabled"] is not carrier
        assert "+1520" not in str(step)

    @pytest.mark.parametrize(
        ("known", "words"),
        [
            ([keyword("HELP", "Call us", "AUTOMATIC_RESPONSE")], ["START", "UNSTOP"]),
            ([keyword("START"), keyword("UNSTOP", "Welcome")], ["UNSTOP"]),
            ([keyword("START", action="AUTOMATIC_RESPONSE"), keyword("UNSTOP")], ["START"]),
            ([keyword("start"), keyword("UNSTOP")], []),
        ],
    )
    def test_sets_up_the_way_back_to_texts(self, known, words) -> None:
        wired = {"TwoWayEnabled": True, "TwoWayChannelArn": OUTPUTS["InboundTextsTopic"]}
        phone = PHONE | wired | {"PhoneNumberId": "phone-1"}
        clients = stubbed(
            READ,
            (VOICE, "describe_phone_numbers", {"PhoneNumbers": [phone]}),
            *USED_BY_SNS,
            (VOICE, "describe_keywords", {"Keywords": known}),
            *[(VOICE, "put_keyword", {})] * len(words),
        )
        found = list(post_deploy.steps(clients, OUTPUTS, "+15205550123", True, BACK))
        assert [step.arguments["Keyword"] for step in found] == words
        for step in found:
            assert step.arguments["KeywordAction"] == "OPT_IN"
            assert step.arguments["KeywordMessage"] == BACK
            step.take(clients)


class TestTakeDown:
    def test_needs_the_name_typed(self) -> None:
        with pytest.raises(DeployError, match="nothing was changed"):
            destroy.confirm("aviso", "keep", lambda _: "yes")
        with pytest.raises(DeployError, match="nothing was changed"):
            destroy.confirm("aviso", "delete", lambda _: "aviso")
        destroy.confirm("aviso", "keep", lambda _: "aviso")
        destroy.confirm("aviso", "delete", lambda _: "delete all data of aviso")

    @pytest.mark.parametrize(
        ("topic", "steps"),
        [(OUTPUTS["InboundTextsTopic"], 1), ("arn:aws:sns:us-west-2:123456789012:else", 0)],
    )
    def test_lets_a_number_go_before_its_stack(self, topic: str, steps: int) -> None:
        phone = PHONE | {"PhoneNumberId": "phone-1", "TwoWayChannelArn": topic}
        numbers = (VOICE, "describe_phone_numbers", {"PhoneNumbers": [phone]})
        keywords = {
            "Keywords": [keyword("START"), keyword("HELP", "Call us", "AUTOMATIC_RESPONSE")]
        }
        clients = stubbed(numbers, (VOICE, "describe_keywords", keywords))
        found = list(post_deploy.undone(clients, OUTPUTS))
        assert [step.call for step in found] == ["delete_keyword", "update_phone_number"][
            : 2 * steps
        ]
        for step in found[1:]:
            assert step.arguments["SelfManagedOptOutsEnabled"] is False
        for step in found[:1]:
            assert step.arguments["Keyword"] == "START"  # else it would go on promising texts

    def test_finds_a_number_on_a_later_page(self) -> None:
        other = PHONE | {"PhoneNumber": "+15205550199"}
        first = {"PhoneNumbers": [other], "NextToken": "more"}
        service, call = VOICE, "describe_phone_numbers"
        pages = stubbed((service, call, first), (service, call, {"PhoneNumbers": [PHONE]}))
        assert sending_rates.find_phone(pages, "+15205550123") == PHONE

    @pytest.mark.parametrize("answer", [{}, "ResourceNotFoundException"])
    def test_removes_a_log_group_made_again(self, answer: object) -> None:
        destroy.sweep_logs(stubbed(("logs", "delete_log_group", answer)), "aviso")
