"""The settings of the sample agency, as the rules of the product read them."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from babel.dates import format_date, format_time

from aviso.content import dates, templates
from aviso.domain.model import Arrest, Channel, Kind, Person, Report, Speaker, Victim
from aviso.domain.requests import Rights
from aviso.domain.settings import Settings, build
from aviso.domain.value import Frozen
from infra.compiler.compile import load
from infra.repository import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"
SCHEMA = json.loads((ROOT / "infra/agency/schema.json").read_text("utf-8"))
KEPT_BY_THE_PRODUCT = {
    *("origin", "export_time", "digest", "first_seen", "withdrawals", "alias_of"),
    *("restriction", "desk_restriction", "desk_unsafe", "desk_cleared"),
    *("later_numbers", "past_contacts", "unreadable_contact", "birth_date_unreadable"),
    "undated",
}
CASEWIDE, FORMER = {"number"}, {"former_id"}


@pytest.fixture(scope="module")
def sample() -> Settings:
    return build(load(SAMPLE))


def columns(kind: str) -> set[str]:
    feed = SCHEMA["properties"]["feed"]["properties"][kind]
    return set(feed["properties"]["columns"]["properties"])


def fields(model: type[Frozen]) -> set[str]:
    return set(model.__struct_fields__) - KEPT_BY_THE_PRODUCT


class TestSample:
    def test_tells_no_warrant_by_default(self, sample: Settings) -> None:
        assert not sample.kinds[Kind.WARRANT].on
        assert sample.statuses["WARRANT"].tells is None
        assert sample.statuses["WARRANT"].label == sample.statuses["ACTIVE"].label
        assert sample.statuses["WARRANT"].meaning == sample.statuses["ACTIVE"].meaning

    def test_says_what_each_status_says_in_both_languages(self, sample: Settings) -> None:
        for status in sample.statuses.values():
            for text in (status.label, status.meaning, status.next_step):
                assert set(text) == {"en", "es"}
                assert text["en"] != text["es"]


class TestSchema:
    def test_knows_the_products_kinds_channels_and_answers(self) -> None:
        kind = SCHEMA["$defs"]["kind"]["properties"]
        people = SCHEMA["properties"]["feed"]["properties"]["people"]["properties"]["values"]
        assert set(SCHEMA["properties"]["kinds"]["required"]) == {k.value for k in Kind}
        assert set(kind["ladder"]["items"]["items"]["enum"]) == {c.value for c in Channel}
        assert set(people["properties"]["rights"]["additionalProperties"]["enum"]) == set(Rights)

    def test_takes_every_field_of_a_case(self) -> None:
        assert columns("cases") == fields(Report)

    def test_takes_every_field_of_a_person(self) -> None:
        people = fields(Victim) | fields(Person) | {"relation", "victim"} & fields(Speaker)
        named_otherwise = {"relation": "role", "victim": "for_person"}
        not_a_column = {"desk_unsafe_at", "desk_home", "desk_home_at", "answers"}
        not_a_column |= {"differs", "overruled", "judged_at"}
        assert columns("people") - CASEWIDE - FORMER == {
            named_otherwise.get(f, f) for f in people - not_a_column
        }

    def test_takes_every_field_of_an_arrest(self) -> None:
        told_as = {"withdrawn_at": "withdrawn", "appearance_time_known": "appearance_at"}
        assert columns("arrests") - CASEWIDE - FORMER == {told_as.get(f, f) for f in fields(Arrest)}


# Every statute in the city of Tucson's published counts of felony arrest charges, 2019 to 2021.
PUBLISHED = """
13-1102 13-1103 13-1104 13-1105 13-1204 13-1209 13-1211 13-1304 13-1404 13-1405 13-1406 13-1410
13-1417 13-1508 13-1703 13-1704 13-1902 13-1903 13-1904 13-2004 13-2006 13-2308 13-2923 13-2926
13-3102 13-3107 13-3112 13-3116 13-3212 13-3553 13-3554 13-3560 13-3601
"""


class TestOffenses:
    @pytest.mark.parametrize(
        "offense", ["13-3601", "13-1406", "13-2923", "13-3623", "13-1105", "13-3553", "13-1410"]
    )
    def test_that_endanger_the_victim_are_restricted(self, sample: Settings, offense: str) -> None:
        group = sample.offense_group(offense)
        assert group is not None
        assert group.restricted
        assert not group.surveys

    def test_of_property_are_open_to_notices_and_surveys(self, sample: Settings) -> None:
        for offense in ("13-1507", "13-1802", "13-1814", "13-1602", "13-2008"):
            group = sample.offense_group(offense)
            assert group is not None
            assert (group.restricted, group.surveys) == (False, True)

    @pytest.mark.parametrize("statute", PUBLISHED.split())
    def test_know_every_charge_of_the_published_counts(
        self, sample: Settings, statute: str
    ) -> None:
        assert sample.offense_group(statute)

    def test_in_no_group_are_unknown(self, sample: Settings) -> None:
        assert sample.offense_group("13-9999") is None


class TestCodes:
    def test_of_a_relationship_ignore_capitals(self, sample: Settings) -> None:
        assert "STRANGER" in sample.ordinary("13-1203")
        assert "EX-SPOUSE" not in sample.ordinary("13-1802")

    def test_of_the_agency_ignore_capitals(self) -> None:
        raw = load(SAMPLE)
        raw["feed"]["people"]["values"]["role"] = {"vic": "victim"}
        people = next(f for f in build(raw).feed if f.kind == "people")
        assert people.values["role"] == {"VIC": "victim"}


class TestFileName:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("cases.csv", "cases"),
            ("RMS_cases_20261124.csv", "cases"),
            ("swpd-people-2026-11-24T0300.csv", "people"),
            ("arrests_20261124_0300.csv", "arrests"),
            ("cases.csv.bak", None),
            ("showcases.csv", None),
        ],
    )
    def test_tells_the_kind(self, sample: Settings, name: str, kind: str | None) -> None:
        matching = [f.kind for f in sample.feed if re.match(f.name_pattern, name)]
        assert matching == ([kind] if kind else [])


class TestVersion:
    def test_changes_with_any_setting(self, tmp_path: Path) -> None:
        changed = tmp_path / "agency.yaml"
        changed.write_text(SAMPLE.read_text("utf-8").replace("settle: 1 hour", "settle: 2 hours"))
        commented = tmp_path / "commented.yaml"
        commented.write_text("# a remark\n" + SAMPLE.read_text("utf-8"))
        assert load(changed)["version"] != load(SAMPLE)["version"]
        assert load(commented)["version"] == load(SAMPLE)["version"]


class TestDates:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_are_written_as_babel_writes_them(self, compiled: Path, language: str) -> None:
        zone, locale = Settings.current().agency.zone, f"{language}_US"
        for day in range(0, 366, 5):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
                days=day, hours=day % 24, minutes=day % 60
            )
            here = at.astimezone(zone)
            date, time = (
                format_date(here, "long", locale),
                format_time(here, "short", locale=locale),
            )
            expected = {
                "day": format_date(here, "full", locale),
                "date": date,
                "short_date": format_date(here, "medium", locale),
                "time": time,
                "moment": f"{date}, {time}",
                "short_moment": f"{format_date(here, 'medium', locale)}, {time}",
            }
            for form in get_args(dates.Form):
                plain = expected[form].replace("\u202f", " ").replace("\xa0", " ")
                assert dates.written(at, form, language) == plain

    def test_need_a_time_zone(self, compiled: Path) -> None:
        with pytest.raises(ValueError, match="without a zone"):
            dates.written(datetime(2026, 1, 1), "time", "en")  # noqa: DTZ001 - the point of the test


class TestStrings:
    def test_are_the_same_in_both_languages(self, compiled: Path) -> None:
        assert templates.strings("en").keys() == templates.strings("es").keys()
