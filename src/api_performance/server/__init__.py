"""SHOW: REST routes, WebSocket, the page and who may see them."""
