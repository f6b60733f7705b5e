"""The day's routine texts: what waits behind an arrest or for the morning (docs/rules.md#21)."""

from datetime import timedelta

from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.timing import after_arrest, enough_today
from infra.harness.builders import NOW, a_notice

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


CLOSING = a_notice(Kind.CASE_CLOSED, "status:CLOSED", deadline=NOW + 48 * HOUR)


class TestEnoughToday:
    def heard(self, hours, **changes):
        return a_notice(
            Kind.STATUS_CHANGED, f"status:{hours}", told_at=NOW - hours * HOUR, **changes
        )

    def test_the_third_routine_text_waits_for_the_morning(self, settings):
        told = [self.heard(1), self.heard(2)]
        assert enough_today(CLOSING, told[:1], settings, NOW) is None
        morning = enough_today(CLOSING, told, settings, NOW)
        assert morning
        assert morning.astimezone(settings.agency.zone).isoformat() == "2026-11-25T08:00:00-07:00"
        assert enough_today(CLOSING, told, settings, morning) is None

    def test_arrests_are_neither_counted_nor_held_back(self, settings):
        told = [a_notice(told_at=NOW), a_notice(fact="arrest:a2", told_at=NOW)]
        assert enough_today(CLOSING, told, settings, NOW) is None
        assert enough_today(a_notice(), [self.heard(1), self.heard(2)], settings, NOW) is None

    def test_rights_always_go(self, settings):
        told = [self.heard(1), self.heard(2)]
        rights = a_notice(Kind.FIRST_CONTACT, "report", deadline=NOW + 48 * HOUR)
        assert enough_today(rights, told, settings, NOW) is None

    def test_yesterdays_and_others_do_not_count(self, settings):
        told = [self.heard(13), self.heard(14), self.heard(1, victim="v2")]
        assert enough_today(CLOSING, told, settings, NOW) is None

    def test_no_deadline_passes_for_it(self, settings):
        told, soon = [self.heard(1), self.heard(2)], replace(CLOSING, deadline=NOW + 20 * HOUR)
        assert enough_today(soon, told, settings, NOW) is None


class TestAfterArrest:
    RIGHTS = a_notice(Kind.FIRST_CONTACT, "report", deadline=NOW + 24 * HOUR)

    def waits(self, settings, notice, *arrests, minutes=20, now=NOW):
        messages = replace(settings.messages, minutes_after_arrest=minutes)
        return after_arrest(notice, arrests, replace(settings, messages=messages), now)

    def test_a_routine_text_waits_for_the_minutes(self, settings):
        told = [a_notice(told_at=NOW - 30 * MINUTE), a_notice(fact="arrest:a2", told_at=NOW)]
        until = self.waits(settings, self.RIGHTS, *told)
        assert until == NOW + 20 * MINUTE
        assert self.waits(settings, self.RIGHTS, *told, now=until) is None

    def test_nothing_waits_if_the_setting_is_zero(self, settings):
        told = a_notice(told_at=NOW)
        assert self.waits(settings, self.RIGHTS, told, minutes=0) is None
        assert after_arrest(self.RIGHTS, [told], settings, NOW) is None

    def test_urgent_news_does_not_wait(self, settings):
        second = a_notice(fact="arrest:a2")
        assert self.waits(settings, second, a_notice(told_at=NOW)) is None

    def test_nothing_waits_into_its_last_hour(self, settings):
        late = replace(self.RIGHTS, deadline=NOW + 70 * MINUTE)
        assert self.waits(settings, late, a_notice(told_at=NOW)) is None
