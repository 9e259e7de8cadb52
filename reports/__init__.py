"""What a run says to people and to machines: a page, JUnit, results, a certificate."""
