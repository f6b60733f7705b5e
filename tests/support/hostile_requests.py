"""Requests that no browser of goodwill sends, and what no answer to them may show.

Everything typed carries a mark, so that it is found again wherever it turns up.
"""

import base64
import json
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

MARK = "zq9"
EVIL = "evil.example"
FORM = "application/x-www-form-urlencoded"
METHODS = ["GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "zq9", ""]
FIELDS = [
    *("number", "last_name", "birth_date", "code", "phone", "email", "phone_safe", "email_safe"),
    *("language", "consent", "lang", "csrf", "t", "contact", "answer", "remove", "lock"),
    "not_mine",
    *("send", "refused", "stay", "thanks", "q-overall", "zq9"),
]
PIECES = [
    *("<zq9>", '"zq9', "'zq9", "zq9</title><zq9 onload=1>", "{{7*7}}zq9", "${zq9}", "%zq9"),
    *("zq9\r\nSet-Cookie: zq9=1", "zq9\n\nzq9", "\x00zq9", "zq9\x7f", "\u202ezq9", "\ud7ffzq9"),
    *("🦉zq9", "ｚｑ９", "ñ̃zq9", "zq9" * 200, "../../zq9", "javascript:zq9", "//zq9." + EVIL),
    *("https://" + EVIL + "/zq9", "zq9' OR '1'='1", "-1", "0", "1e309", "null", "[]", "zq9@", "@"),
    *("zq9@example.com", "520-555-0142", "+1 520 555 0143", "yes", "no", "on", "es", "fr", ""),
    *("2611240001", "26-1124-0001", "4/12/1985", "31/31/2020", "0000-00-00", "munoz v1"),
    *("AAAA-AAAA", "zq9%00"),
]
KINDS = [FORM, FORM, FORM, FORM + "; charset=utf-16", "multipart/form-data; boundary=zq9", ""]


def piece(dice: random.Random) -> str:
    """Return something to type: known trouble, or letters at random."""
    if dice.random() < 0.7:
        return dice.choice(PIECES)
    letters = (chr(dice.randrange(1, 0x2FFF)) for _ in range(dice.randrange(40)))
    return MARK + "".join(letters)


def path(dice: random.Random, paths: list[str]) -> str:
    """Return a page's path, one beside it, or nonsense."""
    chosen = dice.choice(paths)
    kind = dice.random()
    if kind < 0.7:
        return chosen
    if kind < 0.8:
        return chosen + dice.choice(["/", "//", "/..", "%2e", ";zq9", "/zq9", "\x00", "?zq9"])
    return "/" + dice.choice(["assets/", "", "status/../", ".."]) + piece(dice)


def body(dice: random.Random, csrf: str) -> str:
    """Return a form with anything in it, or something that is not a form."""
    kind = dice.random()
    if kind < 0.75:
        pairs = [(dice.choice(FIELDS), piece(dice)) for _ in range(dice.randrange(8))]
        if csrf and dice.random() < 0.8:
            pairs.append(("csrf", csrf))
        return urlencode(pairs)
    if kind < 0.85:
        return "&".join(f"{MARK}={n}" for n in range(dice.choice([3, 29, 31, 400])))
    junk = ["{}", "[1,", json.dumps({MARK: 1}), "%zz=%", "a=%FF%FE", MARK * 9000, "=&=&", "\x00"]
    return dice.choice(junk)


def headers(dice: random.Random, cookies: list[str]) -> dict[str, Any]:
    """Return headers: of a browser mostly, wrong in one way or another."""
    sent: dict[str, Any] = {
        "Host": dice.choice(["portal.example.org", EVIL, f"{EVIL}:99", "", "zq9\r\nzq9"]),
        "Content-Type": dice.choice(KINDS),
    }
    some = {
        "Cookie": dice.choice([*cookies, *cookies, "__Host-visit=zq9", ";;=;zq9", "zq9" * 999]),
        "Accept-Language": dice.choice(["es", "en;q=zq9", "*;q=-1", "zq9", "es;q=nan,en;q=inf"]),
        "Origin": dice.choice(["null", "https://" + EVIL, "https://portal.example.org", "zq9://["]),
        "Sec-Fetch-Site": dice.choice(["same-origin", "same-origin", "cross-site", "zq9"]),
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-For": "zq9",
        "X-HTTP-Method-Override": "DELETE",
        "Content-Length": "zq9",
        "Transfer-Encoding": "zq9",
    }
    return sent | {name: value for name, value in some.items() if dice.random() < 0.4}


def events(
    seed: int, count: int, paths: list[str], visits: list[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Yield gateway events; `visits` are cookie headers of open visits, each with its token."""
    dice = random.Random(seed)
    for number in range(count):
        cookie, csrf = dice.choice([*visits, ("", "")])
        text = body(dice, csrf)
        encoded = dice.random() < 0.2
        if encoded and dice.random() < 0.8:
            text = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
        query = {dice.choice(FIELDS): piece(dice) for _ in range(dice.randrange(3))}
        source = {"sourceIp": dice.choice([f"198.51.100.{number % 250}", "", MARK])}
        yield {
            "httpMethod": dice.choice(METHODS),
            "path": path(dice, paths),
            "headers": dice.choice([headers(dice, [cookie]), headers(dice, [cookie]), None]),
            "queryStringParameters": query or None,
            "body": dice.choice([text, text, text, None]),
            "isBase64Encoded": encoded,
            "requestContext": dice.choice([{"identity": source}, {"identity": None}, None]),
        }


def over_the_wire(seed: int, count: int, paths: list[str]) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield method, target, body and headers that any client can put on the wire."""
    dice = random.Random(seed)
    for _ in range(count):
        method = dice.choice([m for m in METHODS if m])
        target = quote(path(dice, paths), safe="/%;?")
        target += "?" + urlencode({dice.choice(FIELDS): piece(dice)}) if dice.random() < 0.3 else ""
        sent = {
            name: value
            for name, value in headers(dice, [""]).items()
            if value.isprintable() and value.isascii() and name not in UNSENDABLE
        }
        text = body(dice, "") if method in ("POST", "PUT") else None
        yield method, target, text, sent


# What was typed, out of its place: a tag, or out of the attribute that holds it.
RAW = re.compile(rf"""<{MARK}|'{MARK}|(?<!value=)"{MARK}""")
UNSENDABLE = {"Host", "Content-Length", "Transfer-Encoding", "X-Forwarded-Host"}


def faults(status: int, text: str, sent: dict[str, Any], locations: set[str]) -> list[str]:
    """Return what an answer shows that it may not."""
    wrong = []
    if not 200 <= status < 500:
        wrong.append(f"status {status}")
    if "Traceback" in text or 'File "' in text:
        wrong.append("a traceback")
    if RAW.search(text):
        wrong.append("typed text came back as it was")
    if EVIL in text.replace("&#39;", "") and "value=" not in text:
        wrong.append("the host's name came back")
    for name, value in sent.items():
        if MARK in str(value) or "\n" in str(value) or "\r" in str(value) or EVIL in str(value):
            wrong.append(f"header {name}")
    if sent.get("Location", "") not in locations | {""}:
        wrong.append(f"leads to {sent['Location']}")
    return wrong
