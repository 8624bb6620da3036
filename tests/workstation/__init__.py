"""Tests of the workstation: pure rules, and a real server on loopback."""
