"""What CloudFormation cannot set: text receipts, SNS's use of the number, replies, alarm addresses.

Each step says which call it would make, reads the current settings, and changes only what differs.
With `--dry-run` it changes nothing.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy import sending_rates

Clients = Callable[[str], Any]
BACK = ("START", "UNSTOP")  # these lift a carrier's block of a toll-free number
BY_SNS = "AvisoTextsBySns"


@dataclass(frozen=True, slots=True)
class SettingFix:
    """One call that corrects a setting."""

    what: str
    service: str
    call: str
    arguments: Mapping[str, Any]

    def take(self, clients: Clients) -> None:
        """Make the call."""
        getattr(clients(self.service), self.call)(**self.arguments)

    def __str__(self) -> str:
        """Return the call in readable form."""
        return f"{self.what}: {self.service}.{self.call}({dict(self.arguments)})"


def alarms(clients: Clients, topic: str, address: str) -> Iterator[SettingFix]:
    """Yield the call that asks the alarm address again to agree, where AWS has forgotten it.

    AWS forgets an address that does not agree within 48 hours, or that unsubscribed. The stack asks
    only once and does not know that.
    """
    if address and not any(_same(row, address) for row in _subscribed(clients, topic)):
        yield SettingFix("ask the alarm address to agree", "sns", "subscribe",
                   {"TopicArn": topic, "Protocol": "email", "Endpoint": address})  # fmt: skip


def unconfirmed(clients: Clients, topic: str, address: str) -> list[str]:
    """Return the addresses that have not agreed yet to a topic's emails; AWS sends them nothing.

    The alarm address is among them when AWS has no subscription of it at all.
    """
    rows = _subscribed(clients, topic)
    waiting = [r["Endpoint"] for r in rows if r["SubscriptionArn"] == "PendingConfirmation"]
    forgotten = address and not any(_same(row, address) for row in rows)
    return [*waiting, *([address] if forgotten else [])]


def _subscribed(clients: Clients, topic: str) -> list[dict[str, str]]:
    pages = clients("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    rows = [row for page in pages for row in page["Subscriptions"]]
    return [row for row in rows if row["SubscriptionArn"] != "Deleted"]


def _same(row: Mapping[str, str], address: str) -> bool:
    return row["Protocol"] == "email" and row["Endpoint"].casefold() == address.casefold()


def steps(
    clients: Clients,
    outputs: Mapping[str, str],
    number: str,
    carrier_answers_stop: bool,
    back: str,
) -> Iterator[SettingFix]:
    """Yield the steps still to be taken.

    Args:
        number: the registered number, or empty.
        carrier_answers_stop: whether AWS and the carrier answer STOP, as the settings say.
        back: AWS's reply to START where it sends one, in every language of the agency.
    """
    yield from _text_receipts(clients, outputs)
    if number == "none":
        return
    phone = sending_rates.find_phone(clients, number)
    assert phone is not None, "the checks have seen it"
    yield from _used_by_sns(clients, phone["PhoneNumberArn"])
    yield from _replies(phone, outputs, carrier_answers_stop)
    if phone["NumberType"] == sending_rates.TOLL_FREE:
        yield from _way_back(clients, phone["PhoneNumberId"], back)


def _text_receipts(clients: Clients, outputs: Mapping[str, str]) -> Iterator[SettingFix]:
    """Make SNS log the outcome of every text: receipts come from these logs."""
    wanted = {
        "DeliveryStatusIAMRole": outputs["TextLogsRole"],
        "DeliveryStatusSuccessSamplingRate": "100",
        "DefaultSMSType": "Transactional",
    }
    found = clients("sns").get_sms_attributes(attributes=list(wanted))["attributes"]
    differing = {key: value for key, value in wanted.items() if found.get(key) != value}
    if differing:
        yield SettingFix("log what became of each text", "sns", "set_sms_attributes",
                   {"attributes": differing})  # fmt: skip


def _used_by_sns(clients: Clients, number: str) -> Iterator[SettingFix]:
    """Let SNS send from the number and undo a STOP; other statements of the policies stay.

    A number bought since September 2024 refuses SNS otherwise, and the list of STOPs always does:
    https://docs.aws.amazon.com/sns/latest/dg/sns-sms-access-management.html
    """
    stops = number.partition(":phone-number/")[0] + ":opt-out-list/Default"  # the one SNS uses
    wanted = {
        number: ["sms-voice:SendTextMessage"],
        stops: ["sms-voice:DescribeOptedOutNumbers", "sms-voice:DeleteOptedOutNumber"],
    }
    for resource, actions in wanted.items():
        statements = _statements(clients, resource)
        if any(statement.get("Sid") == BY_SNS for statement in statements):
            continue
        ours = {
            "Sid": BY_SNS,
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": actions,
            "Resource": resource,
        }
        policy = {"Version": "2012-10-17", "Statement": [*statements, ours]}
        yield SettingFix(
            f"let SNS use {resource.rpartition(':')[2]}",
            "pinpoint-sms-voice-v2",
            "put_resource_policy",
            {"ResourceArn": resource, "Policy": json.dumps(policy)},
        )


def _statements(clients: Clients, resource: str) -> list[dict[str, Any]]:
    try:
        found = clients("pinpoint-sms-voice-v2").get_resource_policy(ResourceArn=resource)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return []
    statements = json.loads(found.get("Policy") or "{}").get("Statement", [])
    return statements if isinstance(statements, list) else [statements]


def _replies(
    phone: Mapping[str, Any], outputs: Mapping[str, str], carrier_answers_stop: bool
) -> Iterator[SettingFix]:
    """Send replies to our topic; where the carrier does not answer STOP, we do."""
    topic, ours = outputs["InboundTextsTopic"], not carrier_answers_stop
    set_so = (
        phone.get("TwoWayEnabled") is True
        and phone.get("TwoWayChannelArn") == topic
        and phone.get("SelfManagedOptOutsEnabled") is ours
    )
    if not set_so:
        yield SettingFix(
            "pass replies to us",
            "pinpoint-sms-voice-v2",
            "update_phone_number",
            {
                "PhoneNumberId": phone["PhoneNumberId"],
                "TwoWayEnabled": True,
                "TwoWayChannelArn": topic,
                "SelfManagedOptOutsEnabled": ours,
            },
        )


def _way_back(clients: Clients, phone: str, back: str) -> Iterator[SettingFix]:
    """Make AWS lift its own block when somebody texts the words that lift the carrier's.

    A toll-free number's carrier knows UNSTOP and START; AWS knows neither until they are set:
    https://docs.aws.amazon.com/sms-voice/latest/userguide/opt-out-list-keywords.html
    """
    known = _keywords(clients, phone)
    for word in BACK:
        if known.get(word) != ("OPT_IN", back):
            yield SettingFix(
                f"take {word} as wanting texts again",
                "pinpoint-sms-voice-v2",
                "put_keyword",
                {
                    "OriginationIdentity": phone,
                    "Keyword": word,
                    "KeywordMessage": back,
                    "KeywordAction": "OPT_IN",
                },
            )


def _no_way_back(clients: Clients, phone: str) -> Iterator[SettingFix]:
    """Remove the words: somebody who texts one would get no more texts from us."""
    for word in sorted(_keywords(clients, phone).keys() & set(BACK)):
        asked = {"OriginationIdentity": phone, "Keyword": word}
        yield SettingFix(f"forget {word}", "pinpoint-sms-voice-v2", "delete_keyword", asked)


def _keywords(clients: Clients, phone: str) -> dict[str, tuple[str, str]]:
    """Return action and message of each keyword that AWS knows of a number."""
    pages = clients("pinpoint-sms-voice-v2").get_paginator("describe_keywords")
    return {
        row["Keyword"].upper(): (row["KeywordAction"], row["KeywordMessage"])
        for page in pages.paginate(OriginationIdentity=phone)
        for row in page["Keywords"]
    }


def undone(clients: Clients, outputs: Mapping[str, str]) -> Iterator[SettingFix]:
    """Yield the steps that release a number before the stack that its replies come to is deleted.

    Otherwise a STOP would be answered in our name and stored by nobody. From then on the carrier
    and AWS answer it, and store it.
    """
    topic = outputs.get("InboundTextsTopic")
    pages = clients("pinpoint-sms-voice-v2").get_paginator("describe_phone_numbers")
    for page in pages.paginate():
        for phone in page["PhoneNumbers"]:
            if topic and phone.get("TwoWayChannelArn") == topic:
                if phone["NumberType"] == sending_rates.TOLL_FREE:
                    yield from _no_way_back(clients, phone["PhoneNumberId"])
                yield SettingFix(
                    "let AWS and the carrier answer STOP again",
                    "pinpoint-sms-voice-v2",
                    "update_phone_number",
                    {
                        "PhoneNumberId": phone["PhoneNumberId"],
                        "TwoWayEnabled": False,
                        "SelfManagedOptOutsEnabled": False,
                    },
                )
