"""A generation, which a build publishes and a retriever opens: catalog, manifest, and the folder that holds them."""
