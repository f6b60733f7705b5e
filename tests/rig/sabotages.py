"""Deliberate mistakes in the product, which `make storm SABOTAGE=all` must notice.

Each exchanges a function or a value by its name, from outside. Those of local AWS
(`exchanged_lines`) exchange a line in the copy that is deployed. A bad day and the half year must
notice some too: their tests make them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Sabotage:
    """A deliberate mistake in the product: its description and how to make it."""

    mistake: str
    make: Callable[[], None]


def _set(place: str, value: Any) -> None:
    """Exchange `module:name` or `module:Class.name` of the product."""
    module, _, path = place.partition(":")
    owner, _, name = path.rpartition(".")
    target = _get(f"{module}:{owner}") if owner else _module(module)
    assert hasattr(target, name), f"{place} is not there any more: this file follows the product"
    setattr(target, name, value)


def _module(name: str) -> Any:
    return import_module(f"aviso.{name}")


def _get(place: str) -> Any:
    module, _, path = place.partition(":")
    found = _module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _set_key(place: str, key: Any, value: Any) -> None:
    """Exchange an entry of a mapping of the product."""
    mapping = _get(place)
    assert key in mapping, f"{place} has no {key} any more: this file follows the product"
    mapping[key] = value


def _skip_claim_condition() -> None:
    honest, pk = _get("storage.notices:transition"), _get("storage.notices:NoticeItem.pk")
    claimed = _get("domain.notice:State").CLAIMED

    def transition(notice_id: str, to: Any, changes: Any, **rest: Any) -> Any:
        actions, condition = honest(notice_id, to, changes, **rest)
        return actions, pk.exists() if to is claimed else condition

    _set("storage.notices:transition", transition)


def _drop_lease() -> None:
    _set("notices.sending:LEASE", timedelta(0))
    _set("notices.sending:LATE_RECEIPT", timedelta(0))


def _mark_before_send() -> None:
    honest, move = _get("notices.sending:hand_over"), _get("storage.notices:move")
    sent = _get("domain.notice:State").SENT

    def hand_over(hop: Any, situation: Any, invocation: Any) -> Any:
        notice = situation.notice
        move(notice, sent, due_at=None, token=notice.token)
        return honest(hop, situation, invocation)

    _set("notices.sending:hand_over", hand_over)


def _trust_silence() -> None:
    errors = import_module("aviso.providers.errors")
    handed = _get("providers.message:Handed")
    for place in ("providers.sns:SnsSender.send", "providers.ses:SesSender.send"):
        honest = _get(place)

        def send(self: Any, message: Any, left: float, honest: Any = honest) -> Any:
            try:
                return honest(self, message, left)
            except errors.SendUnknown:
                return handed("")

        _set(place, send)


def _cache_guards() -> None:
    honest = _get("storage.guards:read_for")
    known: dict[str, Any] = {}

    def read_for(case: Any, *notice: str) -> Any:
        if case.origin not in known:
            known[case.origin] = honest(case, *notice)
        return known[case.origin]

    _set("storage.guards:read_for", read_for)


def _guards(**changes: Any) -> Callable[[], None]:
    def make() -> None:
        from msgspec.structs import replace

        for name in changes:
            _get(f"domain.guards:Guards.{name}")  # is there
        honest = _get("storage.guards:read")
        _set("storage.guards:read", lambda *a, **k: replace(honest(*a, **k), **changes))

    return make


def _trust_suspects() -> None:
    for module in ("roster", "victim_holds", "audience"):  # each asks for itself
        _returns(f"domain.{module}:addresses_of_suspects", set())()


def _knowledge_tells() -> None:
    for module in ("sending", "receipts"):  # each asks for itself
        _returns(f"notices.{module}:went_to_victim", True)()


def _count_twice() -> None:
    honest = _get("storage.counters:_put")

    def put(*given: Any) -> Any:
        written = honest(*given)
        written["Put"].pop("ConditionExpression")
        return written

    _set("storage.counters:_put", put)


def _miscount() -> None:
    honest, seen = _get("storage.counters:_adds"), []

    def adds(event: str, deltas: Any) -> Any:
        seen.append(event)
        return honest(event, deltas) if len(seen) % 40 else iter(())

    _set("storage.counters:_adds", adds)


def _tell_every_kind() -> None:
    reason = _get("domain.contact_plans:WhyNot")
    why_not = _get("domain.contact_plans:why_not")

    def plan_for(at: Any, victim: Any, news: Any) -> Any:
        wanted = reason.UNCONFIRMED if news.fact.kind == "plan" else None
        plan = at.case.enrollment_of(victim.origin).plan
        return plan if plan and why_not(at, victim) is wanted else None

    _set("domain.contact_plans:plan_for", plan_for)


def _write_elsewhere() -> None:
    may_have = _get("domain.contact_plans:may_have_plan")

    def contact_of(at: Any, victim: Any, plan: Any) -> Any:
        others = (c for c in may_have(at, victim) if c.address != plan.address)
        return next(others, None)

    _set("domain.contact_plans:contact_of", contact_of)


def _ask_no_contact() -> None:
    reason = _get("domain.contact_plans:WhyNot")
    honest = _get("domain.contact_plans:why_not")

    def why_not(at: Any, victim: Any) -> Any:
        found = honest(at, victim)
        return None if found in (reason.UNCONFIRMED, reason.UNSEEN) else found

    _set("domain.contact_plans:why_not", why_not)


def _stale_claim() -> None:
    read = _get("storage.notices:read")

    def still_due(notice: Any, _: Any) -> Any:
        found = read(notice.id)
        return found if found and found.state is notice.state else None

    _set("notices.overdue:_still_due", still_due)


def _one_hop() -> None:
    honest = _get("notices.sending:hand_over_each")
    _set("notices.sending:hand_over_each", lambda hops, *rest: honest(hops[:1], *rest))


def _returns(place: str, value: Any) -> Callable[[], None]:
    return lambda: _set(place, lambda *_args, **_names: value)


def _becomes(place: str, value: Any) -> Callable[[], None]:
    return lambda: _set(place, value)


def _arrests_on_page() -> None:
    kinds = frozenset(_get("domain.model:Kind"))
    listed = property(lambda at: kinds if at.restriction else frozenset())
    _set("domain.case_at:CaseAt.only_on_page", listed)


def _step_is_over(state: str) -> Callable[[], None]:
    def make() -> None:
        state_of, over = _get("domain.notice:State"), _get("notices.overdue:_over")
        _set_key("notices.overdue:STEPS", state_of(state), over)

    return make


def _sessions_never_end() -> None:
    honest = _get("storage.sessions:resume")

    def resume(key: str, now: Any, idle_until: Any) -> Any:
        return honest(key, now - timedelta(days=1), idle_until)

    _set("storage.sessions:resume", resume)


def _sessions_last() -> None:
    """Keep a visit open while somebody uses it, for a week."""
    week = timedelta(days=7)
    opened = _get("victims.visits:_begin")

    def begin(*given: Any, **names: Any) -> Any:
        from msgspec.structs import replace

        token, session, entry = opened(*given, **names)
        return token, replace(session, max_until=session.max_until + week), entry

    _set("victims.visits:_begin", begin)


def _fail(place: str) -> Callable[[], None]:
    def fail(*_args: Any, **_names: Any) -> Any:
        raise ValueError(place)

    return lambda: _set(place, fail)


def _ask_busy_ones_late() -> None:
    for name in ("BACKOFF", "LONGEST_BACKOFF"):
        _set(f"notices.sending:{name}", timedelta(hours=2))


def _wait_long_for_receipts() -> None:
    honest = _get("notices.sending:_patience")
    _set("notices.sending:_patience", lambda *given: honest(*given) + timedelta(hours=1))


def _miss_marks() -> None:
    honest = _get("feed.row_writer:decide")
    _get("domain.model:Victim.incapacitated")  # is there

    def decide(stored: Any, parsed: Any, *rest: Any) -> Any:
        from msgspec.structs import replace

        if hasattr(parsed.row, "incapacitated"):
            parsed = replace(parsed, row=replace(parsed.row, incapacitated=False))
        return honest(stored, parsed, *rest)

    _set("feed.row_writer:decide", decide)


def _reconcile_nothing() -> None:
    from msgspec.structs import replace

    seen = replace(_get("notices.reconciliation:NOTHING"), cases=1)
    _set("notices.reconciliation:_plan", lambda *_args, **_names: seen)


def _skip_a_part() -> None:
    honest = _get("storage.cases:numbers")

    def numbers(start: str, part: Any) -> Any:
        return iter(()) if part[0] == 1 else honest(start, part)

    _set("storage.cases:numbers", numbers)


def _first_for_all(place: str, same: Callable[..., Any]) -> Callable[[], None]:
    """Give everybody what the first call returned with the same key; never if that is None."""

    def make() -> None:
        honest, first = _get(place), dict[Any, Any]()

        def call(*given: Any, **names: Any) -> Any:
            found = honest(*given, **names)
            key = same(*given)
            return found if key is None else first.setdefault(key, found)

        _set(place, call)

    return make


def _answer_to(*more: str) -> Callable[[], None]:
    """Answer more phones than the one that asked; it answers that one again if the phone is ""."""

    def make() -> None:
        honest = _get("notices.inbound:_answer")

        def answer(word: str, reply: Any, invocation: Any) -> Any:
            from msgspec.structs import replace

            for phone in more:
                honest(word, replace(reply, address=phone or reply.address), invocation)
            return honest(word, reply, invocation)

        _set("notices.inbound:_answer", answer)

    return make


def _keep_requests() -> None:
    honest = _get("domain.hand_off_duties:_of_victim")

    def of_victim(case: Any, victim: Any, consent: Any, *rest: Any) -> Any:
        from msgspec.structs import replace

        return honest(case, victim, replace(consent, ended_at=None), *rest)

    _set("domain.hand_off_duties:_of_victim", of_victim)


def _email_for_nothing() -> None:
    honest, sender = _get("notices.agency_emails:_send"), _get("providers.sender:sender")
    message, email = _get("providers.message:OutgoingMessage"), _get("domain.model:Channel").EMAIL

    def send(told: Any, receiver: Any, invocation: Any) -> None:
        honest(told, receiver, invocation)
        none = "new: 0, withdrawn: 0"
        more = message(address=receiver.email, subject=none, text=none, notice="hand_off-none")
        sender(email).send(more, invocation.seconds_left())

    _set("notices.agency_emails:_send", send)


# Those that the half year must notice, since no storm plays a plan.
OF_PLANS: dict[str, Sabotage] = {
    "plan_hours": Sabotage(
        "a plan has no hours",
        lambda: _set("domain.contact_plans:opening", lambda at, _plan: at.now),
    ),
    "plan_kind": Sabotage("a plan has every kind of news", _tell_every_kind),
    "plan_contact": Sabotage("news of a plan goes to another contact of hers", _write_elsewhere),
    "plan_unasked": Sabotage("nobody looks at a plan or confirms it", _ask_no_contact),
}
OF_A_STORM: dict[str, Sabotage] = {
    "skip_condition": Sabotage("a claim has no condition", _skip_claim_condition),
    "drop_lease": Sabotage("a claim is over at once", _drop_lease),
    "mark_first": Sabotage("a notice is marked before it is sent", _mark_before_send),
    "trust_silence": Sabotage("no answer counts as sent", _trust_silence),
    "forget_withdrawal": Sabotage(
        "no correction is owed", _returns("domain.duties:_corrections", ())
    ),
    "cache_guards": Sabotage("a case's guards are read once", _cache_guards),
    "ignore_opt_out": Sabotage("opt-outs are not read", _guards(opted_out=frozenset())),
    "ignore_kill": Sabotage(
        "switches stop nothing", _returns("domain.routing:_stopped_by_switch", None)
    ),
    "drop_records": Sabotage("reconcile plans nothing", _reconcile_nothing),
    "count_twice": Sabotage("a repeated record counts again", _count_twice),
    "miscount": Sabotage("one count in forty is lost", _miscount),
    "send_to_suspect": Sabotage("contacts are not compared with suspects'", _trust_suspects),
    "ignore_restriction": Sabotage(
        "no rule restricts a case", _returns("domain.restriction:by_rule", iter(()))
    ),
    "page_for_all": Sabotage("a restricted case has arrests on the page alone", _arrests_on_page),
    "never_retry": Sabotage("an expired claim is over", _step_is_over("claimed")),
    "stale_claim": Sabotage("a new claim is taken for the crashed one", _stale_claim),
    "wait_for_ever": Sabotage("what waits is not decided again", _step_is_over("waiting")),
    "late_again": Sabotage("a busy provider is asked again after two hours", _ask_busy_ones_late),
    "long_patience": Sabotage("a receipt has an hour more than its time", _wait_long_for_receipts),
    "no_next_channel": Sabotage("a message without a receipt is over", _step_is_over("sent")),
    "hold_without_task": Sabotage(
        "held notices are on no list", _becomes("storage.notices:HELD_TASK", None)
    ),
    "forget_tries": Sabotage(
        "tried channels are forgotten", _returns("domain.routing:tried_contacts", [])
    ),
    "tell_each": Sabotage(
        "a shared phone is told each time", _becomes("domain.routing:Situation.taken", {})
    ),
    "one_hop": Sabotage("only the first of two contacts is told", _one_hop),
    "miss_marks": Sabotage("victims who cannot act are told", _miss_marks),
    "act_on_a_mark": Sabotage(
        "what a later row says of a victim counts at once",
        lambda: _set("feed.merging:in_force", lambda row, stored, day: row),
    ),
    "trust_any_word": Sabotage(
        "a name on the case may say that an officer told",
        _returns("domain.officers_word:_is_on_case", False),
    ),
    "tell_in_doubt": Sabotage(
        "a victim in doubt is told as before", _returns("domain.victim_holds:in_doubt", False)
    ),
    "ask_nobody": Sabotage(
        "no supervisor is asked about a later row", _returns("feed.told_changes:asks", "")
    ),
    "silence_unsaid": Sabotage(
        "nobody hears whom a supervisor silenced", _returns("staff.case_decisions:_told", None)
    ),
    "forget_numbers": Sabotage(
        "another number never leads to the first one", _returns("feed.aliases:join_case", None)
    ),
    "grow": Sabotage("a row has room for everything", _becomes("domain.row_size:ROOM", 10**9)),
    "skip_a_part": Sabotage("a night leaves out a part of the table", _skip_a_part),
    "words_of_the_first": Sabotage(
        "everybody gets the words of the first message",
        _first_for_all("content.messages:render", lambda kind, channel, *_: (kind, channel)),
    ),
    "answer_another": Sabotage(
        "an answer to a text goes to another phone too", _answer_to("+16025550199")
    ),
    "answer_again": Sabotage("a text is answered twice", _answer_to("")),
    "sessions_never_end": Sabotage("a visit does not time out", _sessions_never_end),
    "sessions_last": Sabotage("a visit in use never ends", _sessions_last),
    "show_the_first_case": Sabotage(
        "everybody sees the first visitor's case",
        _first_for_all("web.portal.pages:page", lambda _, name, *__: name == "status" or None),
    ),
    "text_at_night": Sabotage(
        "quiet hours are forgotten", _returns("domain.routing:quiet_until", None)
    ),
    "warn_by_knowledge": Sabotage(
        "a contact left by knowledge gets what warns a suspect",
        lambda: _set("domain.routing:may_get", lambda *given: list(given[-1])),
    ),
    "knowledge_tells": Sabotage("a contact left by knowledge counts as told", _knowledge_tells),
    "keep_requests": Sabotage("a request stays after the consent ended", _keep_requests),
    "email_for_nothing": Sabotage("an agency gets an email of no request", _email_for_nothing),
    "portal_fails": Sabotage("a visit's next page fails", _fail("storage.sessions:resume")),
}
OF_A_BAD_DAY: dict[str, Sabotage] = {
    "forget": OF_A_STORM["wait_for_ever"],
    "tell": OF_A_STORM["ignore_restriction"],
}
