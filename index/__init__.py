"""Articles, passages, and the index that finds them."""
