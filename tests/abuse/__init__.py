"""Abuse cases: each ends in a refusal, and in the access log."""
