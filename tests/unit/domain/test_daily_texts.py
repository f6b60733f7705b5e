"""The day's routine texts: what is enough, and what waits for the morning (docs/rules.md#21)."""

from datetime import timedelta

from msgspec.structs import replace

from aviso.domain.daily_texts import enough_today
from aviso.domain.model import Kind
from infra.harness.builders import NOW, a_notice

HOUR = timedelta(hours=1)


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

    def test_the_setting_decides(self, settings):
        one = replace(settings, messages=replace(settings.messages, routine_texts_a_day=1))
        assert enough_today(CLOSING, [self.heard(1)], one, NOW)

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
