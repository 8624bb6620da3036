"""Reports: a semantic layer over the facts, a library of queries, schemes of figures (pure)."""
