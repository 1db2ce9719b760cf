"""The objects of the API: one module each, in the shape of the latest version; encoding one gives its JSON."""
