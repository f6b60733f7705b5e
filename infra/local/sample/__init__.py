"""A made-up records system: export files for the sample agency, of any size, always up to date.

Nobody in them exists. Phones are of the 555-01 range that is kept for fiction, emails of the
domains that are kept for examples (RFC 2606). How often each charge occurs is real, from
`charges.csv`: the City of Tucson's open data, counts of felony arrest charges 2019-2021 by
statute and division, added up over the months.
"""
