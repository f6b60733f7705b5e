"""`make nibrs`: the rig's cases in NIBRS codes, by each path of the feed; all ends are compared."""
