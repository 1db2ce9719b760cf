"""The operations of Terminal: shops, readers and their settings, and what readers are made to do.

    locations, configurations, readers, connection_tokens    the objects
    reader_actions     give a reader something to do
    test_helpers       what the customer does at a simulated reader
    slots              a reader's one action: carried to the reader, recorded, caught up with time
    cards              a card in the customer's hand, and what is read of it
    payments           what a card that was read does to a payment
    saving             a card that was read becomes one that can be charged later
    refunds            money back to the card that paid
    settling           what the acquirer's answer means for the payment and for the reader, in one commit
"""
