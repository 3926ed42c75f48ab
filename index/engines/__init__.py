"""The search engines over the passages of a generation: BM25 over words, cosines of vectors."""
