"""How well changes are found: detection and false alarms on series with known regressions."""
