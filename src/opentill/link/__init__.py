"""The language of the reader link: what readers and the server say to each other (docs/protocols/reader-link.md).

Values, signatures and sealing only: both sides speak it, and neither does I/O here.
"""
