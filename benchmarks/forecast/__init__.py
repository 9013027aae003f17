"""Forecasts beside their rivals, and capacity beside a simulation of queues."""
