"""The reader's end of its link to the server: who it is, how it connects, and how it comes back."""
