"""Did they really say this? A quote compared with the articles, word for word, and who said it."""
