"""The customer base: pure rules by themselves, stores on a real PostgreSQL."""
