"""Taking data out: with a right and a reason, a second person's consent, marked, once, and on record."""
