"""What people text back: nobody who says stop is texted again, nobody is cut off by accident."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies

from aviso.domain import stop_words
from aviso.domain.errors import ReceiptUnreadable
from aviso.domain.stop_words import Meaning
from aviso.providers import inbound_sms

pytestmark = pytest.mark.usefixtures("compiled")

AT = datetime(2026, 3, 2, 16, 40, tzinfo=UTC)


# 47 CFR 64.1200(a)(10): each of these, by itself, revokes consent.
LAW = ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"]


SPANISH = ["alto", "pare", "paren", "parar", "para", "basta", "cancelar", "cancele", "no más"]
ENGLISH_MORE = ["STOPALL", "stop all", "opt-out", "OPTOUT", "remove", "stop it", "no more"]
SPANISH_MORE = ["ya no", "dar de baja", "deme de baja", "detener", "terminar", "¡Basta ya!"]
SENTENCES = [
    "please stop texting me",
    "Stop sending me these",
    "quit texting me",
    "don't text me",
    "Don’t text me again",
    "Do not contact me",
    "never text me again",
    "I don't want these texts",
    "i dont want these messages stop",
    "I do not want any more messages",
    "do not send me any more texts",
    "please unsubscribe me",
    "I want to opt out",
    "I revoke my consent",
    "take me off your list",
    "remove my number",
    "leave me alone",
    "no more texts",
    "you have the wrong number",
    "wrong number",
    "I am fine. STOP",
    "i did not ask for this. stop",
    "Stop. I never asked for this",
    "end these messages",
    "Reply STOP",
    "S T O P",
    "stoooop",
    "stop stop stop",
    "stpo",
    '"STOP"',
    "stop 🛑",
    "no me manden mensajes",
    "ya no me manden más mensajes",
    "No me escriban",
    "no me avisen más",
    "no vuelvan a escribirme",
    "dejen de mandarme mensajes",
    "quiero que dejen de mandarme mensajes",
    "No quiero recibir más avisos",
    "ya no quiero mensajes",
    "cancele los mensajes",
    "déjenme en paz",
    "no me molesten",
    "número equivocado",
    "se equivocó de número",
    "no soy yo",
    "No, dejen de mandarme mensajes",
    "this is not his phone, stop texting me",
]


# Stop words in texts that ask for something else, or for the contrary.
NOT_STOP = [
    "can you stop by my house?",
    "stop by tomorrow",
    "please don't stop",
    "do not stop texting me",
    "I don't want you to stop the texts",
    "no pare de avisarme",
    "no paren",
    "no dejen de avisarme",
    "nunca dejen de escribirme",
    "no quiero que paren los mensajes",
    "don't cancel my case",
    "he won't stop calling me",
    "he will not stop texting me",
    "make him stop",
    "make him stop texting me",
    "tell my ex to stop contacting me",
    "dile que deje de mandarme mensajes",
    "he keeps texting me stop him",
    "did the police stop him",
    "I was at the bus stop",
    "I can't stop crying",
    "when does it end",
    "the end",
    "cancel my appointment with the detective",
    "para mi hermana",
    "es para hoy",
    "alto ahi viene",
    "don't text me at night",
    "do not contact me at work",
    "no me avisen de noche",
    "no me manden a la corte",
    "no me mandaron mensajes",
    "no he recibido mensajes",
    "pelo negro, alto, camisa roja",
    "who is this",
    "no",
    "thanks",
    "gracias",
    "",
    "👍",
]


# A yes, or a start in a sentence, is not a wish to be texted again.
NOT_START = [
    "yes",
    "y",
    "si",
    "sí",
    "ok",
    "sure",
    "start over?",
    "can you start again",
    "restart",
    "please start looking",
    "unstop the case",
    "when does it start",
    "empezó ayer",
]


NOT_HELP = ["help me he is here", "ayuda me esta siguiendo", "can you help?", "auxilio"]


def meaning(text):
    return stop_words.classify(text)[0]


def _cased(word):
    return strategies.lists(strategies.booleans(), min_size=len(word), max_size=len(word)).map(
        lambda ups: "".join(c.upper() if up else c.lower() for c, up in zip(word, ups, strict=True))
    )


MARKS = strategies.text(" .!¡?¿\"'\n\t🛑…,-", max_size=4)
POLITE = strategies.sampled_from(["", "please ", "por favor ", "ok "])


def event(text):
    return {
        "originationNumber": "+15205550101",
        "destinationNumber": "+15205550190",
        "messageKeyword": "KEYWORD_123456789012",
        "messageBody": text,
        "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
    }


class TestStop:
    @pytest.mark.parametrize("text", LAW + SPANISH + ENGLISH_MORE + SPANISH_MORE + SENTENCES)
    def test_is_read_as_a_reasonable_person_does(self, text):
        assert meaning(text) is Meaning.STOP

    @given(strategies.sampled_from(LAW + SPANISH).flatmap(_cased), MARKS, MARKS, POLITE)
    def test_ignores_case_accents_marks_and_courtesies(self, word, before, after, polite):
        assert meaning(f"{before}{polite}{word}{after}") is Meaning.STOP

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("don't text me at night, stop that noise", True), ("thanks", False), ("STOP", False)],
    )
    def test_marks_an_unclear_text_with_a_stop_word(self, text, expected):
        assert inbound_sms.parse(json.dumps(event(text)), AT).maybe_stop is expected


class TestOtherText:
    @pytest.mark.parametrize("text", NOT_STOP)
    def test_goes_to_a_person(self, text):
        assert meaning(text) is Meaning.OTHER

    @pytest.mark.parametrize("text", NOT_START)
    def test_opts_nobody_in_by_accident(self, text):
        assert meaning(text) is not Meaning.START

    @pytest.mark.parametrize("text", NOT_HELP)
    def test_that_cries_for_help_goes_to_a_person(self, text):
        assert meaning(text) is Meaning.OTHER

    @given(strategies.text(max_size=200))
    def test_always_means_something(self, text):
        assert meaning(text) in Meaning

    @pytest.mark.parametrize(("text", "language"), [("ALTO", "es"), ("no más", "es"), ("STOP", "")])
    def test_tells_the_language_to_answer_in(self, text, language):
        assert stop_words.classify(text)[1] == language


class TestStart:
    @pytest.mark.parametrize(
        "text", ["START", "start", "Unstop", "comenzar", "Iniciar.", "REANUDAR"]
    )
    def test_alone_starts(self, text):
        assert meaning(text) is Meaning.START

    @given(strategies.text(max_size=80), strategies.sampled_from(["start", "comenzar"]))
    def test_counts_only_when_nothing_else_is_said(self, text, word):
        told_more = any(
            w not in stop_words.replies().courtesies for w in stop_words.bare(text).split()
        )
        if told_more:
            assert meaning(f"{text} {word}") is not Meaning.START


class TestHelp:
    @pytest.mark.parametrize("text", ["HELP", "help!", "Info", "AYUDA", "¿ayuda?", "Información"])
    def test_alone_is_answered(self, text):
        assert meaning(text) is Meaning.HELP


class TestReply:
    def test_names_its_sender_and_hides_number_and_text(self):
        reply = inbound_sms.parse(json.dumps(event("Stop")), AT)
        assert (reply.id, reply.address) == ("cae173d2-66b9-564c-8309-21f858e9fb84", "+15205550101")
        assert "5550101" not in repr(reply)
        assert "Stop" not in repr(reply)

    @pytest.mark.parametrize("message", ["", "[]", "{}", "null", '{"messageBody": "Stop"}'])
    def test_that_is_no_inbound_text_is_set_aside(self, message):
        with pytest.raises(ReceiptUnreadable):
            inbound_sms.parse(message, AT)
