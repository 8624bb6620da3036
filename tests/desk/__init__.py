"""Tests of the browser's page alone."""
