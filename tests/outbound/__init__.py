"""Tests of outbound: law, attempts, the dialler."""
