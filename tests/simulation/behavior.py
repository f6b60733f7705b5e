"""How the people of the simulation act: assumptions, every one of them.

Chances are shares of those who could; nothing here was measured on people. A part says from what
its chances were set. `fitted`: so that a figure comes out near the case study's (docs/results.md).
`guess`: no source; enough of each happens to be counted.
"""

from collections.abc import Mapping

VICTIMS_A_MONTH = 2500  # the case study: "between 2k-3k"
DAYS = 181  # 1 January to 30 June

# --- what the report knows of a victim: guesses
TWO_VICTIMS = 0.10  # cases with a second victim
MINOR = 0.03  # victims under 18, spoken for by a guardian
SPANISH = 0.30
MOBILE, LANDLINE, EMAIL, HOME = 0.62, 0.06, 0.42, 0.93
RELATIVE = 0.04  # the suspect is family: the case is restricted
FLAGGED = 0.01  # the records system marks the case confidential
WAIVED = 0.03  # wants no news of the case, as the report says
HIDDEN = 0.02  # of victims with a home: it is confidential, and there is no substitute for it

# --- what becomes of a case: guesses
ON_THE_SPOT = 0.02  # arrest in the same hours
INFO = 0.52  # of the others: filed, no detective
ARREST_LATER = 0.27  # of cases with a detective
WITHDRAWN = 0.04  # arrests that turn out a mistake of the records
PROSECUTED = 0.6  # of cases with an arrest
CLOSED = 0.35  # of the others that had a detective

# --- what records systems say later: guesses
RENUMBERED = 0.01  # cases that get another number, within three weeks
DIES = 0.006  # victims whom a later row calls dead
IS_RIGHT = 0.5  # of these rows: the others are a mistake
CHANGES_TYPE = 0.006  # victims whom a later row calls an organization, always by mistake

# --- what officers tell, and the records system says so: assumptions of issue 36, at full strength
RIGHTS_ON_PAPER = 0.85  # victims who get their rights at the scene
ARREST_TOLD = 0.40  # of arrests, told by a detective
AGREES_TO_A_PLAN = 0.60  # of the victims of restricted cases who are reached
ADVOCATE_TRIES = 3  # calls to the victim of a restricted case with a detective; a guess
ARRESTS_ALONE = 0.5  # of these plans; a guess
PLAN_HOURS = {"from": "7", "to": "21"}  # of every day; a guess

# --- the portal: fitted to `enrolled_share`, `contacts_new_share`, `letter_share`
VISITS, VISITS_WITH_DETECTIVE = 0.27, 0.65  # victims who ever try
TOO_EARLY = 0.15  # of these: before the report is in the system, and once more days later
MISTYPES = 0.12  # types the birth date wrong first
GIVES_UP = 0.2  # of these, does not try again
RETURNS = 0.35  # comes back another day
WITH_CODE = 0.06  # asks for a code to see more
USES_POSTED_CODE = 0.08  # of the letters' readers: comes in with its code
SIGNS_UP = 0.26  # at each visit, until it is done
LEAVES_PHONE, LEAVES_EMAIL = 0.85, 0.35  # who leaves neither, leaves the phone
SAME_AS_REPORT = 0.13  # leaves the number or address that the report has
TYPO_IN_EMAIL = 0.06  # an address that is none, corrected on the page
NOT_SAFE = 0.02  # says that others may read this phone or mailbox

# --- with a code: other agencies, and someone who speaks for them. Guesses, perhaps high: an act of
# which no other contact of the victim hears is a call of the desk
ASKS_AFTER_ARREST = 0.35  # who hears of an arrest comes with a code
OPTS_IN = 0.7  # who waived and has a code asks for news again
HANDS_ON = 0.8  # lets jail and prosecutor have the request
TAKES_BACK = 0.3  # of these, within a month
NAMES = 0.3  # names somebody
LOCKS, TAKES_OFF = 0.1, 0.25  # locks the case; removes a phone or email that they left
SAYS_YES, SAYS_NO = 0.6, 0.5  # who is named; the second, of those who do not say yes
ENDS_NAMING = 0.25  # of those who said yes, within three weeks
AGENCY_CONFIRMS = 0.7  # at each look of the other agency's clerk
CONFIRMS_AFTER_HOURS = (0.2, 6)

# --- what phones and mailboxes do, for good: guesses
PHONES: Mapping[str, float] = {"dead": 0.03, "silent": 0.01, "weak": 0.02}
MAILBOXES: Mapping[str, float] = {"dead": 0.04, "silent": 0.02, "weak": 0.02}
WEAK_FAILS = 0.4  # a weak one fails so often, and is not dead
BOUNCES_LATE = 0.003  # emails accepted first and returned hours later
TWICE = 0.05  # receipts and stream batches that come twice

# --- what people do when a message comes: guesses
STOPS = 0.006  # answers STOP
UNSUBSCRIBES = 0.004  # presses the mail program's button
COMPLAINS = 0.0007  # calls an email spam
STARTS_AGAIN = 0.2  # of those who stopped, days later
ASKS_BACK = 0.01  # answers with a question, which a person reads

# --- surveys: fitted to `response_rate` and `satisfaction`
ANSWERS = 0.09  # at each message; a reminder asks once more
CHANGES_MIND = 0.05  # answers again
SKIPS = 0.1  # leaves a question blank
SATISFACTION: Mapping[str, float] = {"5": 0.52, "4": 0.28, "3": 0.11, "2": 0.05, "1": 0.04}
STILL_CALLED: Mapping[str, float] = {"0": 0.72, "1": 0.19, "2": 0.09}
ERASURES = 4  # victims who have their data erased in the half year

# --- the agency: guesses
# Days after closing. The sample agency's year would seal no day within the half year; with a
# quarter, retention takes the cases of the first months while it plays, once their days are sealed.
KEEPS_CLOSED_CASES = 90
CALLED = 0.7  # of the first page of tasks: told by telephone each working afternoon
CALLS_AT = 14  # o'clock
CALL_MINUTES = 4  # of a clerk for one attempt; a guess
POSTS_LETTERS_AT = 9  # o'clock, the morning after each print run
EXPORTS_AT = (6, 12, 18)
