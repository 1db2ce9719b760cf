"""What the services need from the outside world, as protocols; adapters implement them at the edge."""
