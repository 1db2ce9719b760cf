"""The readers' side of the reader port."""
