"""Letters: the last rung of the ladder, printed once a day and posted by a person.

`print_run` makes one PDF of the queued letters and counts each letter once. `final_check` checks
each letter again by the case and the guards of that moment. `envelope` is the geometry of paper and
envelope. `pdf` draws the letters, `code_card` the officer's card, `request_form` the form for
notice. `bucket` keeps PDF and manifest, and `mailing` records that a run was posted.
`domain.postal_format` checks addresses.
"""
