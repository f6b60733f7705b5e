"""A stack is upgraded, taken down, come back to and deleted, by what a person types."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from infra.deploy import existing_resources, stack_policy
from infra.deploy.findings import Severity
from infra.local.ops_command import go_live
from infra.local.stack import LocalAws
from tests.e2e.arrested_case import NUMBER
from tests.e2e.stack_life import (
    ANSWERS,
    OPT_OUT,
    Life,
    first_release,
    leave_a_copy,
    lost,
    objects,
    opt_out_keys,
    policies,
    refused,
    rows,
    said,
    tell_a_victim,
    upgrade,
    what_is_left,
)
from tests.e2e.traffic import Traffic
from tests.support import former_release


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Give a stack's whole life: told a victim, upgraded, destroyed, come back to, deleted."""
    with LocalAws() as aws:
        life = Life(aws)
        first = dict(aws.deploy({"KeepData": "true"}, first_release()))
        go_live(aws)
        (life.first_key,) = opt_out_keys(aws)
        life.policies = policies(aws, stack_policy.protect(aws.client, "aviso"))
        stack_policy.termination(aws.client, "aviso", protected=True)
        life.refused = refused(aws, "aviso")
        tell_a_victim(aws, tmp_path_factory.mktemp("life"))
        life.at_first = rows(aws, first)

        # Local AWS cannot update a nested stack, so the former release has the nested ones of ours.
        upgrade(life, tmp_path_factory.mktemp("upgrade"))
        life.before = life.upgraded

        life.run("mistyped", "destroy", typed="yes\n")
        life.run("nobody", "destroy")
        life.run("keep", "destroy", typed="aviso\n")
        life.kept = rows(aws, first)
        life.trails.append(objects(aws, first["AuditBucket"]))
        life.run("again", "destroy", typed="aviso\n")
        life.run("unknown", "destroy", "--stack", "avizo", typed="avizo\n")
        (life.finding,) = existing_resources.stack_state(aws.client, ANSWERS)

        second = dict(aws.deploy({"KeepData": "true"}, stack="aviso-2"))
        aws.clear_sent()
        life.keys.append(opt_out_keys(aws))
        adopt = ["adopt", "aviso", "--stack", "aviso-2"]
        life.run("adopt", *adopt)
        aws.wait_until_quiet()
        life.run("adopt again", *adopt)
        aws.wait_until_quiet()
        life.run("recount", "data", "recount", stack="aviso-2")
        life.keys.append(opt_out_keys(aws))
        life.came_back = rows(aws, second)
        life.trails.append(objects(aws, second["AuditBucket"]))
        life.run("trail", "data", "audit", f"{datetime.now(UTC):%Y-%m-%d}", stack="aviso-2")
        life.told_again = len(aws.sent_emails()) + len(aws.sent_texts())

        leave_a_copy(aws)
        for stack in ("aviso", "aviso-2"):
            wanted = f"delete all data of {stack}\n"
            life.run(
                f"delete {stack}", "destroy", "--stack", stack, "--data", "delete", typed=wanted
            )
        life.in_the_end = what_is_left(aws)
        yield life


@pytest.fixture
def history(life: Life) -> Traffic:
    """Give what visitors saw while releases took over, where the last release is at hand."""
    former_release.needed()
    assert life.traffic
    return life.traffic


class TestProtection:
    @pytest.mark.parametrize("kind", stack_policy.HOLD_DATA)
    def test_keeps_whatever_holds_data(self, life: Life, kind: str) -> None:
        refused = [s for s in life.policies[kind]["Statement"] if s["Effect"] == "Deny"]
        (statement,) = refused
        assert kind in statement["Condition"]["StringEquals"]["ResourceType"]
        assert {"Update:Replace", "Update:Delete"} <= set(statement["Action"])

    def test_is_lifted_by_make_destroy_only(self, life: Life) -> None:
        assert "TerminationProtection" in life.refused


