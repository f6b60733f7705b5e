"""Writes a proposal as a settings file: the sample's settings, with the agency's feed and codes.

Every guess has its reason and three masked examples beside it. What is unsure is marked UNSURE, and
what a person must answer is marked ASK.
"""

import json
import re
from collections.abc import Iterator

from infra.mapping import code_values, feed_section, matching, numbers
from infra.mapping.masking import Codes
from infra.mapping.proposal import Proposal
from infra.mapping.sample import SAMPLE

HEAD = """\
# Proposed by `aviso feed map`. Read each comment, and compare it with your system's documentation.
#
#   UNSURE  a guess that the files do not prove.
#   ASK     only you can answer. The build refuses this file until the list `ask` is empty: answer a
#           question under `feed` (remove the "# " before a line to say yes, or delete the line to
#           say no), and then delete it from the list. After the last one, delete `ask:` too.
#
# Examples are masked (A and a are letters, 9 is a digit). Only codes and ages are shown.
# Everything outside `ask`, `agency.case_number_*`, `offense_groups.to_sort` and `feed` is from the
# sample agency. Replace it with yours.

"""


def written(proposal: Proposal) -> str:
    """Return the settings file of a proposal."""
    fields = {(file, heading): name.split(".")[1] for file, heading, name in proposal.mapped()}
    fields |= {q.column: q.field for q in proposal.questions if q.column}
    unnamed = {q.column for q in proposal.questions if q.column and q.unnamed}
    codes = Codes(proposal.tables, fields, unnamed)
    sample = SAMPLE.read_text("utf-8")
    text = _numbered(_after_comments(sample), proposal)
    text = text.replace(
        "offense_groups:\n", "offense_groups:\n" + "".join(code_values.to_sort(proposal, codes)), 1
    )
    before, after = _around_feed(text)
    feed = "".join(f"{line}\n" for line in feed_section.lines(proposal, codes, sample))
    preset = "".join(code_values.preset(proposal, codes))
    return HEAD + preset + "".join(_asked(proposal)) + before + feed + "\n" + after


def _asked(proposal: Proposal) -> Iterator[str]:
    if not proposal.questions:
        return
    yield "ask:\n"
    for number, question in enumerate(proposal.questions, 1):
        yield f"  - {json.dumps(f'{number}. {question.text}', ensure_ascii=False)}\n"
    yield "\n"


def _after_comments(sample: str) -> str:
    """Return the sample without the comments about itself at its top."""
    return sample[sample.index("# --- Who you are") :]


def _numbered(text: str, proposal: Proposal) -> str:
    """Put the agency's case numbers in place of the sample's."""
    columns = [c for match in proposal.kinds.values() if (c := match.column("number"))]
    found = numbers.pattern_of(matching.keys(columns[0]) if columns else ())
    unsure = (
        "" if found.sure else "  # UNSURE: the numbers have too many forms, or there are none\n"
    )
    text = re.sub(
        r"( +# A regular expression for a case number.*\n)( +#.*\n)*( +case_number_pattern: ).*\n",
        lambda m: (
            "  # The form of the case numbers in these files, without spaces and dashes.\n"
            f"{unsure}{m[3]}'{found.pattern}'\n"
        ),
        text,
        count=1,
    )
    return re.sub(
        r"( +case_number_example: ).*\n", lambda m: f'{m[1]}"{found.example}"\n', text, count=1
    )


def _around_feed(text: str) -> tuple[str, str]:
    """Return what is before and after the setting `feed`."""
    start = text.index("\nfeed:\n") + 1
    inside = re.match(r"feed:\n(?:(?: .*)?\n)*", text[start:])
    return text[:start], text[start + (inside.end() if inside else 0) :]
