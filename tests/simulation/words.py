"""What a reader knows a message or a letter by, in both languages."""

from collections.abc import Mapping

from infra.message_checks.wording import opening

# Everything else is other news of the case.
WORDS: Mapping[str, tuple[str, ...]] = {
    "arrest": (*opening("arrest", "en"), *opening("arrest", "es")),
    "rights": (*opening("first_contact", "en"), *opening("first_contact", "es")),
    "own act": (
        *("You will now get", "Le mandaremos textos sobre su caso", "Ahora recibirá"),
        *("The way we reach you", "Who can open your case", "you want no more news"),
        *("Hubo un cambio en", "usted ya no quiere noticias"),
        *("someone else should get the news", "someone else gets the news"),
        *("otra persona debe recibir las noticias", "otra persona recibe las noticias"),
        *("Someone now speaks for you", "Alguien ya habla por usted"),
        *("You are asked to speak for someone", "Do you want to speak for someone?"),
        *("You and we agreed how", "May we write to you here?"),
        *("Acordamos con usted como", "¿Podemos escribirle aquí?"),
        *("Le piden hablar por alguien", "¿Quiere hablar por alguien?"),
    ),
    "survey": ("How did we treat you?", "¿Le tratamos bien?", "¿Cómo le tratamos?"),
    "code": ("Your code", "Para entrar, escriba", "Su código"),
    "answer": (
        "You will get no more texts",
        "You will get our texts again",
        "Ya no le mandaremos textos",
        "Le mandaremos textos otra vez",
    ),
}


def about(words: str) -> str:
    """Return what a message is about, as its reader would say."""
    text = " ".join(words.split())
    return next((kind for kind, known in WORDS.items() if any(w in text for w in known)), "news")
