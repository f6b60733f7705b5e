"""`make recount`: the dashboard's counters against the rows they count (promise 3)."""
