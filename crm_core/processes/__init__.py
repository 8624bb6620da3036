"""Processes: the steps of a kind of application, changed by those who run them (docs/processes.md)."""
