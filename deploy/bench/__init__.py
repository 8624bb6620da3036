"""Benchmarks: each module's `run(settings, …)` measures one promise and returns its figures."""
