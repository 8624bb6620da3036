"""Tests of the house; `tests/support` starts the real parts they need."""
