"""The parts of faiss.contrib in common use: `from vicinal.faiss.contrib import datasets`."""
