"""The two idioms of a conditional write: a failed condition, and every other failure."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import (
    CancellationReason,
    DoesNotExist,
    PutError,
    TransactWriteError,
    VerboseClientError,
)

from aviso.domain.errors import Conflict
from aviso.storage.cases import as_read
from aviso.storage.guard_items import GuardItem
from aviso.storage.model_calls import client, transaction
from aviso.storage.tables import collided, conflict_if_changed, ignore_if_changed
from infra.harness.builders import a_case

NOW = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)
ABSENT = GuardItem.pk.does_not_exist()


def item() -> GuardItem:
    return GuardItem("NOTME#key#1", at=NOW)


def one_item():
    item().save(condition=ABSENT)


def in_a_transaction():
    with transaction() as write:
        write.save(item(), condition=ABSENT)


def by_the_raw_client():
    client().put_item(
        TableName=GuardItem.Meta.table_name,
        Item={"pk": {"S": item().pk}},
        ConditionExpression="attribute_not_exists(pk)",
    )


WRITES = [one_item, in_a_transaction, by_the_raw_client]
OTHER_FAILURES = [
    DoesNotExist(),
    PutError("PutItem failed"),
    TransactWriteError("canceled"),
    ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem"),
    KeyError("pk"),
]


@pytest.mark.parametrize("write", WRITES)
class TestFailedCondition:
    def test_becomes_a_conflict_with_the_text(self, aws, write):
        with conflict_if_changed("it changed"):
            write()  # the first write succeeds
        with pytest.raises(Conflict, match="it changed"), conflict_if_changed("it changed"):
            write()

    def test_is_ignored_and_leaves_the_block(self, aws, write):
        written = 0
        for _ in range(2):
            with ignore_if_changed():
                write()
                written += 1
        assert written == 1


@pytest.mark.parametrize("error", OTHER_FAILURES, ids=lambda error: type(error).__name__)
class TestOtherFailure:
    def test_is_no_conflict(self, error):
        with pytest.raises(type(error)), conflict_if_changed("it changed"):
            raise error

    def test_is_not_ignored(self, error):
        with pytest.raises(type(error)), ignore_if_changed():
            raise error


class TestCollision:
    def test_is_no_failed_condition(self):
        reasons = [None, CancellationReason(code="TransactionConflict")]
        answer = {"Error": {"Code": "TransactionCanceledException"}}
        cause = VerboseClientError(answer, "TransactWriteItems", cancellation_reasons=reasons)
        error = TransactWriteError("canceled", cause)
        assert collided(error)
        with pytest.raises(TransactWriteError), conflict_if_changed("it changed"):
            raise error


class TestRowAsRead:
    def test_lacks_what_has_its_default(self):
        (victim,) = a_case().with_victim("v1").case.victims
        assert "attribute_not_exists (deceased)" in str(as_read(victim, "deceased"))
