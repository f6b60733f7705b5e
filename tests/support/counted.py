"""The flow of a case with its figures, each record of its streams delivered twice."""

from collections import Counter
from datetime import date, timedelta

from aviso import reporting
from aviso.domain.model import Channel, Kind
from aviso.domain.survey_rules import FIRST
from aviso.victims import sign_up, sign_up_form, survey_answers, verification, visits
from infra.harness.builders import NUMBER, a_case, a_visitor
from infra.ops.counter_differences import differences
from tests.support.sending import EMAIL, PHONE, World
from tests.support.stream_records import Streams

TODAY = date(2026, 11, 24)
BIRTHDAY = date(1985, 4, 12)


class Counted(World):
    """The flow with its streams, each record delivered twice."""

    def __init__(self, settings, provider):
        super().__init__(settings, provider)
        self.streams = Streams()
        self.done: Counter[str] = Counter()

    def tally(self, times=2):
        """Count the stream records that have come, each more than once."""
        for record in self.streams.records():
            for _ in range(times):
                self.done += reporting.count_record(record, self.settings)

    def figures(self, first=TODAY - timedelta(days=60), last=TODAY + timedelta(days=60)):
        """Return what the counters say of a time."""
        return reporting.read(first, last, self.settings)

    def total(self, metric, cut="all"):
        """Return the sum of a counter."""
        return self.figures().total(metric, cut)

    def value(self, name, cut="all"):
        """Return a figure of the dashboard."""
        return self.figures().values(cut)[name].value

    def differences(self):
        """Return the counters that differ from the rows."""
        return differences(self.settings)

    def log_in(self, number=NUMBER, name="Muñoz-v1"):
        """Open the case by name and birth date; return the session."""
        claim = verification.Claim(
            number=number, last_name=name, birth_dates=[BIRTHDAY], source="203.0.113.9"
        )
        _, session = visits.open_case(claim, self.settings, self.now)
        self.tally()
        return session

    def answer(self, notice, answers, **how):
        """Answer a survey."""
        return survey_answers.store_answers(
            notice, answers, self.settings.survey.questions, self.now, **how
        )

    def enroll(self, session, *typed):
        """Leave contacts on the portal, and count it."""
        asked = [
            sign_up_form.Asked(
                channel=Channel.EMAIL if "@" in address else Channel.SMS,
                address=address,
                language="es",
                safe=True,
            )
            for address in typed
        ]
        visitor = a_visitor(self.settings, self.now, language="es", source="")
        assert sign_up.enroll(session, asked, visitor)
        self.tally()


def arrested(**victim):
    """Return a case with an arrest and one victim, with changes of the victim."""
    case = a_case().with_report(division="West").with_suspect().with_arrest()
    return case.with_victim(**({"phone": PHONE, "email": EMAIL} | victim))


def found_survey(world):
    """Return the id of the victim's first survey."""
    return next(n.id for n in world.all(Kind.SURVEY) if n.fact == FIRST)
