"""People whom victims name to speak for them: the naming, their answers and the end, in a run.

The naming and the end are stored as a visit to the portal leaves them. The answer is given by the
link of the question that really arrived, on the deployed portal, while calls fail.
"""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.harness.web_page import complete, request
from infra.local.stack import StackError
from tests.chaos.environment import World
from tests.rig.agencies import moment, texts
from tests.rig.model.scenario import Named

QUESTION = re.compile(r"/speak\?t=([\w.-]+)")
EVERY = 2.0  # seconds between two looks at what has arrived
TRIES = 5  # with one link
NEARLY_ALL = 0.8  # a question may be lost, held or late
ENDED = "ended"


@dataclass(slots=True)
class NamedPeople:
    """Everyone who is named in a run; `answering` lets them answer meanwhile."""

    world: World
    named: dict[str, Named]
    late: bool = False  # now victims end what they end late
    trouble: list[Exception] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def name(self) -> None:
        """Store each naming: the question to the person is owed from now on.

        With it is stored who hears of it: the victim's own contacts now.
        """
        for one in self.named.values():
            now = moment(datetime.now(UTC))
            contact = {
                **texts(id=one.id, channel=_channel(one), address=one.address, language="en"),
                **texts(level="code", holder_first="Kim", holder_last=one.surname),
                **texts(consent_version="1", consent_language="en", consent_source="portal"),
                "consent_at": now,
                "safe": {"BOOL": True},
                "new_to_agency": {"BOOL": False},
            }
            self._update(
                one,
                "SET named = list_append(if_not_exists(named, :none), :one),"
                " victim = :victim, #t = :type",
                {
                    ":none": {"L": []},
                    ":one": {"L": [{"M": contact}]},
                    ":victim": {"S": one.victim},
                    ":type": {"S": "choices"},
                },
                "contact",
                names={"#t": "type"},
            )

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Let people answer as soon as their question has arrived, beside what else happens.

        Raises:
            StackError: afterwards, when no answer at all was taken.
        """
        people = threading.Thread(target=self._answer_all, daemon=True)
        people.start()
        try:
            yield
        finally:
            self._over.set()
            people.join()
        for problem in self.trouble:
            raise problem
        answer = [one for one in self.named.values() if one.answers]
        if answer and not any(one.said_by for one in answer):
            raise StackError("nobody who was asked could answer")

    def nearly_all_answered(self) -> bool:
        """Whether nearly all of those who answer have done so.

        Those whom a victim ends late count by themselves: all of them but one.
        """
        late = [one for one in self.named.values() if one.answers and one.ends == "late"]
        if sum(bool(one.said_by) for one in late) < len(late) - 1:
            return False
        return self.answered >= NEARLY_ALL * sum(bool(one.answers) for one in self.named.values())

    @property
    def answered(self) -> int:
        """How many have answered, and their answer was stored."""
        return sum(bool(one.said_by) for one in self.named.values())

    def _answer_all(self) -> None:
        try:
            while not self._over.is_set():
                self._look()
                self._over.wait(EVERY)
        except Exception as error:  # the run stops with it
            self.trouble.append(error)

    def _look(self) -> None:
        arrived = dict(self._questions())
        for one in self.named.values():
            if one.answers and not one.said and one.address in arrived:
                self._answer(one, arrived[one.address])
            now = one.ends == "soon" or (one.ends == "late" and self.late)
            if now and one.said == "yes" and one.ended_by is None:
                self._end(one)

    def _questions(self) -> Iterator[tuple[str, str]]:
        """Yield the address of every question that arrived, and the token of its link."""
        messages = [(t.phone, t.body) for t in self.world.aws.sent_texts()]
        messages += [(to, e.text) for e in self.world.aws.sent_emails() for to in e.to]
        for address, text in messages:
            if link := QUESTION.search(text):
                yield address, link[1]

    def _answer(self, one: Named, token: str) -> None:
        """Press the button. A link whose hand-over was never recorded says "later" until the next.

        The question then comes again with a link that works, and the person presses that one.
        """
        asked = request("POST", "/speak", "portal.example.org", "203.0.113.9")
        event = complete(asked, {}, {"t": token, "answer": one.answers})
        status = 0
        one.said_from = one.said_from or datetime.now(UTC)
        one.said = one.answers  # from now on it may have been taken
        for _ in range(TRIES):
            try:
                status = self.world.aws.invoke("portal", event)["statusCode"]
            except StackError:
                status = 0
                continue  # it died over it; people press again
            if status == 200:
                one.said_by = datetime.now(UTC)
                return
            time.sleep(1)
        if status:
            one.said = ""  # an answer that had been taken would have been taken again

    def _end(self, one: Named) -> None:
        """End one representation, unless the rows change at this moment: then at the next look."""
        table = self.world.aws.client("dynamodb")
        place = {"TableName": self.world.aws.outputs["CasesTable"], "ConsistentRead": True}
        named = table.get_item(**place, Key=_key("CHOICES", one))["Item"]["named"]["L"]
        version = table.get_item(**place, Key=_key("ENROLLMENT", one))["Item"]["version"]
        n = [c["M"]["id"]["S"] for c in named].index(one.id)
        one.ended_from = datetime.now(UTC)
        try:
            self._update(
                one,
                f"SET named[{n}].removed_at = :now, named[{n}].removed_why = :ended",
                {":now": moment(one.ended_from), ":ended": {"S": ENDED}},
                "removed",
                version=version,
            )
        except ClientError:
            return
        one.ended_by = datetime.now(UTC)

    def _update(
        self,
        one: Named,
        expression: str,
        values: dict[str, Any],
        word: str,
        *,
        names: dict[str, str] | None = None,
        version: dict[str, str] | None = None,
    ) -> None:
        """Change both rows of an enrollment at once, if it has this version still."""
        table = {"TableName": self.world.aws.outputs["CasesTable"]}
        enrollment: dict[str, Any] = {
            "Key": _key("ENROLLMENT", one),
            "UpdateExpression": "SET victim = :victim, #t = :type,"
            " changes = list_append(if_not_exists(changes, :none), :change),"
            " rights = if_not_exists(rights, :rights) ADD version :step",
            "ExpressionAttributeNames": {"#t": "type"},
            "ExpressionAttributeValues": {
                **texts(**{":victim": one.victim, ":type": "enrollment", ":rights": "unanswered"}),
                ":step": {"N": "1"},
                ":none": {"L": []},
                ":change": {"L": [{"S": _change(one, word)}]},
            },
        }
        if version:
            enrollment["ConditionExpression"] = "version = :version"
            enrollment["ExpressionAttributeValues"][":version"] = version
        choices: dict[str, Any] = {
            "Key": _key("CHOICES", one),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
        }
        if names:
            choices["ExpressionAttributeNames"] = names
        self.world.aws.client("dynamodb").transact_write_items(
            TransactItems=[{"Update": table | update} for update in (enrollment, choices)]
        )


def _change(one: Named, word: str) -> str:
    """Return a change as the product stores it: who hears, and that a person looks if none does."""
    hears = [{"address": address, "language": "en"} for address in one.hears]
    at = datetime.now(UTC).isoformat()
    return json.dumps({"key": f"{word}:{one.id}", "at": at, "hears": hears, "asks": True})


def _channel(one: Named) -> str:
    return "email" if "@" in one.address else "sms"


def _key(kind: str, one: Named) -> dict[str, Any]:
    return texts(pk=f"CASE#{one.case}", sk=f"{kind}#{one.victim}")
