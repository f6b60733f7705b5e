"""DynamoDB in memory, as far as Aviso uses it: for runs whose calls would take hours elsewhere.

moto copies a whole table for each transaction, and local AWS speaks HTTP. `database` answers the
calls, `expressions` reads their conditions, `pages` bounds what one answer contains.
`test_dynamodb_harness.py` compares them with moto.
"""
