"""Values no program can read, in rows about things it must not lose: the careful side is taken."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import CaseContext, reach
from aviso.domain.duties import owed
from aviso.domain.model import AuditEntry, Kind, Suspect
from aviso.domain.people import addresses_of_suspects
from aviso.domain.reasons import HoldReason
from aviso.domain.restriction import restriction_of
from aviso.domain.routing import Hold, route
from aviso.domain.send_guards import Guards
from aviso.domain.staff import Remark
from aviso.storage import case_decisions, cases, inbox, markers
from aviso.storage.audited_change import AuditRow
from aviso.storage.tables import InstantAttribute
from infra.harness.builders import BURGLARY, NOW, NUMBER, STALKING, a_notice, a_situation
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local

HOUR = timedelta(hours=1)


def suspect() -> Suspect:
    (found,) = stored().suspects
    return found


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [
        ("cases", a_case_row(status_at="TBD"), "STATUS_DT"),
        ("cases", a_case_row(warrant_at="12/31/9999 23:59:59"), "WARRANT_DT"),
        ("cases", a_case_row(reported_at="11/24/0026 10:00"), "RPT_DT"),
        ("people", a_person_row(birth_date="UNK"), "DOB"),
        ("people", a_person_row(birth_date="04/12/1885"), "DOB"),
        ("arrests", an_arrest_row(appearance_at="TBD"), "IA_DT"),
        ("arrests", an_arrest_row(arrested_at="11/24/0026 10:00"), "ARREST_DT"),
    ],
)
def test_a_date_no_program_can_read_is_left_blank_and_its_row_imported(
    feed: Feed, kind: str, row: dict[str, str], column: str
) -> None:
    result = feed.drop(kind, row)
    assert (result["new"], result["rejected"]) == (1, 0)
    assert result["warnings"] == {f"bad_date:{column}": 1}


def test_unreadable_words_about_safety_are_taken_on_the_careful_side(feed: Feed) -> None:
    feed.drop("cases", a_case_row(restricted="SEALED"))
    flags = dict.fromkeys(("minor", "deceased", "confidential_address", "safe_to_contact"), "?")
    feed.drop("people", a_person_row(**flags))
    case = stored()
    assert case.report
    assert case.report.restricted
    (victim,) = case.victims
    assert (victim.minor, victim.deceased, victim.confidential_address) == (True, True, True)
    assert not victim.safe_to_contact


def test_a_victim_who_may_have_been_removed_is_neither_told_nor_forgotten(feed: Feed) -> None:
    feed.drop("people", a_person_row(removed="SEE NOTE"))
    (victim,) = stored().victims
    assert not victim.safe_to_contact


def test_an_arrest_that_may_be_void_is_a_persons_task(feed: Feed) -> None:
    result = feed.drop("arrests", an_arrest_row(withdrawn="?"))
    assert (result["rejected"], stored().arrests) == (1, ())
    assert [(r.file, r.rows) for r in inbox.rejected()] == [
        ("incoming/arrests_20261124T120000.csv", 1)
    ]


def test_rejected_rows_wait_at_the_desk_until_a_person_has_seen_to_them(feed: Feed) -> None:
    feed.drop("people", a_person_row(id=""), a_person_row(id="P2"), at=NOW - HOUR)
    feed.drop("people", a_person_row(role="?"), a_suspect_row(id=""))
    assert [r.rows for r in inbox.rejected()] == [1, 2]
    feed.drop("people", a_person_row(), at=NOW + HOUR)
    assert len(list(inbox.rejected())) == 2


def test_a_row_that_every_full_file_rejects_is_one_task_that_ends_with_it(feed: Feed) -> None:
    feed.full("cases")
    for night in (3, 2, 1):
        feed.drop("cases", a_case_row(), a_case_row(number="?"), at=NOW - night * HOUR)
    assert [r.rows for r in inbox.rejected()] == [1]
    feed.drop("cases", a_case_row())
    assert list(inbox.rejected()) == []


@pytest.mark.parametrize(
    "at",
    [
        datetime(26, 11, 24, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
        datetime(2026, 11, 24, 5, tzinfo=UTC).astimezone(),
    ],
)
def test_any_time_that_is_written_can_be_read_again(at: datetime) -> None:
    attribute = InstantAttribute()
    text = attribute.serialize(at)
    assert (len(text), attribute.deserialize(text)) == (27, at)


def test_a_row_changed_in_a_time_to_come_does_not_freeze(feed: Feed) -> None:
    first = feed.drop("people", a_suspect_row(row_time="11/24/2030 10:00"))
    assert first["warnings"] == {"future_row_time:LAST_UPD": 1}
    feed.drop("people", a_suspect_row(phone="520-555-0101"), at=NOW + HOUR)
    assert stored().suspects[0].phone == "+15205550101"


def test_a_file_whose_name_says_a_time_to_come_does_not_freeze_its_rows(feed: Feed) -> None:
    result = feed.drop("cases", a_case_row(), at=NOW + timedelta(days=365))
    assert result["exported"] < (NOW + timedelta(days=300)).isoformat()


def test_a_status_the_settings_do_not_know_is_imported_and_shows(feed: Feed) -> None:
    from aviso.runtime import metrics

    result = feed.drop("cases", a_case_row(status="CLR-ARR"), a_case_row(number="2611240002"))
    assert result["warnings"] == {"unknown_status:CASE_STATUS": 1}
    assert metrics.imported(result) == {"RowsRead": 2, "StatusesUnknown": 1}


def test_a_status_is_the_same_however_it_is_capitalised(feed: Feed) -> None:
    result = feed.drop("cases", a_case_row(status="Active"))
    report = stored().report
    assert report
    assert (report.status, result["warnings"]) == ("ACTIVE", {})


def test_a_file_that_lost_a_column_of_safety_is_refused_with_its_name(feed: Feed) -> None:
    text = feed.text("cases", [a_case_row(restricted="Y")]).replace("CONF_FLAG", "CONFID_FLAG")
    feed.put("cases.csv", text.encode())
    result = feed.run("cases.csv")
    assert (result["result"], stored().report) == ("refused", None)
    assert "CONF_FLAG" in result["reason"]


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("people", "birth_date"),  # a minor's own phone would be used
        ("people", "phone"),  # nobody would know whose phone is a suspect's
        ("people", "street"),  # nor who lives with one
        ("cases", "assigned"),  # everybody would be told that no detective is assigned
        ("cases", "warrant_at"),
    ],
)
def test_a_file_that_lost_a_column_that_much_hangs_on_is_refused(
    feed: Feed, kind: str, column: str
) -> None:
    row = a_person_row() if kind == "people" else a_case_row()
    name = feed.file(kind).columns[column]
    feed.put(f"{kind}.csv", feed.text(kind, [row]).replace(f",{name},", ",X,").encode())
    result = feed.run(f"{kind}.csv")
    assert result["result"] == "refused"
    assert name in result["reason"]


def test_a_column_of_safety_may_be_lacking_where_the_settings_say_so(feed: Feed) -> None:
    files = tuple(replace(f, optional=("restricted",)) for f in feed.settings.feed)
    feed.settings = replace(feed.settings, feed=files)
    feed.put("cases.csv", feed.text("cases", [a_case_row()]).replace("CONF_FLAG", "X").encode())
    assert feed.run("cases.csv")["result"] == "imported"


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("order", [(STALKING, BURGLARY), (BURGLARY, STALKING)])
@pytest.mark.parametrize("division", ["A", "B", "C"])  # the digest decides which row lasts
def test_of_two_offenses_of_one_case_the_one_that_restricts_it_wins(
    feed: Feed, order: tuple[str, str], division: str, split: bool
) -> None:
    rows = [a_case_row(offense=offense, division=division) for offense in order]
    for n, together in enumerate([[row] for row in rows] if split else [rows]):
        feed.drop("cases", *together, at=NOW + n * HOUR)
    assert restriction_of(stored(), feed.settings)
    again = feed.drop("cases", *rows, at=NOW + 3 * HOUR)
    assert restriction_of(stored(), feed.settings)
    assert again["read"] == 2


def test_two_ordinary_offenses_of_one_case_do_not_restrict_it(feed: Feed) -> None:
    feed.drop("cases", a_case_row(), a_case_row(offense="13-1802"))
    assert restriction_of(stored(), feed.settings) is None


def test_a_case_that_was_reclassified_later_is_not_restricted_by_its_old_row(feed: Feed) -> None:
    feed.drop("cases", a_case_row(offense=STALKING))
    feed.drop("cases", a_case_row(row_time=local(NOW)), at=NOW + HOUR)
    report = stored().report
    assert report
    assert not report.restricted


@pytest.mark.parametrize(
    ("kind", "before", "after", "why"),
    [
        ("cases", a_case_row(restricted="Y"), {"restricted": "N"}, "feed"),
        ("cases", a_case_row(offense=STALKING), {"offense": BURGLARY}, "offense"),
        ("people", a_person_row(relationship="SPOUSE"), {"relationship": ""}, "relationship"),
        ("people", a_person_row(street="1 Elm St"), {"street": ""}, "shared_home"),
        ("people", a_suspect_row(street="1 Elm St"), {"street": ""}, "shared_home"),
    ],
)
def test_a_restriction_lasts_though_the_next_file_came_before_the_planner(
    feed: Feed, kind: str, before: dict[str, str], after: dict[str, str], why: str
) -> None:
    feed.drop("cases", a_case_row())
    at_home = {"street": "1 Elm Street"} if why == "shared_home" else {}
    other = a_person_row if before.get("role") == "SUS" else a_suspect_row
    feed.drop("people", other(**at_home))
    feed.drop(kind, before | {"row_time": local(NOW + HOUR)}, at=NOW + 2 * HOUR)
    feed.drop(kind, before | after | {"row_time": local(NOW + 2 * HOUR)}, at=NOW + 3 * HOUR)
    assert restriction_of(stored(), feed.settings) == why


@pytest.mark.parametrize("street", ["1 Elm St", "2 Elm St", "3 Elm St", "4 Elm St"])
@pytest.mark.parametrize("one_file", [True, False])
def test_of_two_rows_about_one_victim_what_asks_for_care_lasts(
    feed: Feed, street: str, one_file: bool
) -> None:
    plain = a_person_row(street=street, safe_to_contact="Y", minor="N", relationship="NEIGHBOR")
    careful = a_person_row(
        safe_to_contact="N",
        minor="Y",
        deceased="Y",
        confidential_address="Y",
        relationship="SPOUSE",
    )
    if one_file:
        feed.drop("people", plain, careful)
    else:  # the same change, as two files tell it
        feed.drop("people", careful)
        feed.drop("people", plain, at=NOW + HOUR)
    (victim,) = stored().victims
    assert (victim.minor, victim.deceased, victim.confidential_address) == (True, True, True)
    assert (victim.safe_to_contact, victim.relationship) == (False, "SPOUSE")


def test_rows_about_one_victim_cost_no_write_again_and_count_once_they_agree(feed: Feed) -> None:
    plain, unsafe = a_person_row(street="1 Elm St"), a_person_row(safe_to_contact="N")
    feed.drop("people", plain, unsafe)
    again = feed.drop("people", unsafe, plain, at=NOW + HOUR)
    assert (again["new"], again["changed"]) == (0, 0)
    assert not stored().victims[0].safe_to_contact
    mended = [row | {"safe_to_contact": "Y", "row_time": local(NOW)} for row in (plain, unsafe)]
    feed.drop("people", *mended, at=NOW + 2 * HOUR)
    assert stored().victims[0].safe_to_contact


def test_a_victim_whom_one_row_takes_off_and_another_does_not_is_a_persons_task(feed: Feed) -> None:
    feed.drop("people", a_person_row(removed="Y"), a_person_row(removed="N", street="1 Elm St"))
    (victim,) = stored().victims
    assert not victim.safe_to_contact


@pytest.mark.parametrize("newer_first", [False, True])
def test_a_suspect_keeps_every_contact_that_was_ever_theirs(feed: Feed, newer_first: bool) -> None:
    deliveries = [
        (a_suspect_row(phone="520-555-0118 / 520-555-0119", email="sam@example.com"), NOW),
        (a_suspect_row(phone="520-555-0117", row_time=local(NOW)), NOW + HOUR),
        (a_suspect_row(phone="", row_time=local(NOW + HOUR)), NOW + 2 * HOUR),
    ]
    for row, at in reversed(deliveries) if newer_first else deliveries:
        feed.drop("people", row, at=at)
    assert suspect().phone == ""
    assert suspect().past_contacts == (
        "+15205550117",
        "+15205550118",
        "+15205550119",
        "sam@example.com",
    )


@pytest.mark.parametrize("his_first", [False, True])
def test_an_entry_called_wrong_counts_again_once_any_row_gives_it_another_contact(
    feed: Feed, his_first: bool
) -> None:
    hers = a_suspect_row(phone="520-555-0101", row_time=local(NOW))  # typed into his entry
    his = a_suspect_row(phone="520-555-0166", row_time=local(NOW - 3 * HOUR))
    feed.drop("people", hers, at=NOW)
    if his_first:
        feed.drop("people", his, at=NOW - 2 * HOUR)
    wrong = suspect()
    entry = AuditEntry(at=NOW, actor="staff:1", action="suspect_cleared", case=NUMBER)
    why = Remark(at=NOW, by="rosa", text="her own phone")
    case_decisions.judge_suspect(
        NUMBER, wrong, wrong.entry, why, AuditRow(entry=entry, keep_days=1)
    )
    assert addresses_of_suspects(stored()) == set()
    for _ in range(2):
        feed.drop("people", hers, at=NOW)  # the same again changes nothing
        assert addresses_of_suspects(stored()) == set()
    for _ in range(2):
        feed.drop("people", his, at=NOW - 2 * HOUR)  # comes late, and is the older row
    barred = set() if his_first else {"+15205550101", "+15205550166"}
    assert addresses_of_suspects(stored()) == barred


def test_a_suspects_contacts_of_two_rows_in_one_file_are_all_kept(feed: Feed) -> None:
    rows = [a_suspect_row(phone="520-555-0118"), a_suspect_row(phone="520-555-0119")]
    feed.drop("people", *rows)
    assert suspect().past_contacts == ("+15205550118", "+15205550119")


@pytest.mark.parametrize(
    ("phone", "unreadable"),
    [("555-01", True), ("52O-555-O118", True), ("none", False), ("000-000-0000", False)],
)
def test_a_suspects_phone_that_no_program_can_read_is_marked(
    feed: Feed, phone: str, unreadable: bool
) -> None:
    result = feed.drop("people", a_suspect_row(phone=phone))
    assert suspect().unreadable_contact is unreadable
    assert result["warnings"] == {"bad_phone:PHONE": 1}


def test_a_victims_phone_beside_another_word_is_used(feed: Feed) -> None:
    feed.drop("people", a_person_row(phone="520-555-0101 (cell)"))
    assert stored().victims[0].phone == "+15205550101"


def test_a_victims_phone_without_area_code_is_not_guessed(feed: Feed) -> None:
    feed.drop("people", a_person_row(phone="555-0101"), a_suspect_row(phone="555-0118"))
    assert stored().victims[0].phone == ""
    assert suspect().phone == "+15205550118"


@pytest.mark.parametrize("newer_first", [False, True])
def test_a_victim_first_entered_as_a_suspect_is_taken_off_as_one(
    feed: Feed, newer_first: bool
) -> None:
    deliveries = [
        (a_person_row(role="SUS"), NOW),
        (a_person_row(row_time=local(NOW)), NOW + HOUR),
    ]
    for row, at in reversed(deliveries) if newer_first else deliveries:
        result = feed.drop("people", row, at=at)
    assert result["warnings"] == {"role_changed:INVL_TYPE": 1}
    assert [(v.id, v.removed) for v in stored().victims] == [("P1", False)]
    assert [(s.id, s.removed) for s in stored().suspects] == [("P1", True)]


@pytest.mark.parametrize("newer_first", [False, True])
def test_a_victim_who_is_called_a_suspect_later_is_not_lost_but_a_persons_task(
    feed: Feed, newer_first: bool
) -> None:
    feed.drop("cases", a_case_row())
    feed.drop("people", a_suspect_row())
    feed.drop("arrests", an_arrest_row())
    deliveries = [
        (a_person_row(), NOW),
        (a_person_row(role="SUS", row_time=local(NOW)), NOW + HOUR),
    ]
    for row, at in reversed(deliveries) if newer_first else deliveries:
        result = feed.drop("people", row, at=at)
    assert result["warnings"] == {"role_changed:INVL_TYPE": 1}
    case = stored()
    assert [(v.id, v.removed) for v in case.victims] == [("P1", False)]
    assert [(s.id, s.removed) for s in case.suspects] == [("P1", False), ("S1", False)]
    now = NOW + 2 * HOUR
    (duty,) = [d for d in owed(case, [], feed.settings, now) if d.kind is Kind.ARREST]
    same = {name: getattr(duty, name) for name in ("fact_at", "first_seen", "deadline")}
    notice = a_notice(duty.kind, duty.fact, victim=duty.victim, **same)
    decision = route(a_situation(case, notice, feed.settings, told=[notice], now=now))
    assert decision == Hold(reason=HoldReason.VICTIM_IS_SUSPECT)
    assert not reach(CaseContext(case, Guards(), feed.settings, now), case.victims[0]).contacts


def test_a_victim_called_a_suspect_for_one_night_stays_a_persons_task(feed: Feed) -> None:
    feed.drop("people", a_person_row())
    feed.drop("people", a_person_row(role="SUS", row_time=local(NOW)), at=NOW + HOUR)
    feed.drop("people", a_person_row(row_time=local(NOW + HOUR)), at=NOW + 2 * HOUR)
    assert [v.removed for v in stored().victims] == [False]
    assert [s.removed for s in stored().suspects] == [False]


def test_a_birth_date_that_nobody_can_read_may_be_a_minors_and_is_a_persons_task(
    feed: Feed,
) -> None:
    feed.drop("people", a_person_row(birth_date="13/45/2015"))
    (victim,) = stored().victims
    assert victim.birth_date_unreadable
    found = reach(CaseContext(stored(), Guards(), feed.settings, NOW), victim)
    assert (found.contacts, found.trouble) == ((), "birth_date_unreadable")
    for readable in ({"birth_date": "04/12/1985"}, {"birth_date": "x", "minor": "N"}):
        feed.drop("people", a_person_row(**readable, row_time=local(NOW)), at=NOW + HOUR)
        assert not reach(
            CaseContext(stored(), Guards(), feed.settings, NOW), stored().victims[0]
        ).trouble
    feed.drop("people", a_person_row(birth_date="", id="P2"))
    assert not any(v.birth_date_unreadable for v in stored().victims if v.id == "P2")


def test_who_is_victim_and_suspect_in_one_file_stays_both(feed: Feed) -> None:
    victim, other = a_person_row(), a_person_row(role="SUS", row_time=local(NOW))
    feed.drop("people", victim)
    for n in (1, 2):
        feed.drop("people", victim, other, at=NOW + n * HOUR)
        assert [v.removed for v in stored().victims] == [False]
        assert [s.removed for s in stored().suspects] == [False]


@pytest.mark.parametrize(
    ("at", "known"),
    [("11/25/2026", False), ("11/25/2026 00:00", False), ("11/25/2026 09:00", True)],
)
def test_a_court_day_without_its_time_is_known_as_one(feed: Feed, at: str, known: bool) -> None:
    feed.drop("arrests", an_arrest_row(appearance_at=at))
    (arrest,) = stored().arrests
    assert arrest.appearance_at
    assert arrest.appearance_time_known is known


def test_an_arrest_that_stands_under_another_case_too_is_a_warning(feed: Feed) -> None:
    feed.drop("arrests", an_arrest_row())
    moved = an_arrest_row(number="2611240777", row_time=local(NOW))
    result = feed.drop("arrests", moved, at=NOW + HOUR)
    assert result["warnings"] == {"arrest_elsewhere:ARREST_NUM": 1}
    again = feed.drop("arrests", moved, at=NOW + 2 * HOUR)
    assert (again["warnings"], again["unchanged"]) == ({}, 1)


def test_the_task_about_rejected_rows_names_no_case_and_no_person(feed: Feed) -> None:
    feed.drop("people", a_person_row(role="?"))
    marker = markers.marker("REJECTED#people_20261124T120000")
    assert marker
    assert set(marker[1]) == {"file", "rows", "first"}
    assert marker[1]["first"] == [{"line": 2, "column": "INVL_TYPE", "code": "unknown_role"}]
    assert NUMBER not in str(marker)
    assert cases.read_case(NUMBER).victims == ()


@pytest.mark.parametrize("id", ["é" * 520, "漢" * 301, "P" * 901])
@pytest.mark.parametrize("column", ["id", "former_id"])
def test_an_id_longer_than_the_tables_keys_rejects_its_row_and_no_other(
    feed: Feed, id: str, column: str
) -> None:
    feed.drop("cases", a_case_row())
    people = feed.drop("people", a_person_row(**{column: id}), a_person_row(id="P2"))
    assert (people["new"], people["rejected"]) == (1, 1)
    assert [v.id for v in stored().victims] == ["P2"]
    arrests = feed.drop("arrests", an_arrest_row(**{column: id}), an_arrest_row(id="A2"))
    assert (arrests["new"], arrests["rejected"]) == (1, 1)
    assert [a.id for a in stored().arrests] == ["A2"]
    for name in ("people", "arrests"):
        (rejected,) = feed.rejects(f"{name}_20261124T120000")
        assert rejected["code"] == "too_long"


@pytest.mark.parametrize("id", ["é" * 450, "P" * 900])
def test_the_longest_id_that_is_taken_is_stored_whole(feed: Feed, id: str) -> None:
    feed.drop("cases", a_case_row())
    assert feed.drop("people", a_person_row(id=id))["new"] == 1
    assert [v.id for v in stored().victims] == [id]
