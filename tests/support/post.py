"""The print room: cases stored, and letters queued, printed and mailed."""

import csv
import io
from collections import Counter
from datetime import timedelta
from functools import partial

import boto3
from msgspec.structs import replace
from pypdf import PdfReader

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.letters import mailing, print_run
from aviso.notices import planning
from aviso.notices.sending import send
from aviso.staff.actor import Actor
from aviso.storage import cases, enrollments, notices
from infra.harness.builders import NOW, NUMBER, a_case, an_invocation
from tests.support.sending import HOME

BUCKET = "letters"
NO_PHONE = {"phone": "", "email": "", **HOME}


class Post:
    """The print room: cases stored, arrests planned, and letters queued, printed, mailed."""

    def __init__(self, settings):
        only = {Kind.ARREST, Kind.CORRECTION}
        kinds = {k: replace(v, on=k in only) for k, v in settings.kinds.items()}
        self.settings, self.now = replace(settings, kinds=kinds), NOW
        self.s3 = boto3.client("s3", region_name="us-west-2")
        self.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )

    def store(self, case):
        """Store the rows of a case."""
        rows = (case.report, *case.victims, *case.suspects, *case.speakers, *case.arrests)
        for row in rows:
            key = (case.number, cases.sort_key(row))
            cases.write_row(case.number, row, cases.read_rows([key]).get(key))
        for enrollment in case.enrollments:
            enrollments.write_enrollment(case.number, enrollment)

    def queue(self, case=None):
        """Store a case, plan and send: what has no phone becomes a letter."""
        self.store(case or arrested().case)
        self.plan()
        for notice in self.all():
            if notice.state is State.PLANNED:
                self.send(notice)
        return self.all()

    def plan(self):
        """Plan what the case owes."""
        planning.plan(NUMBER, self.settings, self.now)

    def send(self, notice):
        """Send a notice."""
        return send(notice.id, self.invocation(f"send-{notice.id}"))

    def invocation(self, token, seconds=60.0):
        """Return an invocation on the print room's clock."""
        return an_invocation(self.settings, lambda: self.now, seconds=seconds, token=token)

    def all(self):
        """Return the notices of the case."""
        return [notices.read(n.id) for n in notices.of_case(NUMBER)]

    def only(self):
        """Return the one notice of the case."""
        (notice,) = self.all()
        return notice

    def print(self, run="run-1", token="", seconds=900.0):
        """Print a run; return how many letters ended how."""
        invocation = self.invocation(token or f"print-{run}", seconds)
        return print_run.print_letters(run, invocation).counts

    def stored(self):
        """Return the names of the files in the bucket of letters."""
        return {o["Key"] for o in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}

    def get(self, key):
        """Return a file of that bucket."""
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def pages(self, run="run-1"):
        """Return the pages of a run."""
        return PdfReader(io.BytesIO(self.get(f"runs/{run}/letters.pdf"))).pages

    def manifest(self, run="run-1"):
        """Return the rows of a run's list."""
        text = self.get(f"runs/{run}/manifest.csv").decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))


def posted(run, now):
    """Say that a run was posted; return how many letters came to what."""
    by = partial(Actor.operator("luz", now).record, "letter_mailed")
    return Counter(outcome for _, outcome in mailing.mailed(run, now, by))


def arrested(**victim):
    """Return a case with an arrest, whose victim has no phone and no email."""
    return a_case().with_victim(**(NO_PHONE | victim)).with_suspect().with_arrest()


def change(post, row, **changes):
    """Let a later file change a row."""
    post.now += timedelta(minutes=1)
    new = replace(row, digest=f"at-{post.now}", export_time=post.now, **changes)
    cases.write_row(NUMBER, new, row)
