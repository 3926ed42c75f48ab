"""The encoder: which weights, how they become a graph that runs without torch, and passages -> vectors."""
