"""Questions that wait: after a build, `Watching` finds those that an article new to them answers."""

from retrieval.watching.look import News, Watched, Watching, alone

__all__ = ["News", "Watched", "Watching", "alone"]
