"""Tests of crm_core.quality."""
