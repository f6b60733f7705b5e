"""The key of the hashes of names, which a table that was kept or restored hands over."""

from typing import Any

from aviso.storage import name_index, name_key


def hand_over_name_key(database: Any, kept: str, guards: str) -> int:
    """Give a table the key of the hashes of names that a kept one has.

    People who were imported under another key are found by name again.

    Returns:
        How many people's rows had been hashed under another key.
    """
    key = {"pk": {"S": name_key.ROW}}
    row = database.get_item(TableName=kept, Key=key, ConsistentRead=True).get("Item")
    if row is None:
        return 0
    database.put_item(TableName=guards, Item=row)
    name_key.forget()
    return name_index.hash_again()
