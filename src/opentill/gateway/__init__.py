"""The server's side of the reader links: who is there, and pushing what is to be done."""
