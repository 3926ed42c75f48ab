"""Engines that servers keep: Milvus. What a machine lacks is skipped, with the reason."""
