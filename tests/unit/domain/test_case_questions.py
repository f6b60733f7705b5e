"""What a case and the settings answer about one victim, and about today."""

from datetime import UTC, date, datetime, timedelta

from infra.harness.builders import a_case


class TestRepresentatives:
    def test_are_those_of_this_victim(self):
        one = a_case().with_victim("v1").with_speaker("r1", victim="v1")
        case = one.with_victim("v2").with_speaker("r2", victim="v2").case
        assert [person.id for person in case.speakers_for(case.victims[0])] == ["r1"]


class TestToday:
    def test_changes_at_the_agencys_midnight(self, settings):
        midnight = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)  # in Phoenix
        assert settings.today(midnight) == date(2026, 11, 26)
        assert settings.today(midnight - timedelta(seconds=1)) == date(2026, 11, 25)
