"""The shop: an ordinary FastAPI service with the faults that such services have."""
