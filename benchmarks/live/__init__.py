"""What many live pages cost the app that serves them: delay of pushes, memory, pauses."""
