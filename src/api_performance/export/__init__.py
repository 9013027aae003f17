"""The ways out: Prometheus, tables, reports."""
