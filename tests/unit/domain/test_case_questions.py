"""What a case and the settings answer about one victim, and about today."""

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from aviso.domain.model import Enrollment
from infra.harness.builders import NOW, a_case, a_contact

PHONES = ("+15205550123", "+15205550142", "+15205550167")


class TestEnrollmentOf:
    def test_without_one_it_is_empty(self):
        assert a_case().with_victim("v1").case.enrollment_of("v1") == Enrollment(victim="v1")

    def test_another_victims_is_not_returned(self):
        case = a_case().with_enrollment("v2", a_contact(PHONES[0])).case
        assert case.enrollment_of("v1").contacts == ()
        assert len(case.enrollment_of("v2").contacts) == 1


class TestEnrollment:
    def test_removed_contact_is_not_active(self):
        there, gone = a_contact(PHONES[0]), replace(a_contact(PHONES[1]), removed_at=NOW)
        assert Enrollment(victim="v1", contacts=(gone, there)).active_contacts == (there,)

    def test_usable_contact_is_active_and_safe(self):
        safe, unsafe = a_contact(PHONES[0]), a_contact(PHONES[1], safe=False)
        gone = replace(a_contact(PHONES[2]), removed_at=NOW)
        enrollment = Enrollment(victim="v1", contacts=(unsafe, safe, gone))
        assert enrollment.usable_contacts == (safe,)


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
