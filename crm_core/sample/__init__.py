"""The sample utility: a deterministic base of an energy retailer, small for a desk or large for a measurement."""
