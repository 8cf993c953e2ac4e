"""Arrays that are made, kept and merged without an index."""
