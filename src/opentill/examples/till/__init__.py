"""The backend of a sample till, as a merchant would write it: the official `stripe` library and the standard library.

It is a program of its own, `python -m opentill.examples.till`, and knows opentill by its address only. The page in the
browser talks to it (`server`), it keeps the shop's orders (`orders`) and prices (`menu`), and it talks to the payments
API with the shop's secret key (`payments`). It never sees card data. docs/sample-till.md walks through it.
"""