class TestUpgrade:
    def test_shows_its_change_set_and_touches_no_data(self, life: Life) -> None:
        rows = [line.split() for line in life.upgrade_log.splitlines()]
        changes = {
            row[2]: row for row in rows if len(row) > 3 and row[1] in ("Modify", "Add", "Delete")
        }
        assert "PrintLetters" in changes  # its time limit
        deleted = {row[3] for row in changes.values() if row[1] == "Delete"}
        assert deleted  # among others the former release's versions, which Lambda keeps
        held = stack_policy.HOLD_DATA
        # SAM cuts names off.
        assert [kind for kind in deleted if any(h.startswith(kind) for h in held)] == []
        assert lost(life.at_first, life.upgraded) == {}
        assert len(life.upgraded["CasesTable"]) >= 4

    def test_serves_visitors_all_the_time(self, life: Life, history: Traffic) -> None:
        assert history.trouble == []
        assert history.visits.count(200) > 10
        assert set(history.visits) == {200}
        # Under the new release, the former one, and the new one again:
        assert history.stayed == [200] * 3  # signed in by the former release
        assert history.asked == [200] * 3  # by the link in a message of the former release

    def test_tells_each_arrest_once(self, life: Life, history: Traffic) -> None:
        assert len(life.arrests_told) == 6
        assert set(life.arrests_told.values()) == {1}


class TestDestroy:
    @pytest.mark.parametrize(
        ("command", "says"),
        [
            ("mistyped", "not the text to type; nothing was changed"),
            ("nobody", "nobody can confirm it at this terminal; nothing was changed"),
            ("unknown", "there is no stack 'avizo' in account 000000000000, us-west-2"),
            ("again", "What it kept is deleted by: ./aviso destroy --stack aviso"),
        ],
    )
    def test_changes_nothing_when_mistyped_and_says_so(self, life: Life, command, says) -> None:
        assert life.commands[command].returncode == 1
        assert says in said(life, command)

    def test_keeps_the_data_and_says_the_way_back(self, life: Life) -> None:
        assert life.commands["keep"].returncode == 0, said(life, "keep")
        assert lost(life.before, life.kept) == {}
        shown = said(life, "keep").partition("destroy: what is kept:")[2]
        for name in ("Cases", "Notices", "Guards", "Audit", "OptoutKey", "feed"):
            assert name in shown
        assert "lettersbucket" in shown
        assert "auditbucket" in shown
        assert "SessionKeys" not in shown
        assert "./aviso adopt aviso" in shown
        for left in ("versions of Aviso's layers", "the log of texts", "API Gateway's log role"):
            assert left in shown
        assert "./aviso destroy --stack aviso --region us-west-2 --data delete" in shown

    def test_over_kept_data_is_refused_with_the_way_out(self, life: Life) -> None:
        assert life.finding.level is Severity.STOPS
        assert "its data kept" in life.finding.message
        assert "aviso adopt" in life.finding.message


class TestAdopt:
    def test_takes_every_row_and_tells_nobody_again(self, life: Life) -> None:
        assert life.commands["adopt"].returncode == 0, said(life, "adopt")
        counted = "TalliesTable"  # under other ids, so in other rows; a recount judges them
        assert lost(life.before, life.came_back).keys() <= {counted}
        assert [row for row in life.came_back["GuardsTable"].values() if row["pk"]["S"] == OPT_OUT]
        assert NUMBER in json.dumps(life.came_back["CasesTable"])
        assert life.told_again == 0

    def test_takes_the_locked_copy_of_the_trail(self, life: Life) -> None:
        kept, taken_over = life.trails
        assert "0 rows of the kept audit trail differ from its copy" in said(life, "adopt")
        assert kept
        assert kept <= taken_over
        assert said(life, "trail").endswith("audit: 0 differences\n"), said(life, "trail")

    def test_keeps_opt_outs(self, life: Life) -> None:
        before, after = life.keys
        assert len(set(before)) == 2
        assert after == [life.first_key, life.first_key]

    def test_twice_changes_nothing_and_counts_stay_true(self, life: Life) -> None:
        assert life.commands["adopt again"].returncode == 0, said(life, "adopt again")
        assert "an earlier run copied all rows" in said(life, "adopt again")
        assert said(life, "recount").endswith("recount: 0 differences\n")


class TestDeletion:
    def test_leaves_nothing(self, life: Life) -> None:
        for stack in ("aviso", "aviso-2"):
            assert life.commands[f"delete {stack}"].returncode == 0, said(life, f"delete {stack}")
        assert {kind: left for kind, left in life.in_the_end.items() if left} == {}
