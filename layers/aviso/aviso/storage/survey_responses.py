"""The Responses table: one answer per survey, and an index of the latest answers."""

from collections.abc import Mapping

from msgspec.structs import replace
from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from aviso.domain.survey_response import SurveyResponse
from aviso.runtime import environment
from aviso.storage import tables
from aviso.storage.codec import fields_of, instant, value_of
from aviso.storage.tables import InstantAttribute, Table, conflict_if_changed

LISTED = "ANSWER"  # one partition of the index: no agency gets a thousand answers a second


class LatestIndex(GlobalSecondaryIndex["ResponseItem"]):  # type: ignore[no-untyped-call]
    """All answers by their last change."""

    class Meta:
        """The index's settings."""

        index_name = "latest_index"
        projection = AllProjection()

    listed = UnicodeAttribute(hash_key=True)
    changed_at = InstantAttribute(range_key=True)


class ResponseItem(Table):
    """One person's answer to one survey."""

    class Meta(tables.Meta):
        """The table's settings."""

        table_name = environment.Variable("RESPONSES_TABLE", "Responses")

    pk = UnicodeAttribute(hash_key=True)
    stores = SurveyResponse
    answers = JSONAttribute()
    texts = UnicodeSetAttribute(null=True)
    version = NumberAttribute()
    listed = UnicodeAttribute(default=LISTED)
    by_change = LatestIndex()


def response_of(item: ResponseItem) -> SurveyResponse:
    """Turn an item into its response."""
    return value_of(SurveyResponse, item.attribute_values, survey=item.pk)


def read(survey: str) -> SurveyResponse | None:
    """Read the answer to a survey consistently."""
    try:
        return response_of(ResponseItem.get(survey, consistent_read=True))
    except ResponseItem.DoesNotExist:
        return None


def latest(limit: int, after: Mapping[str, str]) -> tuple[list[SurveyResponse], dict[str, str]]:
    """Return the latest answers, and the key for the next page; empty at the end.

    Args:
        after: what the previous page returned; empty for the first.
    """
    start = {name: {"S": value} for name, value in after.items()} or None
    query = ResponseItem.by_change.query(
        LISTED, scan_index_forward=False, limit=limit + 1, last_evaluated_key=start
    )
    found = [response_of(item) for item in query]
    page, more = found[:limit], len(found) > limit
    if not more:
        return page, {}
    last = page[-1]
    return page, {"pk": last.survey, "listed": LISTED, "changed_at": instant(last.changed_at)}


def answered(surveys: set[str]) -> set[str]:
    """Return those of these surveys that have an answer."""
    return {item.pk for item in ResponseItem.batch_get(list(surveys), consistent_read=True)}


def write(response: SurveyResponse, replaces: SurveyResponse | None) -> SurveyResponse:
    """Store an answer over the one that was read, and return it.

    Raises:
        Conflict: when it changed since it was read; read again and repeat the change.
    """
    version = replaces.version if replaces else 0
    stored = replace(response, version=version + 1)
    values = fields_of(stored) | {"survey": None, "answers": dict(stored.answers)}
    item = ResponseItem(stored.survey, **values | {"texts": set(stored.texts) or None})
    condition = (
        ResponseItem.version == replaces.version if replaces else ResponseItem.pk.does_not_exist()
    )
    with conflict_if_changed("the answer changed since it was read"):
        item.save(condition=condition)
    return stored
