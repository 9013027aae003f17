"""What changed: deploys, and what moved with them."""
