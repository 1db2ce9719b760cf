"""The wire of webhooks: deliveries as HTTP requests to other people's servers."""
