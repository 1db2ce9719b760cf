"""The operations of Terminal: shops, readers and their settings, and what readers are made to do.

locations, configurations, readers, connection_tokens    the objects
reader_actions     give a reader something to do
test_helpers       what the customer does at a simulated reader
slots              a reader's one action: carried to the reader, recorded, caught up with time
cards              a card in the customer's hand, and what is read of it
payments           what a card that was read does to a payment
saving             the card of a payment becomes one that can be charged later
setups             what it does to a card that is to be saved
refunding          money back to the card that paid
unanswered         an earlier attempt nobody knows the outcome of
settling           what the acquirer's answer means for the payment and for the reader, in one commit
"""
