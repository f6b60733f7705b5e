"""Whom a victim names to speak for her, and what then goes to whom."""

LUZ = "luz@example.org"
FORM = {
    "first_name": "Luz",
    "last_name": "Rey",
    "email": LUZ,
    "language": "en",
    **dict.fromkeys(("adult", "apart", "consent"), "yes"),
}


def name(visitor, **changes):
    """Name somebody on the portal."""
    form = FORM | changes
    return visitor.post("/speaks", csrf=visitor.get("/speaks").value("csrf"), **form)


def end(visitor, id):
    """End it with a representative, named by the id of the form."""
    visitor.post("/speaks", csrf=visitor.get("/speaks").value("csrf"), end=id)


def flow(world):
    """Plan and send what is due, each twice; return the addresses written to."""
    before = len(world.provider.sent)
    world.plan()
    world.send()
    return {message.address for message in world.provider.sent[before:]}
