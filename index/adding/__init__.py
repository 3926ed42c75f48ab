"""Articles from outside: a link or a file that a person sends, or a page that a feed names.

What comes in is not trusted. A link is fetched from public addresses only (fetch.py) and unpacked within limits
(page.py), every file is first parsed in a process of its own (index.sandbox.trial), and only then is it stored, in a
folder beside the seeds (store.py). accept.py puts these together; the next build reads what is there.
"""
