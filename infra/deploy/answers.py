"""What deploying needs besides the agency's settings: asked once, kept in a file.

The file is beside the settings (`police.yaml` → `police.deploy.yaml`), contains no secret, and can
be written by hand. Without a terminal nothing is asked: the error names what is missing. Besides
the answers it may have `parameters`: values for the templates' own parameters, which win over ours.
"""

import os
import re
import shlex
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import yaml

PHONE = r"\+1[2-9][0-9]{9}"
EMAIL = r"[^@\s]+@[^@\s]+\.[a-z]{2,}"
CHOSEN = "parameters"


class AnswersError(click.ClickException):
    """An answer is missing or wrong; the message says which, and what it should look like."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to be asked."""

    key: str
    ask: str
    pattern: str
    default: str = ""
    example: str = ""

    def accept(self, value: str) -> str:
        """Return a value if it fits.

        Raises:
            AnswersError: when it does not.
        """
        if not re.fullmatch(self.pattern, value):
            hint = f", for instance {self.example}" if self.example else ""
            raise AnswersError(f"{self.key}: '{value}' does not fit; {self.ask.lower()}{hint}.")
        return value


QUESTIONS = (
    Question("stack", "Name of the stack", r"[a-z][a-z0-9-]{1,20}", "aviso", "aviso"),
    Question("region", "AWS region", r"[a-z]{2}(-gov)?-[a-z]+-[0-9]", "us-west-2", "us-west-2"),
    Question("alarm_email", "Who is emailed when something is wrong", EMAIL, "", "it@example.org"),
    Question("operator_phone", "Mobile phone of the person who tests the deployment", PHONE, "",
             "+15205550123"),
    Question("operator_email", "Email of the person who tests the deployment", EMAIL, "",
             "you@example.org"),
    Question("sms_number", "Registered number that texts come from, or none", PHONE + "|none",
             "none", "+18445550123"),
    Question("domain", "The portal's own address, or none", r"[a-z0-9.-]+\.[a-z]{2,}|none", "none",
             "cases.police.example.org"),
    Question("hosted_zone", "Its Route 53 zone's id, or none", r"Z[A-Z0-9]+|none", "none"),
    Question("certificate", "ARN of a certificate for it, or none to have one made",
             r"arn:aws[a-z-]*:acm:.+|none", "none"),
    Question("sms_spend_alarm", "Dollars a month for texts before somebody is told", r"[0-9]+",
             "200"),
    Question("canary", "Have each release take over in steps that alarms can stop (yes, no)",
             r"yes|no", "yes"),
    Question("accepted_texts", "Mark of the texts that you accept without a certified translator",
             r"[0-9a-f]{12}|none", "none"),
)  # fmt: skip


def file_for(agency: Path) -> Path:
    """Return the path of an agency's answers."""
    return agency.with_suffix(".deploy.yaml")


def which(agency: Path | None, stack: str, region: str) -> tuple[str, str]:
    """Return the stack and the region to act on.

    The arguments come first, then the answers beside the agency's settings, then the shell.

    Args:
        agency: the settings that somebody named; None when nobody did.
        stack: the stack that somebody named, or empty.
        region: the region that somebody named, or empty.

    Raises:
        AnswersError: when the agency named has no answers, so that its stack is unknown.
    """
    file = file_for(agency) if agency else None
    if file and not file.exists() and not (stack and region):
        raise AnswersError(
            f"{file} is missing. It says to which stack and region {agency} was deployed. "
            "Correct --agency, or name both: --stack and --region."
        )
    given = read(file) if file else {}
    stack = stack or given.get("stack") or "aviso"
    return stack, region or given.get("region") or os.environ.get("AWS_REGION") or "us-west-2"


def read(file: Path) -> dict[str, str]:
    """Return the answers given so far, after checking each.

    Raises:
        AnswersError: when one is wrong or unknown.
    """
    if not file.exists():
        return {}
    known = {q.key: q for q in QUESTIONS}
    raw = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    raw.pop(CHOSEN, None)
    for key in raw:
        if key not in known:
            raise AnswersError(f"{file.name}: there is no question '{key}'.")
    return {key: known[key].accept(str(value)) for key, value in raw.items()}


def chosen(file: Path, declared: Collection[str]) -> dict[str, str]:
    """Return the values that the file sets for the templates' parameters.

    Raises:
        AnswersError: when a parameter is in no template.
    """
    if not file.exists():
        return {}
    raw = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get(CHOSEN) or {}
    for name, value in raw.items():
        if name not in declared:
            raise AnswersError(f"{file.name}: no template has a parameter '{name}'.")
        if isinstance(value, bool):  # YAML's own boolean; the templates take only text
            raise AnswersError(f'{file.name}: write {name} as text: "{str(value).lower()}".')
    return {name: "" if value is None else str(value) for name, value in raw.items()}


def complete(
    given: Mapping[str, str],
    ask: Callable[[str], str] | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, str]:
    """Return all answers, asking for what is missing.

    Args:
        ask: puts a question to a person and returns what was typed; None without a terminal.
        say: tells the person why an answer was not accepted.

    Raises:
        AnswersError: when something is missing and there is nobody to ask.
    """
    answers = dict(given)
    for question in QUESTIONS:
        if question.key in answers:
            continue
        if ask is None:
            missing = [q.key for q in QUESTIONS if q.key not in answers and not q.default]
            if missing:
                raise AnswersError(
                    "Write these into the answers file, police.deploy.yaml beside police.yaml: "
                    + ", ".join(missing)
                    + "."
                )
            answers[question.key] = question.default
            continue
        answers[question.key] = _asked(question, ask, say)
    return answers


def _asked(question: Question, ask: Callable[[str], str], say: Callable[[str], None]) -> str:
    shown = f" [{question.default}]" if question.default else ""
    while True:
        try:
            return question.accept(ask(f"{question.ask}{shown}: ").strip() or question.default)
        except AnswersError as error:
            say(f"  {error}")


def save(file: Path, answers: Mapping[str, str], chosen: Mapping[str, str]) -> None:
    """Save the answers, and the parameters chosen, for the next time."""
    head = (
        "# What `make deploy` asked; it does not ask again for what is here. No secret is in it.\n"
    )
    kept = {**answers, **({CHOSEN: dict(chosen)} if chosen else {})}
    file.write_text(head + yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")


def person() -> Callable[[str], str] | None:
    """Return how to ask the person at the terminal, None when there is none."""
    return input if sys.stdin.isatty() else None


def named_as(agency: Path | None) -> str:
    """Return the options that name the same stack in a next command; empty without any."""
    given = {"agency": str(agency or "")}
    given |= {name: os.environ.get(name.upper(), "") for name in ("stack", "region")}
    return "".join(f" --{name} {shlex.quote(value)}" for name, value in given.items() if value)
