"""The staff desk: the agency's own pages, behind a sign-in, each route for named roles.

`routes` is the way in: it knows who may do what. Views read and render; what changes anything is
a function in `actions`, one conditional transaction with its audit row.
"""
