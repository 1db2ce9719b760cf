"""One function an operation: read, decide in the domain, commit once. HTTP and SQL are not known here."""
