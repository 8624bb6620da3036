"""Tests of crm_core.reports."""
