"""How many cores FAISS may use: all of them for a build, one for a question, so that many may be asked at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import faiss


@contextmanager
def all_cores() -> Iterator[None]:
    """Meanwhile what this thread calls of FAISS uses every core."""
    with _threads(len(os.sched_getaffinity(0))):
        yield


@contextmanager
def one_core() -> Iterator[None]:
    """Meanwhile what this thread calls of FAISS uses no other thread."""
    with _threads(1):
        yield


@contextmanager
def _threads(count: int) -> Iterator[None]:
    # OpenMP keeps the number for each thread that calls it, so that a build and a question do not disturb each other.
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
