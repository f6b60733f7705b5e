"""What a text that somebody sent us asks for: to stop, to start, for help, or something else.

A reply opts out when a reasonable person would read it so (47 CFR 64.1200(a)(10)). What is unclear
goes to a person (docs/decisions/stop-words.md).
"""

import re
from enum import StrEnum

from aviso.domain.text import unaccented


class Meaning(StrEnum):
    """What an inbound text asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"


# Words with one meaning when they are the whole sentence.
STOP_WORDS = {
    # 47 CFR 64.1200(a)(10) lists all but the last two, which carriers use.
    "": "stop quit end revoke cancel unsubscribe optout stopall remove",
    "es": (
        "alto pare paren para parar parenle basta cancelar cancele cancela cancelen detener "
        "detenga detengan detente fin baja terminar termine revocar desuscribir desuscribirme"
    ),
}
STOP_SENTENCES = {
    "en": (
        "opt out|opt me out|stop all|stop it|stop now|stop this|stop that|just stop|end this|"
        "end all|cancel all|cancel this|no more|not me|wrong number|wrong person|"
        "i want out|i quit|remove me|delete me|go away|reply stop|text stop|send stop|"
        "unsubscribe me"
    ),
    "es": (
        "no mas|ya no|ya no mas|ya basta|basta ya|ya paren|ya pare|dar de baja|darme de baja|"
        "deme de baja|"
        "dame de baja|denme de baja|no soy yo|numero equivocado|numero incorrecto|"
        "persona equivocada"
    ),
}
MISSPELT = {
    "stp",
    "sto",
    "stopp",
    "stpo",
    "sotp",
    "tsop",
    "syop",
    "dtop",
    "unsuscribe",
    "unsubcribe",
}
# Inside a longer sentence, these ask to stop whatever the words around them.
_TEXTS = r"(text|message|msg|alert|notice|notification|sms)s?"
_TEXTING = r"(text|texting|messag\w*|sending|contacting|notif\w*|bothering|alert\w*|spamming)"
_ENOUGH = r"(?= (again|anymore|any more|ever|no more|mas|nada|nunca|ya|estos|esos|sus|aqui)\b|$)"
_MENSAJES = r"(mensajes?|textos?|avisos?|notificaciones)"
_MANDEN = (
    r"(mande[sn]?|mandar|envie[sn]?|enviar|escriba[sn]?|escribir|notifique[sn]?|contacte[sn]?"
    r"|avise[sn]?|moleste[sn]?|molestar|textee[sn]?)"
)
STOP_PHRASES = {
    "en": (
        rf"\b(stop|quit|cease) (\w+ )?{_TEXTING}\b",
        rf"\b(stop|end|cancel) (all |the |these |those |my |your |any )+{_TEXTS}\b",
        r"\b(dont|do not|never) (ever )?(text|message|contact|notify|write) (to )?"
        rf"(me|us|this number|my phone|this phone){_ENOUGH}",
        rf"\b(dont|do not) send (me |us )?(any |anymore |more |these |those )*{_TEXTS}\b",
        r"\b(dont|do not) want (any |anymore |more |to get |to receive |these |those |your )+"
        rf"{_TEXTS}\b",
        r"\b(dont|do not) want to be (texted|messaged|contacted|notified)\b",
        rf"\bno more {_TEXTS}\b",
        r"\b(take|remove|delete) (me|my number|my phone|this number) (off|from)\b",
        r"\b(remove|delete) (my|this) (phone )?number\b",
        r"\b(unsubscribe me|opt me out|opting out)\b",
        r"\b(want|like|need) to (opt out|unsubscribe)\b",
        r"\bleave me alone\b",
        r"\bwrong number\b",
        r"\b(revoke|withdraw) (my )?consent\b",
    ),
    "es": (
        rf"\bno (me |nos )?(vuelvan? a )?{_MANDEN}(me|nos)?( {_MENSAJES}\b|{_ENOUGH})",
        rf"\bno quiero (\w+ ){{0,3}}(mas$|{_MENSAJES}\b)",
        rf"\bno quiero que (me|nos) {_MANDEN}{_ENOUGH}",
        r"\b(deje|dejen|deja|pare|paren|para|basta) de (mand|envi|escrib|notifi|contact|avis"
        r"|molest|text)\w*",
        r"\b(quiten|quite|borren|borre|eliminen|elimine|saquen|saque) (mi|este) "
        r"(numero|telefono)\b",
        r"\b(quiteme|quitenme|borreme|borrenme|saqueme|saquenme) de\b",
        r"\b(deme|dame|denme|darme) de baja\b",
        rf"\b(cancelar|cancele|cancelen) (los |mis |estos ){_MENSAJES}\b",
        r"\bnumero equivocado\b|\bse equivoco de numero\b",
        r"\b(dejeme|dejenme) en paz\b",
    ),
}
_STOPS_INSIDE = {lang: re.compile("|".join(known)) for lang, known in STOP_PHRASES.items()}
# A negated stop word asks for the opposite; a sentence about somebody else goes to a person.
DENIED = re.compile(
    r"\b(dont|do not|doesnt|didnt|never|cant|cannot|wont|will not|wouldnt|shouldnt) "
    r"(ever |please |you |want (\w+ ){0,4}to )*(stop|quit|end|cease|cancel|unsubscribe|opt|remove)"
    r"|\bno (me |nos |se |quiero que (\w+ ){0,2})?(alto|pare|paren|pares|parar|deje|dejen|dejes"
    r"|dejar|cancele|cancelen|detenga|detengan|quiten|borren)\b(?! (me )?en paz)"
    r"|\bnunca (me |nos )?(pare|paren|deje|dejen)\b"
)
SOMEBODY_ELSE = re.compile(
    r"\b(he|him|his|she|her|they|them|ex|husband|wife|boyfriend|girlfriend"
    r"|ella|ellos|esposo|esposa|marido|novio|novia|dile|digale|diganle|que (me )?(deje|pare))\b"
)
START_WORDS = {
    "en": "start unstop resume",
    "es": "comenzar iniciar reanudar",
}
HELP_WORDS = {"en": "help info", "es": "ayuda informacion"}
# Words of courtesy, which change nothing.
COURTESIES = (
    "please pls plz thanks thank you thx ok okay hi hello sorry sir maam por favor porfa porfavor "
    "gracias hola disculpe"
)
# A comma ends a clause, not a sentence: "dark hair, alto, in a red shirt" is about somebody tall.
SENTENCE_ENDS = re.compile(r"[.!?;\n\r]+| [-–—]+ ")
CLAUSE_ENDS = re.compile(r"[.!?;:,\n\r]+| [-–—]+ ")
_MAYBE_STOP = re.compile(
    r"\b(stop|quit|unsubscribe|opt out|cancel|remove|alone|alto|basta|pare|paren|parar|cancel\w*"
    r"|baja|equivocad\w*|moleste\w*|consent\w*|wrong)\b"
)


def classify(text: str) -> tuple[Meaning, str]:
    """Return what a text asks for, and its language if the words show it.

    A stop may be one sentence among others; START and HELP must be the whole text.
    """
    sentences = _parts(text, SENTENCE_ENDS)
    for sentence in sentences:
        if (language := _stops(sentence)) is not None:
            return Meaning.STOP, language
    for clause in _parts(text, CLAUSE_ENDS):
        if DENIED.search(clause) or SOMEBODY_ELSE.search(clause):
            continue
        for language, phrases in _STOPS_INSIDE.items():
            if phrases.search(clause):
                return Meaning.STOP, language
    whole = " ".join(sentences)
    for words, meaning in ((START_WORDS, Meaning.START), (HELP_WORDS, Meaning.HELP)):
        for language, known in words.items():
            if whole in known.split():
                return meaning, language
    return Meaning.OTHER, ""


def may_ask_to_stop(text: str) -> bool:
    """Whether a text has a word that people stop us with, so a person should read it soon."""
    return bool(_MAYBE_STOP.search(bare(text)))


def bare(text: str) -> str:
    """Return the words of a text: no case, accents, apostrophes or marks."""
    letters = re.sub(r"['’‘`´]", "", unaccented(text.casefold()))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def _stops(sentence: str) -> str | None:
    """Return the language in which a sentence says only stop."""
    joined = sentence.replace(" ", "")  # opt out, s t o p
    once = re.sub(r"(.)\1{2,}", r"\1", joined)  # stoooop
    again = {" ".join(set(sentence.split()))}  # stop stop stop
    for language, words in STOP_WORDS.items():
        if {joined, once, *again} & set(words.split()):
            return language
    for language, sentences in STOP_SENTENCES.items():
        if sentence in sentences.split("|"):
            return language
    return "" if sentence in MISSPELT else None


def _parts(text: str, ends: re.Pattern[str]) -> list[str]:
    """Return the parts of a text as plain words without courtesies and empty parts."""
    polite = COURTESIES.split()
    parts = (bare(part).split() for part in ends.split(text))
    kept = (" ".join(word for word in words if word not in polite) for words in parts)
    return [part for part in kept if part]
