"""What a month costs: counted, priced, within the budget, and nothing left out."""

import re
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from infra.cost import __main__, bill, hot_keys, journey, metering, page, write_units
from infra.harness import cloudformation
from infra.repository import ROOT
from tests.conftest import REGION
from tests.performance import growth_page
from tests.support import memory_tables

HERE = ROOT / "infra/cost"
PRICES = yaml.load((HERE / "prices.yaml").read_text(), yaml.CSafeLoader)
ASSUMED = yaml.load((HERE / "volumes.yaml").read_text(), yaml.CSafeLoader)


@pytest.fixture(scope="module")
def kept():
    return []


@pytest.fixture
def counted(aws, settings, monkeypatch, kept):
    """Return what a journey costs; it is made once, and nothing changes what was counted."""
    if kept:
        return kept[0]
    monkeypatch.setenv("PORTAL_URL", "https://portal.example.org")
    # A comparison with moto makes calls of its own, which the metering would count.
    monkeypatch.setattr(memory_tables, "MOST_ROWS", -1)
    boto3.client("s3", region_name=REGION).create_bucket(
        Bucket=journey.BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    kept.append(journey.run(3))
    return kept[0]


class TestMonth:
    def test_at_tucsons_size_is_within_budget(self, counted) -> None:
        result = __main__.priced(counted, PRICES, ASSUMED)
        assert result.keys() == {
            "usage_usd",
            "fixed_usd",
            "messages_usd",
            "messages_a_victim",
            "per_1000_victims_usd",
            "prices_as_of",
        }
        assert 0 < result["usage_usd"]["3000"] <= 10
        assert 0 < result["fixed_usd"] <= 30

    def test_is_what_the_page_says(self, counted) -> None:
        """Three victims are counted here and more by `make cost`, so a month differs a little."""
        result = __main__.priced(counted, PRICES, ASSUMED)
        said = page.PAGE.read_text("utf-8")
        settings = yaml.load(__main__.SAMPLE.read_text("utf-8"), yaml.CSafeLoader)
        assert page.letters(ASSUMED["letter_share"], settings["messages"]) in said
        found = re.findall(
            r"^\| ([\d,]+) \| \$(\d+) \| \$(\d+) \| \$(\d+) \| \$(\d+) \|$", said, re.M
        )
        rows = {row[0].replace(",", ""): tuple(map(int, row[1:])) for row in found}
        assert rows.keys() == {str(victims) for victims in page.SHOWN}
        for victims, (fixed, use, messages, every) in rows.items():
            assert fixed == round(result["fixed_usd"]), "run make cost"
            assert use == pytest.approx(result["usage_usd"][victims], rel=0.4, abs=1)
            assert messages == pytest.approx(result["messages_usd"][victims], rel=0.1, abs=1)
            assert every == fixed + use + messages
        about = f"bout ${rows['3000'][-1]} a month for 3,000 victims"
        for name in ("README.md", "docs/compare.md"):
            assert about in " ".join((ROOT / name).read_text("utf-8").split())

    def test_costs_more_with_more_memory(self, counted) -> None:
        given = cloudformation.memory_of_functions()
        now, less = (
            __main__.priced(counted, PRICES, ASSUMED, memory=given | changed)["usage_usd"]
            for changed in ({}, {"portal": 1024})
        )
        assert now == __main__.priced(counted, PRICES, ASSUMED)["usage_usd"]
        assert now["300000"] > less["300000"]

    def test_grows_about_tenfold_with_the_victims(self, counted) -> None:
        ten, one = (
            sum(
                line.dollars
                for line in bill.lines(bill.usage_units(counted, n, ASSUMED)[0], PRICES["usage"])
            )
            for n in (3_000_000, 300_000)
        )
        assert 9 < ten / one < 11


class TestPages:
    def test_of_the_nation_are_within_what_the_template_lets_in(self, counted) -> None:
        units, _ = bill.usage_units(counted, 3_000_000, ASSUMED)
        busiest = units["api_requests"] / hot_keys.MONTH_SECONDS * hot_keys.PEAK
        api = cloudformation.read(ROOT / "template.yaml")["Resources"]["PortalApi"]["Properties"]
        most = api["MethodSettings"][0]["ThrottlingRateLimit"]
        assert busiest < most
        page = (ROOT / "docs/scaling.md").read_text("utf-8")
        assert f"gateway takes {most} pages a second" in page
        assert f"{units['api_requests'] / 1e6:.0f} million pages, [{busiest:.0f} a second]" in page


@pytest.fixture
def tables():
    return write_units.tables(cloudformation.table_definitions())


class TestCount:
    def test_reads_an_unchanged_row_and_writes_none(self, counted) -> None:
        again = counted.units["import_again"]["dynamodb_write_units"]
        a_file = again / counted.calls["import_again"]
        assert a_file <= 12  # the marks of a file, however many rows it has
        assert counted.units["import_feed"]["dynamodb_write_units"] > again

    def test_has_each_text_by_its_parts(self, counted) -> None:
        sent = counted.units["send_notice"]
        assert sent["text_parts"] >= sent["texts"] > 0
        assert sent["emails"] > 0

    def test_has_each_kept_case_each_night(self, counted) -> None:
        def reads(**changed):
            units, _ = bill.usage_units(counted, 3_000, {**ASSUMED, **changed})
            return units["dynamodb_read_units"]

        more = reads(case_months=2 * ASSUMED["case_months"]) - reads()
        a_case = counted.units["night_case"]["dynamodb_read_units"] / counted.victims
        assert a_case >= 3  # its rows to plan by, its notices, its rows to see what expires
        assert more == pytest.approx(3_000 * ASSUMED["case_months"] * a_case * bill.DAYS)

    def test_has_what_changed_read_each_hour(self, counted) -> None:
        def reads(**changed):
            units, _ = bill.usage_units(counted, 3_000, {**ASSUMED, **changed})
            return units["dynamodb_read_units"]

        more = reads(index_bytes=2 * ASSUMED["index_bytes"]) - reads()
        changed = 3_000 * ASSUMED["rows_a_case"] * bill.TOUCHED_HOURS * ASSUMED["index_bytes"]
        assert more == pytest.approx(changed / 8192)

    def test_has_a_night_in_parts(self, counted) -> None:
        units, _ = bill.usage_units(counted, 3_000, ASSUMED)
        assert units["state_transitions"] == pytest.approx(
            (3 * growth_page.parts_at_once() + 3) * bill.DAYS
        )

    def test_has_the_trails_copy_by_row_or_window(self, counted) -> None:
        def objects(victims: int) -> float:
            with_copy, without = (
                bill.usage_units(counted, victims, {**ASSUMED, "audited_a_victim": rows})[0][
                    "s3_puts"
                ]
                for rows in (ASSUMED["audited_a_victim"], 0)
            )
            return with_copy - without

        assert objects(3_000) == pytest.approx(3_000 * ASSUMED["audited_a_victim"])
        windows = bill.MINUTES / bill.AUDIT_WINDOW * ASSUMED["audit_shards"]
        assert objects(3_000_000) == pytest.approx(windows)

    def test_keeps_alarms_within_their_figures(self) -> None:
        alarms = [p for kind, p in cloudformation.resources() if kind == "AWS::CloudWatch::Alarm"]
        assert max(sum("MetricStat" in m for m in a.get("Metrics", ())) for a in alarms) <= 10

    def test_has_every_template(self) -> None:
        fixed = cloudformation.fixed(PRICES["resources"], 0)
        assert fixed["AWS::WAFv2::WebACL"] == (1, 5.0)
        assert fixed["firewall rule"] == (5, 5.0)

    def test_has_the_templates_tables_and_indexes(self, tables) -> None:
        assert tables["Guards"] == write_units.TableShape(
            ("pk",), (write_units.IndexShape(("task", "at"), None),)
        )
        assert {name: len(table.indexes) for name, table in tables.items()} == {
            "Cases": 5, "Notices": 4, "Responses": 1, "Audit": 1, "Tallies": 0, "Guards": 1,
            "Members": 0,
        }  # fmt: skip


PLAIN = {"pk": {"S": "1"}, "text": {"S": "a"}}
LISTED = {**PLAIN, "task": {"S": "HELD"}, "at": {"S": "1"}}
INDEX = write_units.IndexShape(("task", "at"), frozenset({"pk", "task", "at"}))


class TestPrice:
    def test_says_where_it_was_seen(self) -> None:
        lines = (HERE / "prices.yaml").read_text().splitlines()
        priced = [
            line for line in lines if line.startswith("  ") and not line.rstrip().endswith(" 0")
        ]
        free = ("below a cent", "by use", "none")
        unsaid = [
            line
            for line in priced
            if ": 0 " not in line and "[" not in line and not any(f in line for f in free)
        ]
        assert unsaid == []
        sources = set(re.findall(r"^# \[(\w+)\]", "\n".join(lines), re.MULTILINE))
        assert set(re.findall(r"\[(\w+)\]", "\n".join(priced))) == sources

    def test_missing_stops_the_calculation(self, tmp_path: Path) -> None:
        (new := tmp_path / "new.yaml").write_text("Resources: {X: {Type: AWS::Bedrock::Agent}}\n")
        with pytest.raises(cloudformation.UnpricedError, match="AWS::Bedrock::Agent"):
            cloudformation.fixed(PRICES["resources"], 0, (new,))

    @pytest.mark.parametrize(
        ("operation", "params", "answer", "units"),
        [
            ("Query", {"ConsistentRead": True}, {"Items": ["x" * 5000]}, 2),
            ("GetItem", {}, {}, 0.5),
            ("BatchGetItem", {"RequestItems": {"T": {"Keys": [1, 2], "ConsistentRead": True}}},
             {"Responses": {"T": [{"a": 1}]}}, 2),
        ],
    )  # fmt: skip
    def test_of_a_read_is_as_aws_bills(self, operation, params, answer, units) -> None:
        assert metering.read(operation, params, answer)["dynamodb_read_units"] == units

    @pytest.mark.parametrize(
        ("before", "after", "units"),
        [
            (None, {**PLAIN, "text": {"S": "x" * 1500}}, 2),  # a new item, by its kilobytes
            ({**PLAIN, "text": {"S": "x" * 1500}}, None, 2),  # what it replaces counts too
            (PLAIN, {**PLAIN, "text": {"S": "b"}}, 1),  # never in the sparse index
            (None, {**PLAIN, "task": {"S": "HELD"}}, 1),  # half of the index's key is none of it
            (PLAIN, LISTED, 2),  # enters it
            (LISTED, PLAIN, 2),  # leaves it
            (LISTED, None, 2),
            (
                LISTED,
                {**LISTED, "text": {"S": "b"}},
                1,
            ),  # stays, and what the index holds stays too
            (LISTED, {**LISTED, "at": {"S": "2"}}, 3),  # goes to another place in it
        ],
    )
    def test_of_a_write_has_only_changed_indexes(self, before, after, units) -> None:
        assert write_units.TableShape(("pk",), (INDEX,)).units(before, after) == units

    def test_of_a_full_index_has_every_change(self) -> None:
        table = write_units.TableShape(("pk",), (write_units.IndexShape(("task", "at"), None),))
        assert table.units(LISTED, {**LISTED, "text": {"S": "b"}}) == 2
        assert table.units(LISTED, LISTED) == 1

    def test_of_a_call_follows_its_items(self, moto_tables, tables) -> None:
        database: Any = boto3.client("dynamodb", region_name=REGION)
        key = {"pk": {"S": "REPLY#1"}}
        listed = {
            "UpdateExpression": "SET task = :task, #at = :at",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {":task": {"S": "REPLY"}, ":at": {"S": "1"}},
        }
        wcu = "dynamodb_write_units"

        def cost(do, **params):
            with metering.counted(tables) as units:
                do(**params)
            return units[wcu]

        assert cost(database.put_item, TableName="Guards", Item=key) == 1
        assert cost(database.update_item, TableName="Guards", Key=key, **listed) == 2
        away = {"Delete": {"TableName": "Guards", "Key": key}}
        assert cost(database.transact_write_items, TransactItems=[away]) == 4
        refused = {"ConditionExpression": "attribute_exists(pk)"}
        with pytest.raises(ClientError), metering.counted(tables) as units:
            database.update_item(TableName="Guards", Key=key, **listed, **refused)
        assert units[wcu] == 1

    def test_of_a_filtered_read_has_all_it_read(self, moto_tables, tables) -> None:
        database = boto3.client("dynamodb", region_name=REGION)
        for n in range(20):
            item = {"pk": {"S": f"REPLY#{n}"}, "text": {"S": "x" * 1000}}
            database.put_item(TableName="Guards", Item=item)
        with metering.counted(tables) as units:
            found = database.scan(
                TableName="Guards",
                FilterExpression="#text = :none",
                ExpressionAttributeNames={"#text": "text"},
                ExpressionAttributeValues={":none": {"S": "none"}},
            )
        assert found["Items"] == []
        assert units == {"dynamodb_calls": 1, "dynamodb_read_units": 3}


class TestHeat:
    def test_is_first_too_much_where_the_scaling_page_says(self) -> None:
        first = min(
            3e6 * one.limit / hot_keys.peak_units(one, 3_000_000) for one in hot_keys.traffic()
        )
        said = f"before {first / 1e6:.0f} million victims a month"
        assert said in (HERE.parents[1] / "docs/scaling.md").read_text("utf-8")
        assert f"| {first / 1e6:,.0f} million |" in hot_keys.table()

    def test_of_no_key_is_too_much_for_the_nation(self) -> None:
        for one in hot_keys.traffic():
            assert hot_keys.peak_units(one, 3_000_000) < one.limit / 2, one.what
        for burst in hot_keys.bursts():
            assert burst.a_second * burst.units < burst.limit, burst.what

    def test_of_the_hottest_key_is_no_artifact(self) -> None:
        for one in hot_keys.traffic():
            few, many = hot_keys.hottest(one, 50_000), hot_keys.hottest(one, 200_000)
            assert few == pytest.approx(many, rel=0.1), one.what
