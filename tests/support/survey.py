"""The flow of one survey, with every step taken twice."""

from datetime import timedelta

from msgspec.structs import replace

from aviso.content import links
from aviso.domain.model import Kind
from aviso.domain.survey_rules import FIRST
from aviso.victims import survey_answers
from infra.harness.builders import NOW, a_case
from tests.support.sending import EMAIL, PHONE, World

ASKED_ON = NOW + timedelta(days=12)  # two weeks after the report of `a_case`


def only_surveys(settings, **changes):
    """Return settings that ask surveys alone."""
    kinds = {k: replace(v, on=k is Kind.SURVEY) for k, v in settings.kinds.items()}
    return replace(settings, kinds=kinds, survey=replace(settings.survey, **changes))


def a_surveyed(**victim):
    """Return a case whose victim is asked."""
    return a_case().with_victim(**({"phone": PHONE, "email": EMAIL} | victim))


class Survey(World):
    """The flow of one survey, with every step taken twice."""

    def ask(self, times=2):
        """Enter the surveys that are due."""
        return [self.enter_surveys() for _ in range(times)]

    def survey(self):
        """Return the notice of the first survey."""
        return next(n for n in self.all(Kind.SURVEY) if n.fact == FIRST)

    def asked_and_sent(self):
        """Ask, plan and send; return the notice of the first survey."""
        self.ask()
        self.plan()
        self.send()
        return self.survey()

    def answer(self, notice, answers, now, **how):
        """Answer a survey."""
        return survey_answers.store_answers(
            notice, answers, self.settings.survey.questions, now, **how
        )

    def link(self, n=1):
        """Return the token of an attempt's link."""
        return links.token(links.LinkPurpose.SURVEY, self.survey().id, n)
