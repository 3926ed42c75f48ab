"""Feeds that are followed: what they bring becomes files that the next build reads.

A feed is fetched on a schedule (feeds.py, schedule.py), with conditions and pauses (fetching.py, manners.py), parsed in
a process of its own (reading.py), and each of its entries is stored as a file of the folder of added articles
(entries.py, files.py). What is known of feeds and entries is in one database (state.py).
"""
