"""The staff desk: the agency's own pages, behind a sign-in; each route is for named roles.

`app` is the entry point; `permissions` says who may use which route. Views read and render. Every
change is made by a function in `aviso.staff`, in one conditional transaction with its audit row.
"""
