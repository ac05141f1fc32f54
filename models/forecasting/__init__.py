"""Forecast many series at once: arrays of shape time × series, no loop over series."""
