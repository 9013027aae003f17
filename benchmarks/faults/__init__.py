"""What a store that fails costs the app: killed, paused, slow, full and emptied under load."""
