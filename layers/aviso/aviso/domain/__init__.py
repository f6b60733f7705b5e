"""Values and pure rules: no table, no AWS, no clock.

Rules that readers look for under another name:

- who is told in place of a minor, an incapacitated or a deceased victim: `people.spoken_for`
- which contacts may be written to, and why not: `contacts.reach`
- what is a suspect's, so that nothing is sent there: `suspects`
- one phone of several victims: `victims_sharing_contacts`
- quiet hours at night: `quiet_hours`; texts a day: `daily_texts`
- the agencies that get a victim's request: `receiving_agencies`; what they get: `hand_offs`
- what an account of such an agency reads: `staff/hand_offs.py`, outside this package
- why a notice is held for a person: `reasons`; where: `victim_holds`, `contacts`, `routing`
- which cases are restricted: `restriction`; who at the desk may see them: `Actor.may_see` in
  `staff/actor.py`
"""
