"""Vector search: `vicinal.Index`, `vicinal.build_index`, and faiss's names in `vicinal.faiss`."""
