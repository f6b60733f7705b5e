"""A made-up records system: export files for the sample agency, of any size, always up to date.

Nobody in them exists. Phones are in the 555-01 range reserved for fiction, emails in the domains
reserved for examples (RFC 2606). The frequency of each charge is real, from `charges.csv`: the City
of Tucson's open data, counts of felony arrest charges 2019-2021 by statute and division, added up
over the months.
"""
