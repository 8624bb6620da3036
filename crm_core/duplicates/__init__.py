"""Two records that may be one customer: found by blocks, weighed by evidence, merged and un-merged by people."""
