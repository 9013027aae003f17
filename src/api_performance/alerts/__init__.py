"""Telling: readings become alerts, alerts incidents, incidents notices, notices are delivered."""
