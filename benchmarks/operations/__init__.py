"""What a tracked operation costs: ours beside OpenTelemetry's, in instructions of one run."""
