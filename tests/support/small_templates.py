"""A small folder of templates in two languages, for tests of the build's compiler."""

from collections.abc import Callable
from pathlib import Path

NAMED = "language_name: "
LANGUAGE = """approved: {by: Ana, on: 2026-11-26}
alphabet: GSM-7
reading: none
stop: STOP
offenses: x
seen: x
never: x
"""
FILES = {
    "locales/en/language.yaml": LANGUAGE,
    "locales/es/language.yaml": LANGUAGE,
    "assets/site.css": "a{}",
    "assets/icon.svg": "<svg/>",
    "locales/en/strings.yaml": f"hello: Hello {{name}}\nbye: Goodbye\n{NAMED}English\n",
    "locales/es/strings.yaml": f"hello: Hola {{name}}\nbye: Adiós\n{NAMED}Español\n",
    "locales/en/messages/arrest.txt": "{% block sms %}{{ name }}, {{ at|moment }}{% endblock %}",
    "locales/es/messages/arrest.txt": "{% block sms %}{{ name }}, {{ at|moment }}{% endblock %}",
    "pages/hello.html": "{{ t.hello|fill(name=name) }} {{ at|day }} {{ at|time('es') }}",
}
Write = Callable[[dict[str, str | None]], Path]
