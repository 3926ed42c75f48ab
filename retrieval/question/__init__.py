"""A question: what was asked, in which language, of which articles, after what."""
