"""Pages and REST of segments, fields and documents."""
