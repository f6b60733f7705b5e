"""Aviso's domain package: the rules of notice, access and truth, in the order of the flow.

    feed/         1  export files become cases
    notices/      2  cases become duties, messages, receipts, follow-up
    providers/    3  SNS, SES, Cognito: calls go out, events come in
    letters/      4  the last channel, printed
    victims/      5  what a victim may see, ask for and change
    staff/        6  what the desk decides
    reporting/    7  counters and figures
    compliance/   8  retention, erasure, the audit trail's locked copy
    web/          9  pages: portal/ and staff/
    content/         words: templates, messages, dates, links
    storage/         DynamoDB
    runtime/         Lambda and AWS
    domain/          values and pure rules

Who gets told, and when: `domain.duties.owed`. How, right now: `domain.routing.route`.
"""
