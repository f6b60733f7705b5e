"""Texts that people send us, as SNS delivers them; `domain.stop_words` says what each asks for.

Event shape: https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aviso.domain import stop_words
from aviso.domain.errors import ReceiptUnreadable
from aviso.domain.stop_words import Meaning
from aviso.providers.receipts import InboundText


def parse(message: str, at: datetime) -> InboundText:
    """Return the text in a message of the inbound topic.

    Args:
        message: the topic's message, JSON.
        at: when the topic received it.

    Raises:
        ReceiptUnreadable: when the message is not a text.
    """
    try:
        event: Mapping[str, Any] = json.loads(message)
        text = str(event["messageBody"])
        meaning, language = stop_words.classify(text)
        return InboundText(
            id=str(event["inboundMessageId"]),
            address=str(event["originationNumber"]),
            text=text,
            meaning=meaning,
            language=language,
            maybe_stop=meaning is Meaning.OTHER and stop_words.may_ask_to_stop(text),
            at=at,
        )
    except (KeyError, TypeError, ValueError):
        raise ReceiptUnreadable("inbound text") from None
