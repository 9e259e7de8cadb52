"""The `web` driver: a client that is a page, in an unmodified Chromium, found by the notice's own words and the roles of ARIA."""
