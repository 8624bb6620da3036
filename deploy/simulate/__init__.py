"""Simulations: each module's `run(…)` lets chance play against one part of the house and returns its figures."""
