"""Tests of what installs, composes and keeps the processes running."""
