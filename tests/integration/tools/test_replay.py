"""Rule replay: who would be told what under changed settings, sending nothing."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel, Kind
from infra.harness.builders import NOW, NUMBER, STALKING
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import local
from infra.replay import compare
from infra.repository import ROOT

HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
NAMES = ("Ana", "Muñoz", "ana@example.com", "555-0101", NUMBER)


class TestExport:
    def test_shows_who_is_told_what(self, folder):
        folder.ordinary()
        assert folder.told() == {
            (Kind.FIRST_CONTACT, "sms"): 1,
            (Kind.FIRST_CONTACT, "email"): 1,
            (Kind.ARREST, "sms"): 1,
            (Kind.ARREST, "email"): 1,
        }

    def test_may_be_a_file_of_any_ending(self, folder):
        feed = tuple(
            replace(f, name_pattern=rf"{f.kind}_(?P<stamp>[0-9T]+)\.txt")
            for f in folder.settings.feed
        )
        folder.ordinary()
        told = folder.told()
        for path in list(folder.path.iterdir()):
            path.rename(path.with_suffix(".txt"))
        assert folder.told(replace(folder.settings, feed=feed)) == told != {}

    def test_sends_a_letter_without_phone_and_email(self, folder):
        folder.ordinary(phone="", email="", **HOME)
        assert folder.told()[Kind.ARREST, "letter"] == 1

    def test_makes_a_task_of_what_no_message_may_tell(self, folder):
        folder.put(cases=[a_case_row(offense=STALKING)], people=[a_person_row()])
        assert folder.told() == {(Kind.FIRST_CONTACT, "a person"): 1}

    def test_sends_one_message_to_a_shared_phone(self, folder):
        people = [a_person_row(email=""), a_person_row(id="P2", last_name="Soto", email="")]
        folder.put(cases=[a_case_row()], people=people)
        assert folder.told() == {(Kind.FIRST_CONTACT, "sms"): 1, (Kind.FIRST_CONTACT, "nobody"): 1}

    def test_is_only_delayed_by_a_night(self, folder):
        night = NOW + timedelta(hours=11)
        folder.put(night, cases=[a_case_row()], people=[a_person_row(email="")])
        assert folder.told() == {(Kind.FIRST_CONTACT, "sms"): 1}

    def test_owes_a_correction_to_who_was_told(self, folder):
        folder.ordinary()
        later = local(NOW + timedelta(days=1))
        folder.put(NOW + timedelta(days=1), arrests=[an_arrest_row(withdrawn="Y", row_time=later)])
        told = folder.told()
        assert (told[Kind.ARREST, "sms"], told[Kind.CORRECTION, "sms"]) == (1, 1)

    def test_tells_a_renumbered_case_to_nobody_again(self, folder):
        folder.ordinary()
        before = folder.told()
        new = {"number": "2611240077", "row_time": local(NOW + timedelta(days=1))}
        folder.put(
            NOW + timedelta(days=1),
            cases=[a_case_row(former_number=NUMBER, **new)],
            people=[a_person_row(**new), a_suspect_row(**new)],
            arrests=[an_arrest_row(**new)],
        )
        assert folder.told() == before

    def test_leaves_out_what_is_long_past(self, folder):
        folder.ordinary()
        told = folder.told(since=NOW - timedelta(hours=2))
        assert {kind for kind, _ in told} == {Kind.ARREST}

    def test_costs_what_the_settings_say(self, folder):
        folder.ordinary(phone="", email="", **HOME)
        assert folder.rehearse().cost() == {"texts": 0, "emails": 0, "letters": 2 * 0.85}
        folder.ordinary()
        played = folder.rehearse()
        assert played.parts >= 2
        assert played.cost() == {
            "texts": pytest.approx(
                played.parts * folder.settings.messages.sms_cost_microdollars / 1e6
            ),
            "emails": pytest.approx(2 * 0.0001),
            "letters": 0,
        }

    def test_tells_both_under_one_arrest_number(self, folder):
        folder.put(
            cases=[a_case_row()],
            people=[a_person_row(), a_suspect_row(), a_suspect_row(id="S2", last_name="Reed")],
            arrests=[an_arrest_row(), an_arrest_row(suspect="S2")],
        )
        assert folder.told()[Kind.ARREST, "sms"] == 2


def compared(folder, changed, capsys, names=False):
    assert compare.compare(folder.settings, changed, folder.path, 30, names=names) == 0
    return capsys.readouterr().out


def figures(out, what):
    return next(line.split()[-3:] for line in out.splitlines() if line.startswith(what))


def replayed(*arguments):
    command = [sys.executable, "-m", "infra.cli", "feed", "replay", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


class TestOtherSettings:
    def test_differ_in_nothing_when_the_same(self, folder, capsys):
        folder.ordinary()
        out = compared(folder, folder.settings, capsys)
        assert figures(out, "messages") == ["4", "4", "0"]
        assert [line.split()[-1] for line in out.splitlines() if "told" in line[:16]] == ["0"] * 3

    def test_show_a_kind_turned_off_as_no_more(self, folder, capsys):
        folder.ordinary()
        out = compared(folder, folder.kinds(arrest={"on": False}), capsys)
        assert figures(out, "messages") == ["4", "2", "-2"]
        assert "not told any more            1" in out

    def test_show_a_kind_turned_on_as_now(self, folder, capsys):
        folder.ordinary()
        out = compared(folder, folder.kinds(report_received={"on": True}), capsys)
        assert "told now, not before         1" in out

    def test_show_another_ladder_as_another_way(self, folder, capsys):
        folder.ordinary()
        ladder = ((Channel.EMAIL,), (Channel.SMS,))
        out = compared(folder, folder.kinds(arrest={"ladder": ladder}), capsys)
        assert figures(out, "messages") == ["4", "3", "-1"]
        assert "told in another way          1" in out

    def test_with_mistakes_are_refused_by_line(self, folder):
        folder.ordinary()
        bad = folder.path / "bad.yaml"
        bad.write_text("agency: {}\n", "utf-8")
        done = replayed(str(folder.path), "--changed", str(bad))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert done.stderr

    def test_with_mistakes_in_the_current_ones_name_their_lines(self, folder):
        """Nothing is compiled then: the folder of what is compiled is shared."""
        bad = folder.path / "bad.yaml"
        text = (ROOT / "infra/agency/sample.yaml").read_text("utf-8")
        bad.write_text("ask:\n  - first\n" + text, "utf-8")
        done = replayed(str(folder.path), "--agency", str(bad))
        assert done.returncode == 1
        assert "bad.yaml:2: ask.0: is a question of `aviso feed map`" in done.stderr
        assert "Traceback" not in done.stderr

    def test_count_bad_rows_on_both_sides(self, folder, capsys):
        """A pattern that fits no row used to show as 0 bad rows."""
        folder.ordinary()
        agency = replace(folder.settings.agency, case_number_pattern="^[0-9]{2}-[0-9]{4}-[0-9]{4}$")
        changed = replace(folder.settings, agency=agency)
        assert compare.compare(folder.settings, changed, folder.path, 30, names=False) == 0
        printed = capsys.readouterr().out
        assert "Current settings: 3 files, 1 cases, 0 bad rows." in printed
        assert "Changed settings: 3 files, 0 cases, 4 bad rows." in printed


class TestCommand:
    def test_names_nobody_unless_asked(self, folder, capsys):
        folder.ordinary()
        changed = folder.kinds(arrest={"on": False})
        silent = compared(folder, changed, capsys)
        assert not [name for name in NAMES if name in silent]
        named = compared(folder, changed, capsys, names=True)
        assert f"{NUMBER}  Ana Muñoz: arrest: sms and email -> not owed" in named

    def test_lists_everybody_who_is_told(self, folder, capsys):
        """The same settings on both sides: the list to telephone by when the region is lost."""
        folder.ordinary()
        out = compared(folder, folder.settings, capsys, names=True)
        assert f"{NUMBER}  Ana Muñoz: arrest: sms and email" in out
        assert not [name for name in NAMES if name in compared(folder, folder.settings, capsys)]

    def test_lists_everybody_of_some_days_as_typed(self, folder):
        folder.ordinary()
        for path in folder.path.glob("*.csv"):  # the sample agency's names carry no times
            path = path.rename(path.with_name(path.name.split("_")[0] + ".csv"))
            os.utime(path, (NOW.timestamp(), NOW.timestamp()))
        typed = (str(folder.path), "--names", "--days")
        out = {days: replayed(*typed, str(days)).stdout for days in (3, 0)}
        assert "What happened in the 3 days before" in out[3]
        assert f"{NUMBER}  Ana Muñoz: arrest: sms and email" in out[3]
        assert "Ana" not in out[0]

    def test_tells_an_empty_folder_in_words(self, folder, capsys):
        assert compare.compare(folder.settings, folder.settings, folder.path, 30, names=False) == 1
        assert "no export file" in capsys.readouterr().out

    def test_compares_a_settings_file(self, folder):
        folder.ordinary()
        for path in folder.path.glob("*.csv"):  # the sample agency's names carry no times
            path.rename(path.with_name(path.name.split("_")[0] + ".csv"))
        text = (ROOT / "infra/agency/sample.yaml").read_text("utf-8")
        changed = folder.path / "changed.yaml"
        changed.write_text(text.replace("letter_cost_cents: 85", "letter_cost_cents: 95"), "utf-8")
        done = replayed(str(folder.path), "--changed", str(changed))
        assert (done.returncode, done.stderr) == (0, "")
        assert "Nothing was sent" in done.stdout
