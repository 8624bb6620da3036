"""Tests of crm_core.workforce."""
