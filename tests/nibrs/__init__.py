"""A made-up NIBRS month through the four paths of the feed, with the same end: `make nibrs`."""
