"""Tests of the IVR."""
