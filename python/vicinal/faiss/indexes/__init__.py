"""faiss's classes of indexes."""
