"""What requests may say, resource by resource; parsed and refused before an operation runs."""
