"""Parameters of the Terminal API, one module a resource."""
