"""The edges: where requests and other libraries' calls are seen."""
