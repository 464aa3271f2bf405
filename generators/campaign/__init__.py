"""Campaigns: many syntheses on all cores of this machine, or on those of a Dask cluster."""
