"""Checkout: sessions, what is sold on them, and what the hosted page does.

sessions     create, retrieve, list, update, expire
items        line items, from prices or made up for one session
submitting   the customer is done typing: the card is set up, or the payment made
completion   what belongs to a session when its intent succeeded; recorded in the commit that settles the intent
ending       expiry, by the merchant or by time, and the way back
"""
