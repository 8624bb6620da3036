"""The customer base and the base of the house: settings, clock, database, stores, access."""
