"""What the JavaScript SDK asks of the server: the other way to drive readers, beside the API for servers.

sessions     what a connection token opens
holding      which session is connected to a reader
discovery    the readers there are for a session, the simulated one among them
connecting   connect, take over, disconnect; the reader's settings
commands     what a connected reader is made to do: the same functions as for servers, behind the same action slot
two_steps    cards to save and money to give back, where a reader holds the card in between
lookups      the objects that a page may see

Everything is in the store: an SDK, the server and the reader may each be restarted at any time, and go on.
"""
