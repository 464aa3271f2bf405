"""Many syntheses on all cores or a Dask cluster, and what they tell of the estimates."""
