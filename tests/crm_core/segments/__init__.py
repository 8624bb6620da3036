"""Tests of crm_core.segments."""
