"""`make simulate`: half a year of a made-up city, and the dashboard compared with what happened.

- `behavior`: how people act: assumptions, in one table
- `people`: who is a victim of what, and what becomes of the case: drawn from a seed
- `exports`: what the records system writes of it
- `visits`, `recipients`: what victims do on the portal and with a message
- `city`: the play: exports, visits, receipts, replies, letters, answers, day by day
- `ground_truth`: what truly happened; it knows nothing of the product
- `dashboard_reader`: what the desk's pages show, read as a person would
- `report`: one against the other
"""
