"""Values and pure rules: no table, no AWS, no clock.

Rules that readers look for under another name:

- who is told in place of a minor, an incapacitated or a deceased victim: `people.spoken_for`
- which contacts may be written to, and why not: `roster.reach`
- what is a suspect's, so that nothing is sent there: `suspects`
- one phone of several victims: `audience`; who answers for a victim: `speakers`
- quiet hours at night, texts a day, which news goes first: `timing`
- what a rule is asked about: `case_at.CaseAt`
- the agencies that get a victim's request: `receiving_agencies`; what they get: `hand_off_duties`
- what an account of such an agency reads: `staff/handed_requests.py`, outside this package
- why a notice is held for a person: `reasons`; where: `victim_holds`, `contacts`, `routing`
- which cases are restricted: `restriction`; who at the desk may see them: `Actor.may_see` in
  `staff/actor.py`
"""
