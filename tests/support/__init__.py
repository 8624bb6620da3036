"""Real PostgreSQL, Valkey and Asterisk for tests, each in a short temporary folder of its own."""
