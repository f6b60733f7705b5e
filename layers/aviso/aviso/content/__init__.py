"""Templates and facts become words: pages, messages, dates, links."""
