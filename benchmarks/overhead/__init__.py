"""Instructions that measuring adds to a request, counted by callgrind."""
