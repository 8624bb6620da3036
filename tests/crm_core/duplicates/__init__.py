"""Duplicates: found, explained, merged, un-merged."""
